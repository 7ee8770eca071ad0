import { describe, expect, it } from "vitest";
import { createDocument } from "./document.js";
import { parseDocument, parseText } from "./read-document.js";

function shared(times: number): unknown {
  let schema: unknown = { type: "string" };
  for (let count = 0; count < times; count++) schema = { allOf: [schema, schema] };
  return schema;
}

describe("a document that cannot be written out", () => {
  it("in which a thing is within itself is refused, and told where", () => {
    const yaml = "openapi: 3.1.0\nx: &a { properties: { child: *a } }\n";
    expect(() => parseDocument(yaml)).toThrow(/within itself. \(at \/x\/properties\/child\)/);
    const schema: Record<string, unknown> = {};
    schema["items"] = [schema];
    expect(() => createDocument({ openapi: "3.1.0", schema })).toThrow("(at /schema/items/0)");
  });

  it("is refused with what is shared too often, in an instant", () => {
    const A = shared(22);
    expect(() => createDocument({ openapi: "3.1.0", components: { schemas: { A } } })).toThrow(
      "too large when it is written out",
    );
    const laughs = Array.from({ length: 30 }, (_, n) => `a${n}: &a${n} [*a${n - 1}, *a${n - 1}]`);
    const yaml = ["a: &a-1 []", ...laughs].join("\n");
    expect(() => parseText(yaml, "laughs.yaml")).toThrow("laughs.yaml is too large");
  });

  it("is not one that shares a little", () => {
    const document = createDocument({ openapi: "3.1.0", a: shared(8), b: shared(8) });
    expect(document.rules.minor).toBe("3.1");
  });
});
