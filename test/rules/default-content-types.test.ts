// E-01 to E-04: what a part is by its schema alone, where no Encoding Object says `contentType`.
import { expect, it } from "vitest";
import { createDocument } from "../../src/openapi/document.js";
import { partTable } from "../../src/plan/part-table.js";
import { createPlan } from "../../src/plan/plan.js";
import { documentOf, formContent, multipart, send } from "./wall.js";

/** How the part table of `waybill lint` shows a property: what it is carried as, and the content types. */
function rowOf(openapi: string, schema: object): string {
  const document = createDocument(documentOf({ openapi, content: formContent({ it: schema }) }));
  const media = createPlan(document).operations[0]?.body?.media[0];
  const row = media && partTable(media).rows[0];
  return `${row?.carried} ${row?.contentTypes}`;
}

const items = (inner: object): object => ({ type: "array", items: inner });
const object = { type: "object", properties: { a: { type: "integer" } } };
const octets = "application/octet-stream";

const scalars = [
  { schema: { type: "string" }, want: "text text/plain" },
  { schema: { type: "number" }, want: "text text/plain" },
  { schema: { type: "integer" }, want: "text text/plain" },
  { schema: { type: "boolean" }, want: "text text/plain" },
  { schema: object, want: "json application/json" },
  { schema: items({ type: "integer" }), want: "text[] text/plain" },
  { schema: items(object), want: "json[] application/json" },
];

const v30 = [
  ...scalars,
  { schema: { type: "string", format: "binary" }, want: `file ${octets}` },
  { schema: { type: "string", format: "byte" }, want: `file ${octets}` },
  { schema: items({ type: "string", format: "binary" }), want: `file[] ${octets}` },
  { schema: { type: "string", format: "date" }, want: "text text/plain" },
  { schema: { type: "string", nullable: true }, want: "text text/plain" },
];

const v31 = [
  ...scalars,
  { schema: {}, want: `file ${octets}` },
  { schema: { type: "string", contentEncoding: "base64" }, want: `file ${octets}` },
  { schema: items({}), want: `file[] ${octets}` },
  { schema: items({ type: "string", contentEncoding: "base64url" }), want: `file[] ${octets}` },
  { schema: { type: ["string", "null"] }, want: "text text/plain" },
  { schema: { type: ["object", "null"] }, want: "json application/json" },
];

it.each(["3.0.0", "3.0.3", "3.0.4"])("E-01 defaults of 3.0: %s", (openapi) => {
  for (const { schema, want } of v30)
    expect([schema, rowOf(openapi, schema)]).toEqual([schema, want]);
});

it.each(["3.1.0", "3.1.1", "3.1.2"])("E-02 defaults of 3.1: %s", (openapi) => {
  for (const { schema, want } of v31)
    expect([schema, rowOf(openapi, schema)]).toEqual([schema, want]);
});

it("E-01 a schema without a type is text in 3.0 and octets from 3.1 on", async () => {
  const api = { content: formContent({ it: {} }) };
  const wire = multipart([{ name: "it", body: "hello" }]);
  expect(await send({ ...api, openapi: "3.0.4" }, wire)).toMatchObject({ value: { it: "hello" } });
  for (const openapi of ["3.1.2", "3.2.0"])
    expect(await send({ ...api, openapi }, wire)).toMatchObject({
      value: { it: { file: "hello" } },
    });
});

it.each(["3.2.0"])("E-03 defaults of 3.2: %s", (openapi) => {
  for (const { schema, want } of v31)
    expect([schema, rowOf(openapi, schema)]).toEqual([schema, want]);
});

it.each(["3.0.4", "3.1.2", "3.2.0"])(
  "E-03 an array within an array is application/json, one part for each: %s",
  async (openapi) => {
    const matrix = items(items({ type: "integer" }));
    expect(rowOf(openapi, matrix)).toBe("json[] application/json");
    const parts = ["[1,2]", "[3]"].map((body) => ({ name: "it", type: "application/json", body }));
    const answer = await send({ openapi, content: formContent({ it: matrix }) }, multipart(parts));
    expect(answer).toMatchObject({ status: 200, value: { it: [[1, 2], [3]] } });
  },
);

it("E-03 each value of an array is one of its own: JSON, or text that JSON may stand for", async () => {
  const content = formContent({ it: items({ type: ["object", "integer"] }) });
  const wire = multipart([
    { name: "it", type: "application/json", body: '{"a":1}' },
    { name: "it", type: "text/plain", body: "5" },
  ]);
  expect(await send({ openapi: "3.2.0", content }, wire)).toMatchObject({
    value: { it: [{ a: 1 }, 5] },
  });
});

// The tables of 3.0.3 and 3.1.0 have "all other cases: application/octet-stream".
it.each(["3.0.3", "3.1.0"])(
  "E-04 a string is text/plain, whatever the patch: %s",
  async (openapi) => {
    const content = formContent({ it: { type: "string" }, on: { type: "boolean" } });
    const wire = multipart([
      { name: "it", body: "hello" },
      { name: "on", body: "true" },
    ]);
    expect(await send({ openapi, content }, wire)).toMatchObject({
      value: { it: "hello", on: true },
    });
  },
);
