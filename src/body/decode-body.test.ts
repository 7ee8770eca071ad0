import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { WaybillError } from "../base/fault.js";
import type { FileReference } from "../base/file-reference.js";
import { isObject } from "../base/json.js";
import { defaultLimits } from "../base/limits.js";
import { parseMediaType, type MediaType } from "../base/media-type.js";
import type { FileSinks } from "../base/sink.js";
import { parseDocument } from "../openapi/read-document.js";
import type { MediaTypePlan } from "../plan/media-type-plan.js";
import { createPlan } from "../plan/plan.js";
import { createBodyDecoder } from "./decode-body.js";
import { createValidators } from "./validator.js";

// Sinks in memory, so that a value shows what its files hold.
function memorySinks(): FileSinks & { readonly open: FileSinks["open"] } {
  let count = 0;
  return {
    open(intent) {
      const pieces: Buffer[] = [];
      return {
        write: (bytes) => void pieces.push(Buffer.from(bytes)),
        async close(): Promise<FileReference> {
          const bytes = Buffer.concat(pieces);
          if (bytes.length > intent.bytesMax)
            throw new WaybillError({ code: "file-too-large", detail: "too large" });
          const sha256 = createHash("sha256").update(bytes).digest("hex");
          return {
            id: `${count++}:${bytes.toString("latin1")}`,
            mediaType: intent.declaredType ?? "?",
            size: bytes.length,
            sha256,
          };
        },
        abort: async () => undefined,
      };
    },
  };
}

const validators = createValidators();

interface Given {
  readonly schema: object;
  readonly encoding?: object;
  readonly type: string;
  readonly body: string;
}

async function decode(given: Given, size = Infinity): Promise<unknown> {
  const { plan, contentType } = planOf(given);
  const decoder = createBodyDecoder({
    plan,
    contentType,
    filename: undefined,
    limits: { ...defaultLimits, fieldBytesMax: 100 },
    sinks: memorySinks(),
    validators,
  });
  const bytes = Buffer.from(given.body, "latin1");
  for (let at = 0; at < bytes.length; at += size) {
    await decoder.write(bytes.subarray(at, Math.min(bytes.length, at + size)));
  }
  return show(await decoder.end());
}

function planOf({ schema, encoding, type }: Given): {
  plan: MediaTypePlan;
  contentType: MediaType;
} {
  const [key = ""] = type.split(";");
  const requestBody = { content: { [key]: { schema, encoding } } };
  const paths = { "/x": { post: { requestBody } } };
  const document = parseDocument(JSON.stringify({ openapi: "3.1.0", paths }));
  const plan = createPlan(document).operations[0]?.body?.media[0];
  const contentType = parseMediaType(type);
  if (!plan || !contentType) throw new Error("no plan");
  return { plan, contentType };
}

function show(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, each: unknown) =>
    isObject(each) && "sha256" in each ? `file ${String(each["id"]).replace(/^\d+:/, "")}` : each,
  );
}

const object = (properties: object, rest: object = {}): object => ({
  type: "object",
  properties,
  ...rest,
});
const form = (...parts: string[]): string =>
  `${parts.map((part) => `--B\r\nContent-Disposition: form-data; ${part}\r\n`).join("")}--B--\r\n`;
const multipart = "multipart/form-data; boundary=B";
const urlencoded = "application/x-www-form-urlencoded";
const base64 = { type: "string", contentEncoding: "base64" };

