// What lint says of documents, by rule. Each finding with its whole place.
import { describe, expect, it } from "vitest";
import { createDocument } from "../../src/openapi/document.js";
import { createCompiler } from "../../src/plan/compiler.js";
import { lintOperation, type Finding } from "../../src/plan/lint.js";
import { createPlan } from "../../src/plan/plan.js";
import {
  documentOf,
  formContent,
  jsonContent,
  send,
  multipart,
  urlencodedContent,
  type Api,
} from "./wall.js";

function findings(api: Api): Finding[] {
  const document = createDocument(documentOf(api));
  const [plan] = createPlan(document).operations;
  if (!plan) throw new Error("no operation");
  return lintOperation(createCompiler(document), plan);
}

/** `severity rule place`, places from the operation on. */
function found(api: Api): string[] {
  return findings(api).map(
    ({ severity, rule, pointer }) =>
      `${severity} ${rule} ${pointer.replace("/paths/~1take/post/", "")}`,
  );
}

const form = "requestBody/content/multipart~1form-data";
const text = { type: "string" };
const small = { type: "string", contentEncoding: "base64", maxLength: 9 };

describe("M-09 an Encoding Object without its property", () => {
  const content = formContent({ a: text }, { ghost: { contentType: "text/csv" } });

  it.each(["3.0.4", "3.1.2"])("M-09 is an error in %s", (openapi) => {
    expect(found({ openapi, content })).toEqual([
      `error encoding-without-property ${form}/encoding/ghost`,
    ]);
  });

  it("M-09 is a warning in 3.2, where it is ignored", () => {
    expect(found({ openapi: "3.2.0", content })).toEqual([
      `warning encoding-without-property ${form}/encoding/ghost`,
    ]);
  });

  it("M-09 changes nothing at run time", async () => {
    const wire = multipart([{ name: "a", body: "1" }]);
    expect(await send({ content }, wire)).toMatchObject({ status: 200, value: { a: "1" } });
  });
});

it("M-10 `encoding` under a type that is no form is ignored, with a warning", async () => {
  const schema = { type: "object", properties: { a: { type: "object" } } };
  const encoding = { a: { contentType: "application/xml" } };
  const content = { "application/json": { schema, encoding } };
  expect(found({ content })).toEqual([
    "warning encoding-ignored requestBody/content/application~1json/encoding/a",
  ]);
  const body = '{"a":{"b":1}}';
  const answer = await send({ content }, { type: "application/json", body });
  expect(answer).toMatchObject({ status: 200, value: { a: { b: 1 } } });
});

describe("M-11 `encoding` on a response", () => {
  const content = formContent({ a: text }, { a: { contentType: "text/csv" } });
  const operation = { responses: { 200: { description: "", content } } };

  it.each(["3.0.4", "3.1.2"])("M-11 is ignored in %s, with a warning", (openapi) => {
    expect(found({ openapi, operation })).toEqual([
      "warning encoding-ignored responses/200/content/multipart~1form-data/encoding/a",
    ]);
  });

  it("M-11 is passed over where a response refers to nothing: no request needs it", () => {
    const responses = { 200: { $ref: "#/nowhere" }, 201: { description: "", content } };
    expect(found({ operation: { responses } })).toEqual([
      "warning encoding-ignored responses/201/content/multipart~1form-data/encoding/a",
    ]);
  });

  it("M-11 counts in 3.2", () => {
    expect(found({ openapi: "3.2.0", operation })).toEqual([]);
  });
});

describe("M-02 multipart content without a schema", () => {
  it.each(["3.0.4", "3.1.2", "3.2.0"])("M-02 is an error in %s", (openapi) => {
    const content = { "multipart/form-data": {} };
    expect(found({ openapi, content })).toEqual([`error form-without-schema ${form}`]);
  });

  it("M-02 may have an itemSchema instead in 3.2", () => {
    const content = { "multipart/mixed": { itemSchema: { type: "object" } } };
    expect(found({ openapi: "3.2.0", content })).toEqual([]);
  });
});

