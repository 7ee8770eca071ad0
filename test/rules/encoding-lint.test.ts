// What `waybill lint` says of Encoding Objects: styles without meaning, and headers that are ignored.
import { describe, expect, it } from "vitest";
import { createDocument } from "../../src/openapi/document.js";
import { createCompiler } from "../../src/plan/compiler.js";
import { lintOperation } from "../../src/plan/lint.js";
import { createPlan } from "../../src/plan/plan.js";
import { documentOf, fields, formContent, send, urlencodedContent } from "./wall.js";

/** `rule: detail` of each finding about the Encoding Object of `it`. */
function findings(content: object, openapi = "3.1.2"): string[] {
  const document = createDocument(documentOf({ openapi, content }));
  const [plan] = createPlan(document).operations;
  if (!plan) throw new Error("no operation");
  return lintOperation(createCompiler(document), plan)
    .filter(({ pointer }) => pointer.includes("/encoding/it"))
    .map(({ rule, detail }) => `${rule}: ${detail}`);
}

const array = { type: "array", items: { type: "string" } };
const object = { type: "object", properties: { a: { type: "string" } } };

function ofStyle(schema: object, said: object, openapi?: string): string[] {
  return findings(formContent({ it: schema }, { it: said }), openapi);
}

function ofHeaders(headers: object): string[] {
  return findings(formContent({ it: array }, { it: { headers } }));
}

describe("styles", () => {
  it.each([
    [array, { style: "form" }],
    [array, { style: "pipeDelimited", explode: false }],
    [object, { style: "spaceDelimited" }],
    [object, { style: "deepObject", explode: true }],
    [{ type: "string" }, { style: "form" }],
  ])("S-05 %j with %j is in the table", (schema, said) => {
    expect(ofStyle(schema, said)).toEqual([]);
  });

  it.each([
    [
      array,
      { style: "spaceDelimited", explode: true },
      "`spaceDelimited` has no meaning with `explode: true`.",
    ],
    [
      object,
      { style: "pipeDelimited", explode: true },
      "`pipeDelimited` has no meaning with `explode: true`.",
    ],
    [{ type: "string" }, { style: "pipeDelimited" }, "`pipeDelimited` is for arrays and objects."],
    [array, { style: "deepObject" }, "`deepObject` is for objects."],
    [
      object,
      { style: "deepObject", explode: false },
      "`deepObject` is the same whatever `explode` says.",
    ],
    [array, { style: "matrix" }, 'There is no style "matrix" for forms.'],
  ])("S-05 %j with %j is not", (schema, said, detail) => {
    expect(ofStyle(schema, said)).toEqual([`style-without-meaning: ${detail}`]);
  });

  it("S-05 it is read as if explode were false", async () => {
    const content = formContent({ it: array }, { it: { style: "spaceDelimited", explode: true } });
    expect(await send({ content }, fields(["it", "a b"]))).toMatchObject({
      value: { it: ["a", "b"] },
    });
  });

  it.each([
    [{ type: "object", properties: { a: array } }, { style: "deepObject" }],
    [{ type: "array", items: object }, { explode: false }],
    [{ type: "object", properties: { a: object } }, { style: "form" }],
  ])("S-12 %j under %j is nested", (schema, said) => {
    const detail = "Objects and arrays below the first level have no way to be said in this style.";
    expect(ofStyle(schema, said)).toEqual([`style-of-nested: ${detail}`]);
  });

  it("S-01 a style that does not count is told", () => {
    expect(ofStyle(array, { explode: false, contentType: "text/plain" }, "3.0.4")).toEqual([
      "style-ignored: `explode` counts in urlencoded bodies only, before OpenAPI 3.1.",
    ]);
    expect(findings(urlencodedContent({ it: array }, { it: { explode: false } }), "3.0.4")).toEqual(
      [],
    );
  });

  it("S-02 a style that switches contentType off is told", () => {
    expect(ofStyle(array, { explode: false, contentType: "text/plain" })).toEqual([
      "style-beats-content-type: `explode` switches `contentType` off (OAS §4.8.15.1.2).",
    ]);
  });

  it("S-10 a style beside a file is told", () => {
    expect(ofStyle({ type: "string", format: "binary" }, { style: "form" })).toEqual([
      "style-beats-content-type: `style` has no meaning for a file.",
    ]);
  });
});

describe("headers", () => {
  const schema = { type: "string" };

  it("E-10 those that are ignored are told", () => {
    expect(
      findings(urlencodedContent({ it: array }, { it: { headers: { "X-A": { schema } } } })),
    ).toEqual([
      "header-ignored: Name-value pairs have no headers: `headers` counts in multipart bodies only.",
    ]);
    expect(ofHeaders({ "Content-type": { schema } })).toEqual([
      "header-ignored: A `Content-Type` among the headers is ignored: `contentType` says it.",
    ]);
  });

  it("E-12 what a Header Object cannot say is told", () => {
    expect(
      ofHeaders({
        "X-A": { schema, explode: true },
        "X-B": { content: { "text/plain": { schema } } },
      }),
    ).toEqual([]);
    expect(ofHeaders({ "X-A": { name: "X-A", in: "header", schema } })).toEqual([
      "header-object: `name` has no place in a Header Object: the key is the name.",
      "header-object: `in` has no place in a Header Object: the key is the name.",
    ]);
    expect(ofHeaders({ "X-A": { style: "form", schema } })).toEqual([
      'header-object: A header has the style `simple`, not "form": that is how it is read.',
    ]);
    const both = { "text/plain": { schema }, "text/csv": { schema } };
    expect(ofHeaders({ "X-A": { schema, content: both } })).toEqual([
      "header-object: A header has `schema` or `content`, not both: `schema` counts.",
      "header-object: `content` of a header has one media type: the first counts.",
    ]);
  });
});