const values: (Given & { name: string; want: unknown })[] = [
  {
    name: "JSON without files",
    schema: object({ a: { type: "integer" } }),
    type: "application/json",
    body: '{"a": 1}',
    want: { a: 1 },
  },
  {
    name: "B-03 base64 in JSON",
    schema: object({ pic: base64 }),
    type: "application/json",
    body: '{"pic":"aGVsbG8="}',
    want: { pic: "file hello" },
  },
  {
    name: "a data: URI",
    schema: object({ pic: base64 }),
    type: "application/json",
    body: '{"pic":"data:text/plain;base64,aGVsbG8="}',
    want: { pic: "file hello" },
  },
  {
    name: "a URL stays text",
    schema: object({ pic: base64 }),
    type: "application/json",
    body: '{"pic":"http://a/b"}',
    want: { pic: "http://a/b" },
  },
  {
    name: "null in place of an optional file",
    schema: object({ pic: base64 }),
    type: "application/json",
    body: '{"pic":null}',
    want: { pic: null },
  },
  {
    name: "files in arrays",
    schema: object({ pics: { type: "array", items: base64 } }),
    type: "application/json",
    body: '{"pics":["YQ==","Yg=="]}',
    want: { pics: ["file a", "file b"] },
  },
  {
    name: "M-07 file before text",
    schema: object({ f: {}, n: { type: "integer" } }),
    type: multipart,
    body: form('name="f"; filename="a"\r\n\r\nhello', 'name="n"\r\n\r\n5'),
    want: { f: "file hello", n: 5 },
  },
  {
    name: "M-21 a file without a file name",
    schema: object({ f: {} }),
    type: multipart,
    body: form('name="f"\r\n\r\nhello'),
    want: { f: "file hello" },
  },
  {
    name: "M-20 JSON as filename=blob",
    schema: object({ m: object({ a: { type: "integer" } }) }),
    type: multipart,
    body: form('name="m"; filename="blob"\r\nContent-Type: application/json\r\n\r\n{"a":1}'),
    want: { m: { a: 1 } },
  },
  {
    name: "M-19 JSON without a type",
    schema: object({ m: object({ a: { type: "integer" } }) }),
    type: multipart,
    body: form('name="m"\r\n\r\n{"a":1}'),
    want: { m: { a: 1 } },
  },
  {
    name: "M-03 an array is a part an item",
    schema: object({ n: { type: "array", items: { type: "integer" } } }),
    type: multipart,
    body: form('name="n"\r\n\r\n7', 'name="n"\r\n\r\n8'),
    want: { n: [7, 8] },
  },
  {
    name: "M-04 of one",
    schema: object({ n: { type: "array", items: { type: "integer" } } }),
    type: multipart,
    body: form('name="n"\r\n\r\n7'),
    want: { n: [7] },
  },
  {
    name: "M-17 an empty part is null where text cannot be",
    schema: object({ n: { type: ["integer", "null"] } }),
    type: multipart,
    body: form('name="n"\r\n\r\n'),
    want: { n: null },
  },
  {
    name: "M-18 text stays text",
    schema: object({ s: { type: "string" } }),
    type: multipart,
    body: form('name="s"\r\n\r\n123'),
    want: { s: "123" },
  },
  {
    name: "M-23 an empty file input is absent",
    schema: object({ f: {} }),
    type: multipart,
    body: form('name="f"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n'),
    want: {},
  },
  {
    name: "M-26 __proto__ is a name",
    schema: object({}),
    type: multipart,
    body: form('name="__proto__"\r\n\r\nx'),
    want: JSON.parse('{"__proto__":"x"}'),
  },
  {
    name: "E-17 base64 in a part",
    schema: object({ f: base64 }),
    type: multipart,
    body: form('name="f"; filename="a"\r\n\r\naGVs\r\nbG8='),
    want: { f: "file hello" },
  },
  {
    name: "E-16 base64 by transfer encoding is decoded once",
    schema: object({ f: base64 }),
    type: multipart,
    body: form('name="f"\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8='),
    want: { f: "file hello" },
  },
  {
    name: "T-c raw octets where base64 is described",
    schema: object({ f: base64 }),
    type: multipart,
    body: form('name="f"; filename="a.pdf"\r\n\r\n%PDF-1.7'),
    want: { f: "file %PDF-1.7" },
  },
  {
    name: "E-20 the charset of a part",
    schema: object({ s: { type: "string" } }),
    type: multipart,
    body: form('name="s"\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\n\xfc'),
    want: { s: "ü" },
  },
  {
    name: "_charset_",
    schema: object({ s: { type: "string" } }),
    type: multipart,
    body: form('name="_charset_"\r\n\r\niso-8859-1', 'name="s"\r\n\r\n\xfc'),
    want: { s: "ü" },
  },
  {
    name: "S-02 form without explode",
    schema: object({ t: { type: "array", items: { type: "integer" } } }),
    encoding: { t: { explode: false } },
    type: multipart,
    body: form('name="t"\r\n\r\n1,2'),
    want: { t: [1, 2] },
  },
  {
    name: "S-06 no percent-decoding in form-data",
    schema: object({ t: { type: "array", items: { type: "string" } } }),
    encoding: { t: { style: "pipeDelimited", explode: false } },
    type: multipart,
    body: form('name="t"\r\n\r\na%7Cb|c'),
    want: { t: ["a%7Cb", "c"] },
  },
  {
    name: "S-07 members as parts",
    schema: object({ c: object({ R: { type: "integer" } }) }),
    encoding: { c: { style: "form", explode: true } },
    type: multipart,
    body: form('name="R"\r\n\r\n1'),
    want: { c: { R: 1 } },
  },
  {
    name: "S-08 deepObject",
    schema: object({ c: object({ R: { type: "integer" } }) }),
    encoding: { c: { style: "deepObject" } },
    type: multipart,
    body: form('name="c[R]"\r\n\r\n1'),
    want: { c: { R: 1 } },
  },
  {
    name: "M-24 brackets are part of a name",
    schema: object({ "f[0]": { type: "string" } }),
    type: multipart,
    body: form('name="f[0]"\r\n\r\nx'),
    want: { "f[0]": "x" },
  },
  {
    name: "XML",
    schema: object({
      h: object({ v: { type: "integer" }, t: { type: "array", items: { type: "string" } } }),
    }),
    encoding: { h: { contentType: "application/xml" } },
    type: multipart,
    body: form('name="h"\r\nContent-Type: application/xml\r\n\r\n<h><v>5</v><t>a</t><t>b</t></h>'),
    want: { h: { v: 5, t: ["a", "b"] } },
  },
  {
    name: "F-01 urlencoded",
    schema: object({ id: { type: "string" } }),
    type: urlencoded,
    body: "id=a+b%21",
    want: { id: "a b!" },
  },
  {
    name: "F-02 JSON in a pair",
    schema: object({ a: object({ zip: { type: "integer" } }) }),
    type: urlencoded,
    body: "a=%7B%22zip%22%3A1%7D",
    want: { a: { zip: 1 } },
  },
  {
    name: "F-04 one pair an item",
    schema: object({ t: { type: "array", items: { type: "string" } } }),
    type: urlencoded,
    body: "t=a&t=b",
    want: { t: ["a", "b"] },
  },
  {
    name: "F-05 a file in a pair",
    schema: object({ f: base64 }),
    type: urlencoded,
    body: "f=aGVsbG8%3D",
    want: { f: "file hello" },
  },
  {
    name: "S-09 split before decoding",
    schema: object({ c: { type: "array", items: { type: "string" } } }),
    encoding: { c: { explode: false } },
    type: urlencoded,
    body: "c=1%2C2,3",
    want: { c: ["1,2", "3"] },
  },
  { name: "N-08 raw octets", schema: {}, type: "image/png", body: "\x89PNG", want: "file \x89PNG" },
  { name: "text", schema: { type: "integer" }, type: "text/plain", body: "5", want: 5 },
  {
    name: "R-02 read-only members are left out",
    schema: object({ id: { type: "integer", readOnly: true } }, { required: ["id"] }),
    type: "application/json",
    body: '{"id":"x"}',
    want: {},
  },
];