describe("J-06 contentMediaType", () => {
  it.each(["image/png, image/jpeg", "image/*", "picture"])(
    "J-06 %s is no single media type: a warning",
    (contentMediaType) => {
      const content = formContent({ f: { ...small, contentMediaType } });
      expect(findings({ content })).toEqual([
        {
          rule: "media-type-list",
          severity: "warning",
          pointer: `/paths/~1take/post/${form}/schema/properties/f/contentMediaType`,
          detail: `contentMediaType is one media type (JSON Schema 2020-12 §8.4), not "${contentMediaType}"; other tools may not read it.`,
          fix: `In a form say \`encoding: { f: { contentType: "${contentMediaType}" } }\` instead.`,
        },
      ]);
    },
  );

  it("J-06 one media type is right", () => {
    expect(
      found({ content: formContent({ f: { ...small, contentMediaType: "image/png" } }) }),
    ).toEqual([]);
  });

  it("J-06 is found where it stands, behind references, allOf, items and in JSON parts", () => {
    const Pic = { ...small, contentMediaType: "image/*" };
    const schemas = {
      Pic,
      Base: { properties: { a: { $ref: "#/components/schemas/Pic" } } },
      Form: {
        type: "object",
        allOf: [{ $ref: "#/components/schemas/Base" }],
        properties: { many: { type: "array", items: Pic }, o: { properties: { deep: Pic } } },
      },
    };
    const schema = { $ref: "#/components/schemas/Form" };
    const content = { "multipart/form-data": { schema } };
    expect(found({ content, components: { schemas } })).toEqual([
      "warning media-type-list /components/schemas/Form/properties/many/items/contentMediaType",
      "warning media-type-list /components/schemas/Form/properties/o/properties/deep/contentMediaType",
      "warning media-type-list /components/schemas/Pic/contentMediaType",
    ]);
  });
});

describe("x-file-url", () => {
  it.each([
    ["refrence", 1],
    [true, 1],
    ["import", 0],
    ["reference", 0],
  ])("%j has %d errors", (said, count) => {
    const f = { ...small, contentMediaType: "image/png", "x-file-url": said };
    const all = [
      "error file-url requestBody/content/multipart~1form-data/schema/properties/f/x-file-url",
    ];
    expect(found({ content: formContent({ f }) })).toEqual(all.slice(0, count));
  });
});

describe("J-16 contentEncoding", () => {
  it("J-16 one that is not known is a warning, and the text is taken as it is", async () => {
    const api = { content: jsonContent({ a: { type: "string", contentEncoding: "rot13" } }) };
    expect(found(api)).toEqual([
      "warning unknown-encoding requestBody/content/application~1json/schema/properties/a/contentEncoding",
    ]);
    const answer = await send(api, { type: "application/json", body: '{"a":"Uryyb"}' });
    expect(answer).toMatchObject({ status: 200, value: { a: "Uryyb" } });
  });

  it.each(["BASE64", "Base64URL", "quoted-printable", "7bit", "8bit", "binary"])(
    "J-16 %s is known, in any case of letters",
    (contentEncoding) => {
      const content = formContent({ a: { ...small, contentEncoding } });
      expect(found({ content })).toEqual([]);
    },
  );
});

describe("files", () => {
  it.each([
    ["3.0.4", { type: "string", format: "binary", maxLength: 9 }],
    ["3.1.1", { contentMediaType: "image/png", maxLength: 9 }],
  ])("B-01 raw ones in JSON and in pairs say no encoding (%s)", (openapi, f) => {
    const pairs = "application~1x-www-form-urlencoded";
    const rule = "warning json-file-without-encoding requestBody/content";
    expect(found({ openapi, content: jsonContent({ o: { properties: { f } } }) })).toEqual([
      `${rule}/application~1json/schema/properties/o/properties/f`,
    ]);
    expect(found({ openapi, content: urlencodedContent({ f }) })).toEqual([
      `${rule}/${pairs}/schema/properties/f`,
    ]);
  });

  it("B-06 without a size limit are told, with what it counts", () => {
    const content = formContent({ raw: {}, text: { type: "string", contentEncoding: "base64" } });
    const told = findings({ content });
    expect(told.map(({ rule, fix }) => `${rule}: ${fix}`)).toEqual([
      "file-without-limit: Add `maxLength`, in octets.",
      "file-without-limit: Add `maxLength`, in characters of its text.",
    ]);
    expect(found({ content: { "image/png": {} } })).toEqual([
      "warning file-without-limit requestBody/content/image~1png",
    ]);
  });
});

it("B-07 a union of a text and a number is ambiguous, in items too", () => {
  const union = { type: ["string", "integer"] };
  const content = formContent({
    a: union,
    many: { type: "array", items: union },
    o: { properties: { a: union } },
  });
  expect(found({ content })).toEqual([
    `warning ambiguous-union ${form}/schema/properties/a`,
    `warning ambiguous-union ${form}/schema/properties/many/items`,
  ]);
});

it("T-05 names that browsers escape are told", () => {
  expect(found({ content: formContent({ 'a"b': text }) })).toEqual([
    `warning escaped-name ${form}/schema/properties/a"b`,
  ]);
});

it("M-13 a form whose schema is no object fits nothing: an error", () => {
  const content = { "multipart/form-data": { schema: text } };
  expect(found({ content })).toEqual([`error form-without-object ${form}/schema`]);
});

it("D-05 a key of `content` that is no media type is an error", () => {
  expect(found({ content: { json: { schema: text }, "application/json": {} } })).toEqual([
    "error not-a-media-type requestBody/content/json",
  ]);
});
