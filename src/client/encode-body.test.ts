import { describe, expect, it } from "vitest";
import { createDocument } from "../openapi/document.js";
import { createPlan } from "../plan/plan.js";
import { encodeBody } from "./encode-body.js";

async function sent(type: string, schema: object, value: unknown): Promise<string> {
  const requestBody = { content: { [type]: { schema } } };
  const document = createDocument({ openapi: "3.1.0", paths: { "/x": { post: { requestBody } } } });
  const plan = createPlan(document).operations[0]?.body?.media[0];
  if (!plan) throw new Error("no plan");
  const pieces: Uint8Array[] = [];
  for await (const piece of encodeBody(plan, value).body) pieces.push(piece);
  return Buffer.concat(pieces).toString("latin1");
}

it("sends files within JSON in name-value pairs as text", async () => {
  const schema = { type: "object", properties: { a: { type: "object" } } };
  const value = { a: { f: [Buffer.from("hello")], n: 1 } };
  expect(decodeURIComponent(await sent("application/x-www-form-urlencoded", schema, value))).toBe(
    'a={"f":["aGVsbG8="],"n":1}',
  );
});

describe("a file that is the body", () => {
  const file = Buffer.from("\xffhello", "latin1");
  const cases = [
    { name: "as it is", schema: {}, want: "\xffhello" },
    {
      name: "as text, where the schema says so",
      schema: { type: "string", contentEncoding: "base64" },
      want: file.toString("base64"),
    },
  ];
  it.each(cases)("is sent $name", async ({ schema, want }) => {
    expect(await sent("image/png", schema, file)).toBe(want);
  });
});
