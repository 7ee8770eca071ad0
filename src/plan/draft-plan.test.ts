import { describe, expect, it } from "vitest";
import { objectOr } from "../base/json.js";
import { createDocument, type OpenApiDocument } from "../openapi/document.js";
import { createCompiler } from "./compiler.js";
import { parseDraftExpires } from "./draft-plan.js";
import { expandDocument } from "./expand.js";
import { lintOperation } from "./lint.js";
import { createPlan } from "./plan.js";

const minuteMs = 60 * 1000;
const dayMs = 24 * 60 * minuteMs;

describe("x-draft-expires", () => {
  it.each([
    ["PT24H", dayMs],
    ["P1D", dayMs],
    ["P2W", 14 * dayMs],
    ["P1DT1H1M1S", dayMs + 61 * minuteMs + 1000],
    ["PT90M", 90 * minuteMs],
    ["PT1S", 1000],
    ["P3650D", 3650 * dayMs],
    [false, "never"],
  ])("%j", (given, want) => expect(parseDraftExpires(given)).toBe(want));

  it.each(["P1M", "P1Y", "P", "PT", "P1DT", "PT0S", "P3651D", "P1W2D", "1D", "PT1.5H", "-P1D"])(
    "%j is none",
    (given) => expect(parseDraftExpires(given)).toBeUndefined(),
  );
  it.each([3600, true, null, "", {}])("%j is none", (given) =>
    expect(parseDraftExpires(given)).toBeUndefined(),
  );
});

const image = { contentMediaType: "image/*", maxLength: 99 };

function shortOf(schema: object): OpenApiDocument {
  const Thing = { "x-resource": "/things", type: "object", ...schema };
  const root = { openapi: "3.1.1", info: {}, components: { schemas: { Thing } } };
  return expandDocument(createDocument(root));
}

function draftsOf(schema: object) {
  return createPlan(shortOf(schema)).operations[0]?.collection?.drafts;
}

describe("the plan of drafts", () => {
  const properties = { name: { type: "string" }, pic: image, scan: image };
  const pic = new Map([["pic", "/things/{id}/pic"]]);
  const plain = { property: "draft", files: pic, expiresMs: dayMs };
  const cases: { name: string; given: object; want: unknown }[] = [
    { name: "optional files make none", given: { properties }, want: undefined },
    { name: "no file does", given: { properties, required: ["name"] }, want: undefined },
    { name: "a required one does", given: { properties, required: ["name", "pic"] }, want: plain },
    {
      name: "its time is the document's",
      given: { properties, required: ["pic"], "x-draft-expires": "PT1H" },
      want: { ...plain, expiresMs: 60 * minuteMs },
    },
    {
      name: "or the default, where that is no time",
      given: { properties, required: ["pic"], "x-draft-expires": 60 },
      want: plain,
    },
    {
      name: "or there are none",
      given: { properties, required: ["pic"], "x-draft-expires": false },
      want: undefined,
    },
    {
      name: "a read-only `draft` of the document is this one",
      given: {
        properties: { pic: image, draft: { type: "boolean", readOnly: true } },
        required: ["pic"],
      },
      want: plain,
    },
    {
      name: "any other is another",
      given: {
        properties: { pic: image, draft: { type: "string" }, is_draft: { type: "boolean" } },
        required: ["pic"],
      },
      want: { ...plain, property: "_is_draft" },
    },
  ];
  it.each(cases)("$name", ({ given, want }) => expect(draftsOf(given)).toEqual(want));

  it("is the same of the document that `expand` prints", () => {
    const short = shortOf({ properties, required: ["pic"], "x-draft-expires": "PT1H" });
    const printed = createDocument(JSON.parse(JSON.stringify(short.root)));
    const [operation] = createPlan(expandDocument(printed)).operations;
    expect(operation?.collection?.drafts).toEqual({ ...plain, expiresMs: 60 * minuteMs });
  });
});

describe("the document written out", () => {
  const { root } = shortOf({
    required: ["name", "pic"],
    properties: { name: { type: "string" }, pic: image, extra: image },
  });
  const { schemas } = objectOr(root["components"]) as { schemas: Record<string, object> };
  const paths = root["paths"] as Record<string, Record<string, Record<string, never>>>;
  const shownBy = (path: string, method: string, status: number): unknown => {
    const responses = objectOr(paths[path]?.[method]?.["responses"]);
    const content = objectOr(objectOr(responses[status])["content"]);
    const schema = objectOr(objectOr(content["application/json"])["schema"]);
    return schema["$ref"] ?? (schema["anyOf"] as { $ref: string }[]).map(({ $ref }) => $ref);
  };
  const thing = "#/components/schemas/Thing";
  const either = [thing, `${thing}Draft`];

  it("tells a draft from what it becomes", () => {
    expect(schemas["Thing"]).toMatchObject({ required: ["id", "name", "pic"] });
    expect(schemas["Thing"]).not.toHaveProperty("properties.draft");
    expect(schemas["ThingDraft"]).toMatchObject({
      properties: { draft: { type: "boolean", const: true, readOnly: true } },
      required: ["id", "name", "draft"],
    });
    for (const name of ["ThingInput", "ThingForm", "ThingPatch", "ThingFormPatch"])
      expect(schemas[name]).toMatchObject({
        properties: { draft: { type: "boolean", readOnly: true } },
      });
  });

  it.each([
    { path: "/things", method: "post", status: 201, want: either },
    { path: "/things/{id}", method: "get", status: 200, want: either },
    { path: "/things/{id}", method: "patch", status: 200, want: either },
    { path: "/things/{id}", method: "put", status: 200, want: thing },
    { path: "/things/{id}/pic", method: "put", status: 201, want: thing },
    { path: "/things/{id}/extra", method: "put", status: 201, want: either },
  ])("$method $path answers $want", ({ path, method, status, want }) =>
    expect(shownBy(path, method, status)).toEqual(want),
  );

  it("says nothing of drafts where there are none", () => {
    const text = JSON.stringify(shortOf({ properties: { pic: image } }).root);
    expect(text).not.toMatch(/draft/i);
  });
});

const findings = (schema: object): string[] => {
  const document = shortOf({ properties: { pic: image }, ...schema });
  const compiler = createCompiler(document);
  return createPlan(document)
    .operations.flatMap((plan) => lintOperation(compiler, plan))
    .filter(({ rule }) => rule === "draft-expires")
    .map(({ severity, pointer }) => `${severity} ${pointer}`);
};

describe("lint", () => {
  const at = "/components/schemas/Thing/x-draft-expires";
  const cases = [
    { given: { required: ["pic"], "x-draft-expires": "P1D" }, want: [] },
    { given: { required: ["pic"], "x-draft-expires": false }, want: [] },
    { given: { "x-draft-expires": false }, want: [] },
    { given: { required: ["pic"] }, want: [] },
    { given: { required: ["pic"], "x-draft-expires": "P1M" }, want: [`error ${at}`] },
    { given: { required: ["pic"], "x-draft-expires": 60 }, want: [`error ${at}`] },
    { given: { "x-draft-expires": "P1D" }, want: [`warning ${at}`] },
  ];
  it.each(cases)("$given: $want", ({ given, want }) => expect(findings(given)).toEqual(want));
});
