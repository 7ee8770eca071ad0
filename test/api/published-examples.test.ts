// The examples of the published document: what is shown as a request is accepted, and all of them, and what
// the server answers, fit the schemas that stand beside them.
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { afterAll, beforeAll, expect, it } from "vitest";
import { isObject, objectOr } from "../../src/base/json.js";
import { createWaybill, type Waybill } from "../../src/server/create-waybill.js";

const document = {
  openapi: "3.1.2",
  info: { title: "Albums", version: "1" },
  components: {
    schemas: {
      Album: {
        "x-resource": "/albums",
        type: "object",
        required: ["name", "kind", "cover", "notes", "code"],
        properties: {
          name: { type: "string", minLength: 10, maxLength: 12 },
          kind: { enum: ["live", "studio"] },
          year: { type: "integer", minimum: 1900 },
          secret: { type: "string", writeOnly: true },
          code: { type: "string", pattern: "^[a-z]+$" },
          odd: { type: "string", pattern: "^no sample is like this$" },
          cover: { contentMediaType: "image/*" },
          notes: { type: "array", minItems: 1, items: { contentMediaType: "text/plain" } },
          booklet: { contentMediaType: "application/pdf" },
          created_at: { type: "string", format: "date-time", readOnly: true },
        },
      },
      Locked: {
        "x-resource": "/locked",
        type: "object",
        required: ["key"],
        properties: { key: { type: "string", pattern: "^nothing known is like this$" } },
      },
    },
  },
};

let waybill: Waybill;
let schemas: Readonly<Record<string, unknown>>;
let faultsOf: (name: string, value: unknown) => unknown;
beforeAll(async () => {
  waybill = await createWaybill({ document, data: ":memory:" });
  const response = await waybill.fetch(new Request("http://api.test/openapi.json"));
  const root = (await response.json()) as Record<string, unknown>;
  schemas = objectOr(objectOr(root["components"])["schemas"]);
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(root, "published");
  faultsOf = (name, value) => {
    const validate = ajv.compile({ $ref: `published#/components/schemas/${name}` });
    return validate(value) ? [] : validate.errors;
  };
});
afterAll(() => waybill.close());

it("fit their schemas", () => {
  const shown = Object.entries(schemas).flatMap(([name, schema]) =>
    exampleOf(schema) === undefined ? [] : [{ name, faults: faultsOf(name, exampleOf(schema)) }],
  );
  expect(shown).toEqual(
    ["Album", "AlbumInput", "FileReference"].map((name) => ({ name, faults: [] })),
  );
});

it("are accepted, and what is answered fits the schema too", async () => {
  const answer = await waybill.fetch(
    new Request("http://api.test/albums", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(exampleOf(schemas["AlbumInput"])),
    }),
  );
  const value: unknown = await answer.json();
  expect(answer.status).toBe(201);
  expect(faultsOf("Album", value)).toEqual([]);
});

it("are left out where no value is known to fit", () => {
  expect(schemas["LockedInput"]).not.toHaveProperty("examples");
});

it("of schemas that lead to each other come to an end", async () => {
  const names = Array.from({ length: 12 }, (_, i) => `N${i}`);
  const refs = names.map((name) => [name, { $ref: `#/components/schemas/${name}` }]);
  const node = { type: "object", properties: Object.fromEntries(refs) };
  const nodes = Object.fromEntries(names.map((name) => [name, node]));
  const many = { type: "array", minItems: 1e9, items: { type: "string" } };
  const Tree = { "x-resource": "/trees", type: "object", properties: { ...node.properties, many } };
  const components = { schemas: { ...nodes, Tree } };
  const trees = await createWaybill({ document: { ...document, components }, data: ":memory:" });
  const response = await trees.fetch(new Request("http://api.test/openapi.json"));
  expect((await response.text()).length).toBeLessThan(100_000);
  await trees.close();
});

function exampleOf(schema: unknown): unknown {
  const examples = isObject(schema) ? schema["examples"] : undefined;
  return Array.isArray(examples) ? examples[0] : undefined;
}
