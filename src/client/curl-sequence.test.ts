import { expect, it } from "vitest";
import { createDocument } from "../openapi/document.js";
import { createCompiler } from "../plan/compiler.js";
import { createPlan } from "../plan/plan.js";
import { curlLines } from "./curl-line.js";

const item = { type: "object", properties: { n: { type: "integer" } } };
const group = { type: "array", prefixItems: [{ type: "string" }, {}] };
const disposition = { schema: { const: 'form-data; name="meta"' } };

const cases = [
  { type: "application/jsonl", media: { itemSchema: item }, want: `--data-binary '{"n":1}'` },
  {
    type: "application/json-seq",
    media: { schema: { type: "array", items: { type: "string", const: "it's" } } },
    want: String.raw`--data-binary $'\x1e"it\'s"\n'`,
  },
  {
    type: "text/event-stream",
    media: { itemSchema: {} },
    want: String.raw`--data-binary $'data: example\n\n'`,
  },
  {
    type: "application/xml",
    media: { schema: { ...item, xml: { name: "a" } } },
    want: "--data-binary '<a><n>1</n></a>'",
  },
  {
    type: "multipart/mixed",
    media: {
      schema: { type: "array", prefixItems: [item, group] },
      prefixEncoding: [{}, { contentType: "multipart/mixed", prefixEncoding: [{}, {}] }],
    },
    want: `-F '="{\\"n\\":1}";type=application/json' -F '=(;type=multipart/mixed' --form-string =example -F =@part1.bin -F '=)'`,
  },
  {
    type: "multipart/form-data",
    media: {
      schema: { type: "array", items: { type: "string" } },
      prefixEncoding: [{ headers: { "Content-Disposition": disposition } }],
    },
    want: "--form-string meta=example",
  },
];

it.each(cases)("shows an item or a part for each position of $type", ({ type, media, want }) => {
  const paths = { "/x": { post: { requestBody: { content: { [type]: media } } } } };
  const document = createDocument({ openapi: "3.2.0", paths });
  const [plan] = createPlan(document).operations;
  const lines = plan ? curlLines(createCompiler(document), plan, "http://h") : [];
  const header = type === "multipart/form-data" ? "" : `-H 'Content-Type: ${type}' `;
  expect(lines.map(({ line }) => line)).toEqual([`curl -X POST ${header}${want} http://h/x`]);
});
