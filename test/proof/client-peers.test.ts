// What the client writes, as readers of others see it: busboy, undici, Python's email package, URLSearchParams.
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { encodeRequest, part } from "../../src/client.js";
import {
  hasPython,
  parseWithBusboy,
  parseWithPython,
  parseWithUndici,
  type Form,
} from "../wire/peers.js";

const properties = {
  text: { type: "string" },
  numbers: { type: "array", items: { type: "number" } },
  meta: { type: "object" },
  raw: {},
  files: { type: "array", items: {} },
  encoded: { type: "string", contentEncoding: "base64" },
  'q"uo\r\nte': { type: "string" },
};

function documentOf(openapi: string, type: string): object {
  const requestBody = { content: { [type]: { schema: { type: "object", properties } } } };
  return { openapi, paths: { "/x": { post: { requestBody } } } };
}

const octets = Uint8Array.from({ length: 512 }, (_, i) => i & 255);
const latin1 = Buffer.from(octets).toString("latin1");

/** Streams can be read once, so that each reader has a form of its own. */
async function form(): Promise<Form> {
  const request = encodeRequest(documentOf("3.1.1", "multipart/form-data"), "POST /x", {
    raw: part(octets, { filename: 'žluť "1".png', mediaType: "image/png" }),
    text: "Zoë \r\n--B\r\n東京",
    numbers: [1, -2.5],
    meta: { a: ["x"] },
    files: [
      Readable.from([octets.subarray(0, 100), octets.subarray(100)]),
      new File([octets], "b.bin", { type: "text/x-b" }),
      new Response(octets).body,
    ],
    encoded: Buffer.from("hello"),
    'q"uo\r\nte': "1",
  });
  const pieces: Uint8Array[] = [];
  for await (const piece of request.body ?? []) pieces.push(piece);
  return { contentType: String(request.headers["content-type"]), body: Buffer.concat(pieces) };
}

const file = (name: string, filename: string, type: string, data = latin1): object => ({
  name,
  filename,
  type,
  data,
});
const octetStream = "application/octet-stream";
const want = (escaped: string, text: string, json: object): object[] => [
  file("raw", "žluť %221%22.png", "image/png"),
  { name: "text", data: text },
  { name: "numbers", data: "1" },
  { name: "numbers", data: "-2.5" },
  json,
  file("files", "files", octetStream),
  file("files", "b.bin", "text/x-b"),
  file("files", "files", octetStream),
  file("encoded", "encoded", octetStream, "aGVsbG8="),
  { name: escaped, data: "1" },
];
const utf8 = Buffer.from("Zoë \r\n--B\r\n東京").toString("latin1");
const meta = { name: "meta", data: '{"a":["x"]}' };

describe("a form with all kinds of files", () => {
  it("is read by busboy", async () => {
    expect(await parseWithBusboy(await form())).toEqual(want("q%22uo%0D%0Ate", utf8, meta));
  });

  it("is read by undici, which undoes the escapes", async () => {
    const text = "Zoë \r\n--B\r\n東京";
    const [first, ...rest] = want('q"uo\r\nte', text, meta);
    const unescaped = { ...first, filename: 'žluť "1".png' };
    expect(await parseWithUndici(await form())).toEqual([unescaped, ...rest]);
  });

  it.skipIf(!hasPython())("is read by Python", async () => {
    const typed = { ...meta, type: "application/json" };
    expect(parseWithPython([await form()])).toEqual([want("q%22uo%0D%0Ate", utf8, typed)]);
  });
});

it("writes pairs as URLSearchParams reads them", async () => {
  const document = documentOf("3.0.3", "application/x-www-form-urlencoded");
  const request = encodeRequest(document, "POST /x", {
    text: "~!*'() 🐎&=+%\r\n",
    numbers: [1, 2],
    meta: { a: "ü" },
    'q"uo\r\nte': "",
  });
  const read = new URLSearchParams(await new Response(request.stream()).text());
  expect([...read]).toEqual([
    ["text", "~!*'() 🐎&=+%\r\n"],
    ["numbers", "1"],
    ["numbers", "2"],
    ["meta", '{"a":"ü"}'],
    ['q"uo\r\nte', ""],
  ]);
});
