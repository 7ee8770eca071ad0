// B-06 and B-10: how long a file may be, and how many there may be, held while they come.
import { describe, expect, it } from "vitest";
import { createWaybill } from "../../src/index.js";
import {
  boundary,
  documentOf,
  formContent,
  json,
  jsonContent,
  multipart,
  send,
  urlencoded,
  urlencodedContent,
  type Api,
} from "./wall.js";

const binary = { type: "string", format: "binary", maxLength: 1000 };
const encoded = { type: "string", contentEncoding: "base64", maxLength: 4000 };
const text = (length: number): string => "A".repeat(length);

/** The problem's errors, answered to a body that begins like this and never ends. */
async function answerWithoutEnd(api: Api, type: string, start: string): Promise<unknown> {
  const waybill = await createWaybill({
    document: documentOf(api),
    data: ":memory:",
    ...api.options,
  });
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode(start)),
  });
  const init = { method: "POST", headers: { "content-type": type }, body, duplex: "half" as const };
  try {
    const response = await waybill.fetch(new Request("http://api.test/take", init));
    return await response.json();
  } finally {
    await waybill.close();
  }
}

const tooLong = (limit: number, pointer = "/it"): object => ({
  status: 413,
  errors: [{ code: "file-too-large", pointer, limit: { name: "maxLength", value: limit } }],
});

const partOf = (length: number, filename = "a") => ({ name: "it", filename, body: text(length) });

function rawPart(size: number) {
  return multipart([{ name: "it", filename: "a.bin", body: Buffer.alloc(size, 0xff) }]);
}

describe("maxLength", () => {
  it.each(["3.0.4", "3.1.2", "3.2.0"])("B-06 of raw octets counts them: %s", async (openapi) => {
    const form = { openapi, content: formContent({ it: binary }) };
    expect(await send(form, multipart([partOf(1000)]))).toMatchObject({ status: 200 });
    expect(await send(form, multipart([partOf(1200)]))).toMatchObject(tooLong(1000));
    const raw = { openapi, content: { "application/octet-stream": { schema: binary } } };
    const type = "application/octet-stream";
    expect(await send(raw, { type, body: text(1000) })).toMatchObject({ status: 200 });
    expect(await send(raw, { type, body: text(1001) })).toMatchObject(tooLong(1000, ""));
  });

  it("B-06 of encoded text counts its characters, in every style", async () => {
    const wires = [
      [
        formContent({ it: encoded }),
        (length: number) => multipart([{ name: "it", body: text(length) }]),
      ],
      [jsonContent({ it: encoded }), (length: number) => json({ it: text(length) })],
      [urlencodedContent({ it: encoded }), (length: number) => urlencoded(`it=${text(length)}`)],
    ] as const;
    for (const [content, wire] of wires) {
      expect(await send({ content }, wire(4000))).toMatchObject({ status: 200 });
      expect(await send({ content }, wire(4004))).toMatchObject(tooLong(4000));
    }
  });

  it("B-06 holds for raw octets in place of encoded text as if they were encoded", async () => {
    const content = formContent({ it: encoded });
    expect(await send({ content }, rawPart(3000))).toMatchObject({ status: 200 });
    expect(await send({ content }, rawPart(3001))).toMatchObject(tooLong(3000));
  });

  it("B-06 ends the request at the first octet too many", async () => {
    const type = `multipart/form-data; boundary=${boundary}`;
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="it"\r\n\r\n`;
    const form = { content: formContent({ it: binary }) };
    const far = `${head}${text(1000 + boundary.length + 8)}`;
    expect(await answerWithoutEnd(form, type, far)).toMatchObject(tooLong(1000));
    const raw = { content: { "application/octet-stream": { schema: binary } } };
    expect(await answerWithoutEnd(raw, "application/octet-stream", text(1001))).toMatchObject(
      tooLong(1000, ""),
    );
    const inJson = { content: jsonContent({ it: encoded }) };
    expect(
      await answerWithoutEnd(inJson, "application/json", `{"it":"${text(4001)}`),
    ).toMatchObject(tooLong(4000));
  });
});

describe("maxItems of files", () => {
  const files = {
    type: "array",
    items: { type: "string", format: "byte" },
    minItems: 2,
    maxItems: 3,
  };
  const wires = [
    [
      "multipart",
      formContent({ it: files }),
      (count: number) => multipart(Array.from({ length: count }, () => partOf(4))),
    ],
    [
      "urlencoded",
      urlencodedContent({ it: files }),
      (count: number) => urlencoded(Array(count).fill("it=AAAA").join("&")),
    ],
    [
      "JSON",
      jsonContent({ it: files }),
      (count: number) => json({ it: Array(count).fill("AAAA") }),
    ],
    [
      "XML",
      { "application/xml": { schema: { type: "object", properties: { it: files } } } },
      (count: number) => ({
        type: "application/xml",
        body: `<r>${"<it>AAAA</it>".repeat(count)}</r>`,
      }),
    ],
  ] as const;

  it.each(wires)("B-10 is how many files there may be: %s", async (_, content, wire) => {
    expect(await send({ content }, wire(3))).toMatchObject({
      status: 200,
      value: { it: { length: 3 } },
    });
    expect(await send({ content }, wire(4))).toMatchObject({
      status: 413,
      errors: [{ code: "too-many-files", pointer: "/it/3", limit: { name: "maxItems", value: 3 } }],
    });
    expect(await send({ content }, wire(1))).toMatchObject({
      status: 400,
      errors: [
        {
          code: "invalid-value",
          pointer: "/it",
          detail: "The value must NOT have fewer than 2 items.",
        },
      ],
    });
  });

  const starts = [
    [
      "application/x-www-form-urlencoded",
      urlencodedContent({ it: files }),
      "it=AAAA&it=AAAA&it=AAAA&it=",
    ],
    ["application/json", jsonContent({ it: files }), '{"it":["AAAA","AAAA","AAAA","'],
    [
      `multipart/form-data; boundary=${boundary}`,
      formContent({ it: files }),
      `${`--${boundary}\r\nContent-Disposition: form-data; name="it"\r\n\r\nAAAA\r\n`.repeat(3)}--${boundary}\r\nContent-Disposition: form-data; name="it"\r\n\r\n`,
    ],
  ] as const;
  it.each(starts)("B-10 nothing of the file too many is read: %s", async (type, content, start) => {
    expect(await answerWithoutEnd({ content }, type, start)).toMatchObject({
      status: 413,
      errors: [{ code: "too-many-files", pointer: "/it/3" }],
    });
  });
});