const faults: (Given & { name: string; want: string[] })[] = [
  {
    name: "M-08 twice",
    schema: object({ n: { type: "integer" } }),
    type: multipart,
    body: form('name="n"\r\n\r\n1', 'name="n"\r\n\r\n2'),
    want: ["duplicate-part /n n 1"],
  },
  {
    name: "M-12 unknown",
    schema: object({}, { additionalProperties: false }),
    type: multipart,
    body: form('name="z"\r\n\r\n1'),
    want: ["unknown-property /z z 0"],
  },
  {
    name: "M-12 unknown in JSON",
    schema: object({}, { additionalProperties: false }),
    type: "application/json",
    body: '{"z":1}',
    want: ["unknown-property /z"],
  },
  {
    name: "M-13 missing",
    schema: object({ f: {} }, { required: ["f"] }),
    type: multipart,
    body: form('name="z"\r\n\r\n1'),
    want: ["missing-property /f"],
  },
  {
    name: "M-18 not a number",
    schema: object({ n: { type: "integer" } }),
    type: multipart,
    body: form('name="n"\r\n\r\n0x5'),
    want: ["invalid-value /n n 0"],
  },
  {
    name: "the same in a pair",
    schema: object({ n: { type: "integer" } }),
    type: urlencoded,
    body: "n=0x5",
    want: ["invalid-value /n"],
  },
  {
    name: "the same in JSON",
    schema: object({ n: { type: "integer" } }),
    type: "application/json",
    body: '{"n":"0x5"}',
    want: ["invalid-value /n"],
  },
  {
    name: "M-01 no name",
    schema: object({}),
    type: multipart,
    body: form("x=y\r\n\r\n1"),
    want: ["part-without-name 0"],
  },
  {
    name: "T-02 truncated",
    schema: object({}),
    type: multipart,
    body: '--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1',
    want: ["malformed-multipart a 0"],
  },
  {
    name: "broken base64 has its offset",
    schema: object({ pic: base64 }),
    type: "application/json",
    body: '{"pic":"aGV*"}',
    want: ["malformed-encoding /pic @11"],
  },
  {
    name: "E-06 another type than the explicit one",
    schema: object({ f: {} }),
    encoding: { f: { contentType: "image/*" } },
    type: multipart,
    body: form('name="f"; filename="a"\r\nContent-Type: text/plain\r\n\r\nx'),
    want: ["part-type-not-allowed /f f 0"],
  },
  {
    name: "E-11 a part header",
    schema: object({ f: {} }),
    encoding: { f: { headers: { "X-N": { schema: { type: "integer" } } } } },
    type: multipart,
    body: form('name="f"\r\nX-N: ten\r\n\r\nx'),
    want: ["invalid-part-header /f f 0"],
  },
  {
    name: "E-11 a missing one",
    schema: object({ f: {} }),
    encoding: { f: { headers: { "X-N": { required: true } } } },
    type: multipart,
    body: form('name="f"\r\n\r\nx'),
    want: ["missing-part-header /f f 0"],
  },
  {
    name: "X-09 a DOCTYPE",
    schema: object({ h: object({}) }),
    encoding: { h: { contentType: "application/xml" } },
    type: multipart,
    body: form('name="h"\r\n\r\n<!DOCTYPE a><h/>'),
    want: ["malformed-xml /h h 0"],
  },
  {
    name: "a number in place of a file",
    schema: object({ pic: base64 }),
    type: "application/json",
    body: '{"pic":5}',
    want: ["invalid-value /pic"],
  },
  {
    name: "null in place of a required file",
    schema: object({ pic: base64 }, { required: ["pic"] }),
    type: "application/json",
    body: '{"pic":null}',
    want: ["invalid-value /pic"],
  },
  {
    name: "B-06 characters of encoded text",
    schema: object({ pic: { ...base64, maxLength: 4 } }),
    type: "application/json",
    body: '{"pic":"aGVsbG8="}',
    want: ["file-too-large /pic"],
  },
  {
    name: "B-06 octets of a raw body",
    schema: { maxLength: 3 },
    type: "image/png",
    body: "abcd",
    want: ["file-too-large"],
  },
  {
    name: "B-10 too many files",
    schema: object({ f: { type: "array", items: {}, maxItems: 1 } }),
    type: multipart,
    body: form('name="f"\r\n\r\na', 'name="f"\r\n\r\nb'),
    want: ["too-many-files /f/1 f 1"],
  },
  {
    name: "a field that is too large",
    schema: object({ s: { type: "string" } }),
    type: multipart,
    body: form(`name="s"\r\n\r\n${"x".repeat(101)}`),
    want: ["field-too-large /s s 0"],
  },
  {
    name: "invalid UTF-8 in a text part",
    schema: object({ s: { type: "string" } }),
    type: multipart,
    body: form('name="s"\r\n\r\n\xff'),
    want: ["malformed-encoding /s s 0"],
  },
  {
    name: "all together",
    schema: object(
      { a: { type: "integer" }, b: { type: "boolean" } },
      { required: ["c"], additionalProperties: false },
    ),
    type: multipart,
    body: form('name="a"\r\n\r\nx', 'name="b"\r\n\r\nyes', 'name="z"\r\n\r\n1'),
    want: [
      "invalid-value /a a 0",
      "invalid-value /b b 1",
      "unknown-property /z z 2",
      "missing-property /c",
    ],
  },
];

