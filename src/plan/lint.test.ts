import { describe, expect, it } from "vitest";
import { parseDocument } from "../openapi/read-document.js";
import { createCompiler } from "./compiler.js";
import { lintOperation } from "./lint.js";
import { createPlan } from "./plan.js";

function lint(key: string, media: object): string[] {
  const paths = { "/x": { post: { requestBody: { content: { [key]: media } } } } };
  const document = parseDocument(JSON.stringify({ openapi: "3.1.1", paths }));
  const [plan] = createPlan(document).operations;
  if (!plan) throw new Error("no operation");
  const start = "/paths/~1x/post/requestBody/content/";
  return lintOperation(createCompiler(document), plan).map(
    ({ rule, pointer }) => `${rule} ${pointer.replace(start, "")}`,
  );
}

const form = (properties: object, encoding: object = {}): object => ({
  schema: { type: "object", properties },
  encoding,
});
const at = "multipart~1form-data";
const file = { type: "string", contentEncoding: "base64", maxLength: 9 };

const cases = [
  {
    name: "nothing",
    key: "multipart/form-data",
    media: form({ a: { type: "string" }, f: file }),
    want: [],
  },
  {
    name: "a list",
    key: "multipart/form-data",
    media: form({ f: { ...file, contentMediaType: "image/png, image/jpeg" } }),
    want: [`media-type-list ${at}/schema/properties/f/contentMediaType`],
  },
  {
    name: "a ghost",
    key: "multipart/form-data",
    media: form({}, { ghost: {} }),
    want: [`encoding-without-property ${at}/encoding/ghost`],
  },
  {
    name: "encoding beside JSON",
    key: "application/json",
    media: { encoding: { a: {} } },
    want: ["encoding-ignored application~1json/encoding/a"],
  },
  {
    name: "style and contentType",
    key: "multipart/form-data",
    media: form(
      { a: { type: "array", items: {} } },
      { a: { explode: false, contentType: "text/plain" } },
    ),
    want: [`style-beats-content-type ${at}/encoding/a`],
  },
  {
    name: "style beside a file",
    key: "multipart/form-data",
    media: form({ f: file }, { f: { style: "form" } }),
    want: [`style-beats-content-type ${at}/encoding/f`],
  },
  {
    name: "raw octets in JSON",
    key: "application/json",
    media: { schema: { properties: { f: { contentMediaType: "image/png", maxLength: 9 } } } },
    want: ["json-file-without-encoding application~1json/schema/properties/f"],
  },
  {
    name: "no limit",
    key: "multipart/form-data",
    media: form({ f: {} }),
    want: [`file-without-limit ${at}/schema/properties/f`],
  },
  {
    name: "no limit of a raw body",
    key: "image/png",
    media: {},
    want: ["file-without-limit image~1png"],
  },
  {
    name: "string or number",
    key: "multipart/form-data",
    media: form({ a: { type: ["string", "integer"] } }),
    want: [`ambiguous-union ${at}/schema/properties/a`],
  },
  {
    name: "a quote in a name",
    key: "multipart/form-data",
    media: form({ 'a"b': { type: "string" } }),
    want: [`escaped-name ${at}/schema/properties/a"b`],
  },
  { name: "no schema", key: "multipart/form-data", media: {}, want: [`form-without-schema ${at}`] },
  {
    name: "a reference to nothing",
    key: "application/json",
    media: { schema: { $ref: "#/nowhere" } },
    want: ["unusable /paths/~1x/post"],
  },
];

describe("lint", () => {
  it.each(cases)("$name", ({ key, media, want }) => {
    expect(lint(key, media)).toEqual(want);
  });
});
