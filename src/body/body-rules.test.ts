// Rules that hold for a whole body, whatever its style.
import { describe, expect, it } from "vitest";
import { WaybillError } from "../base/fault.js";
import { defaultLimits, type Limits } from "../base/limits.js";
import { parseMediaType } from "../base/media-type.js";
import type { FileSinks } from "../base/sink.js";
import { createDocument } from "../openapi/document.js";
import { createPlan } from "../plan/plan.js";
import { defaultBodyOptions, type BodyOptions } from "./body-context.js";
import { createBodyDecoder } from "./decode-body.js";
import { createValidators } from "./validator.js";

const validators = createValidators();
const base64 = { type: "string", contentEncoding: "base64" };
const json = "application/json";
const multipart = "multipart/form-data; boundary=B";
const urlencoded = "application/x-www-form-urlencoded";

/** Files whose digest is their octets. */
const sinks: FileSinks = {
  open() {
    let octets = "";
    return {
      write: (bytes) => void (octets += Buffer.from(bytes).toString("hex")),
      close: async () => ({ id: "x", mediaType: "a/b", size: octets.length / 2, sha256: octets }),
      abort: async () => undefined,
    };
  },
};

interface Given {
  readonly properties?: object;
  readonly encoding?: object;
  readonly type: string;
  readonly body: string;
  readonly filename?: string;
  readonly limits?: Partial<Limits>;
  readonly options?: Partial<BodyOptions>;
  /** Of the pieces in which the body comes. */
  readonly size?: number;
}

/** `code pointer` of each fault, and the limit. */
async function faultsOf({ properties, encoding, type, body, ...rest }: Given): Promise<string[]> {
  const contentType = parseMediaType(type);
  const schema = properties && { type: "object", properties };
  const content = { [type.split(";")[0] ?? ""]: { schema, encoding } };
  const document = createDocument({
    openapi: "3.1.0",
    paths: { "/x": { post: { requestBody: { content } } } },
  });
  const plan = createPlan(document).operations[0]?.body?.media[0];
  if (!plan || !contentType) throw new Error("no plan");
  try {
    const decoder = createBodyDecoder({
      plan,
      contentType,
      filename: rest.filename,
      limits: { ...defaultLimits, ...rest.limits },
      sinks,
      validators,
      options: { ...defaultBodyOptions, ...rest.options },
    });
    const octets = Buffer.from(body);
    const { size = 1 } = rest;
    for (let at = 0; at < octets.length; at += size)
      await decoder.write(octets.subarray(at, at + size));
    await decoder.end();
    return [];
  } catch (error) {
    if (!(error instanceof WaybillError)) throw error;
    return error.faults.map(({ code, pointer, limit }) =>
      [code, pointer, limit?.name, limit?.value].filter((each) => each !== undefined).join(" "),
    );
  }
}

function form(...parts: string[]): string {
  const each = parts.map((part) => `--B\r\nContent-Disposition: form-data; name=${part}\r\n`);
  return `${each.join("")}--B--\r\n`;
}

describe("what a body keeps in memory", () => {
  const text = { type: "string" };
  const ten = "x".repeat(10);
  const two = (head: string, value: string): string =>
    form(`a${head}\r\n\r\n${value}`, `b${head}\r\n\r\n${value}`);
  const object = { type: "object" };
  const xml = { contentType: "application/xml" };
  const cases = [
    {
      name: "texts",
      properties: { a: text, b: text },
      type: multipart,
      body: two("", ten),
      kept: 20,
    },
    {
      name: "JSON parts",
      properties: { a: object, b: object },
      type: multipart,
      body: two("", '{"c": 1}'),
      kept: 16,
    },
    {
      name: "files in JSON parts",
      properties: { a: { type: "object", properties: { f: base64 } }, b: text },
      type: multipart,
      body: two("", '{"f":"YWJj\\/2Fi"}'),
      kept: 25,
    },
    {
      name: "XML parts",
      properties: { a: object, b: object },
      encoding: { a: xml, b: xml },
      type: multipart,
      body: form("a\r\n\r\n<a></a>", "b\r\n\r\n<b></b>"),
      kept: 14,
    },
    {
      name: "texts",
      properties: { a: text, b: text },
      type: urlencoded,
      body: `a=${ten}&b=${ten}`,
      kept: 20,
    },
    {
      name: "a document",
      properties: { a: text, f: base64 },
      type: json,
      body: '{"a":"b","f":"YQ=="}',
      kept: 16,
    },
    {
      name: "URLs of files",
      properties: { f: { type: "array", items: base64 } },
      type: json,
      body: '{"f":["http://a/b","http://a/c"]}',
      kept: 33,
    },
  ];
  it.each(cases)(
    "is counted for all of it together: $name as $type",
    async ({ kept, ...given }) => {
      expect(await faultsOf({ ...given, limits: { valueBytesMax: kept } })).toEqual([]);
      const [fault] = await faultsOf({ ...given, limits: { valueBytesMax: kept - 1 } });
      expect(fault).toMatch(new RegExp(`^body-too-large .*valueBytesMax ${kept - 1}$`));
    },
  );
});