const sizes = [Infinity, 1, 7];

describe("a body's value", () => {
  it.each(values)("$name", async ({ want, ...given }) => {
    for (const size of sizes) expect(await decode(given, size)).toEqual(want);
  });
});

describe("a body's faults", () => {
  it.each(faults)("$name", async ({ want, ...given }) => {
    for (const size of sizes) {
      const error = await decode(given, size).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(WaybillError);
      expect(faultTexts(error)).toEqual(want);
    }
  });
});

// Each call takes a turn, and a second one meanwhile would be out of order.
function slowSinks(stored: string[]): FileSinks {
  return {
    open() {
      let text = "";
      let busy = false;
      const turn = async (): Promise<void> => {
        if (busy) throw new Error("two calls at once");
        busy = true;
        await new Promise((resolve) => setImmediate(resolve));
        busy = false;
      };
      return {
        async write(bytes) {
          await turn();
          text += Buffer.from(bytes).toString("latin1");
        },
        async close() {
          await turn();
          stored.push(text);
          return { id: "1", mediaType: "", size: text.length, sha256: "" };
        },
        abort: async () => undefined,
      };
    },
  };
}

describe("a sink that asks for time", () => {
  const like = "one\r\n--B-no delimiter\r\n--Bnor this\r\n".repeat(3);
  it.each([
    {
      name: "gets base64 between escapes piece by piece",
      given: {
        schema: object({ f: base64 }),
        type: "application/json",
        body: String.raw`{"f":"YWJj\/2Fi\u0059WJj"}`,
      },
      want: [Buffer.from("YWJj/2FiYWJj", "base64").toString("latin1")],
    },
    {
      name: "gets what looks like a delimiter piece by piece",
      given: {
        schema: object({ f: {}, g: {} }),
        type: multipart,
        body: form(`name="f"\r\n\r\n${like}`, 'name="g"\r\n\r\nend'),
      },
      want: [like, "end"],
    },
  ])("$name", async ({ given, want }) => {
    const stored: string[] = [];
    const decoder = createBodyDecoder({
      ...planOf(given),
      filename: undefined,
      limits: defaultLimits,
      sinks: slowSinks(stored),
      validators,
    });
    await decoder.write(Buffer.from(given.body, "latin1"));
    await decoder.end();
    expect(stored).toEqual(want);
  });
});

function faultTexts(error: unknown): string[] {
  if (!(error instanceof WaybillError)) return [];
  return error.faults.map(({ code, pointer, part, offset }) =>
    [
      code,
      pointer || undefined,
      part?.name,
      part?.index,
      pointer && offset !== undefined && code === "malformed-encoding" && !part
        ? `@${offset}`
        : undefined,
    ]
      .filter((each) => each !== undefined)
      .join(" "),
  );
}