describe("a JSON file that is too large to look into", () => {
  it.each([1, 7, 1000])("is not kept, in pieces of %d octets", async (size) => {
    const file = {
      type: "string",
      contentMediaType: "application/json",
      contentEncoding: "base64",
    };
    const text = Buffer.from(`"${"x".repeat(28)}"`).toString("base64");
    const given = {
      properties: { a: { type: "array", items: file } },
      type: json,
      body: `{"a":[${Array(20).fill(`"${text}"`).join(",")}]}`,
      limits: { fieldBytesMax: 29, valueBytesMax: 150 },
      options: { assertContent: true },
      size,
    };
    expect(await faultsOf(given)).toEqual([]);
    const limits = { ...given.limits, fieldBytesMax: 30 };
    expect(await faultsOf({ ...given, limits })).toEqual([
      expect.stringMatching(/^body-too-large .*valueBytesMax 150$/),
    ]);
  });
});

describe("the URL of a file", () => {
  it.each([1, 7, 10000])(
    "is 8192 characters long at most, in pieces of %d octets",
    async (size) => {
      const takes = (length: number): Promise<string[]> => {
        const body = JSON.stringify({ a: "http://a/".padEnd(length, "x") });
        return faultsOf({ properties: { a: base64 }, type: json, body, size });
      };
      expect(await takes(8192)).toEqual([]);
      expect(await takes(8193)).toEqual(["malformed-encoding /a"]);
    },
  );
});

describe("the name of a file", () => {
  const limits = { nameBytesMax: 5 };
  const cases = [
    { filename: "C:\\long folder\\a.png", want: [] },
    { filename: "ab.png", want: ["name-too-long nameBytesMax 5"] },
    { filename: "€€", want: ["name-too-long nameBytesMax 5"] },
  ];
  it.each(cases)("of a raw body has a longest: $filename", async ({ filename, want }) => {
    expect(await faultsOf({ type: "image/png", body: "x", filename, limits })).toEqual(want);
  });
});

describe("the name of a member of JSON", () => {
  const limits = { nameBytesMax: 5 };
  const cases = [
    { name: "abcde", want: [] },
    { name: "abcdef", want: ["name-too-long nameBytesMax 5"] },
    { name: "€€", want: ["name-too-long nameBytesMax 5"] },
  ];
  it.each(cases)("has a longest: $name", async ({ name, want }) => {
    const body = JSON.stringify({ a: { [name]: 1 } });
    expect(await faultsOf({ properties: {}, type: json, body, limits })).toEqual(want);
  });
});

describe("items that are unique", () => {
  const properties = { f: { type: "array", uniqueItems: true, items: base64 } };
  const cases = [
    { type: json, same: '{"f":["YQ==","Yg==","YQ=="]}', other: '{"f":["YQ==","Yg=="]}' },
    {
      type: multipart,
      same: form("f\r\n\r\nYQ==", "f\r\n\r\nYg==", "f\r\n\r\nYQ=="),
      other: form("f\r\n\r\nYQ==", "f\r\n\r\nYg=="),
    },
    { type: urlencoded, same: "f=YQ%3D%3D&f=YQ%3D%3D", other: "f=YQ%3D%3D&f=Yg%3D%3D" },
  ];
  it.each(cases)("are not the same file twice, as $type", async ({ type, same, other }) => {
    expect(await faultsOf({ properties, type, body: other })).toEqual([]);
    expect(await faultsOf({ properties, type, body: same })).toEqual(["invalid-value /f"]);
  });
});
