// X: what stands in XML and the schema does not name, or nothing would end.
import { describe, expect, it } from "vitest";
import { findingsOf, formContent, multipart, send, type Answer } from "./wall.js";

const type = "application/xml";
const text = { type: "string" };

function read(schema: object, body: string, openapi = "3.1.1"): Promise<Answer> {
  return send({ openapi, content: { [type]: { schema } } }, { type, body });
}

const unknown = (pointer: string) => ({
  status: 400,
  errors: [{ code: "unknown-property", pointer }],
});

describe("what the schema does not name", () => {
  const tags = { type: "array", xml: { name: "tags", wrapped: true }, items: text };
  const tag = { ...tags, items: { ...text, xml: { name: "tag" } } };
  const integer = { type: "integer", xml: { name: "k" } };
  const nullable = { type: ["string", "null"], xml: { name: "k" } };
  const nil = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"';
  it.each([
    ["an array", tag, "<tags><tag>a</tag><other>x</other></tags>", "/other"],
    ["an array of no items", { ...tags, items: false }, "<tags><tag>a</tag></tags>", "/tag"],
    ["a number", integer, "<k>1<x>9</x>2</k>", "/x"],
    ["null", nullable, `<k ${nil}><x>9</x></k>`, "/x"],
    ["a member", { type: "object", properties: { k: integer } }, "<r><k>1<x/></k></r>", "/k/x"],
  ])("X-01 an element in %s is refused", async (_, schema, xml, pointer) => {
    expect(await read(schema, xml)).toMatchObject(unknown(pointer));
  });

  it("X-01 an element without a schema is a value, whatever is in it", async () => {
    const schema = { type: "object", properties: { any: {} } };
    expect(await read(schema, "<r><any><x>9</x></any></r>")).toMatchObject({
      value: { any: { x: "9" } },
    });
  });

  const open = {
    type: "object",
    properties: { b: text, c: { ...text, xml: { attribute: true } } },
  };
  const closed = { ...open, additionalProperties: false };
  it.each([
    ["an attribute", '<r a="x" c="y"/>', "/a"],
    ["text", "<r>stray<b>x</b></r>", ""],
    ["an element", "<r><d>x</d></r>", "/d"],
  ])("X-02 %s is refused where nothing else may stand in an object", async (_, xml, pointer) => {
    expect(await read(closed, xml)).toMatchObject(unknown(pointer));
    expect((await read(open, xml)).status).toBe(200);
  });

  it("X-02 what may stand on any element is not refused, nor text that is a member", async () => {
    const xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="r"';
    const xml = `<r ${xsi} xml:lang="de" c="y">\n  <b>x</b>\n</r>`;
    expect(await read(closed, xml)).toMatchObject({ value: { b: "x", c: "y" } });
    const properties = { t: { ...text, xml: { nodeType: "text" } } };
    const withText = { type: "object", properties, additionalProperties: false };
    expect(await read(withText, "<r>said</r>", "3.2.0")).toMatchObject({ value: { t: "said" } });
  });
});

describe("nodes in order", () => {
  const texts = {
    type: "array",
    xml: { nodeType: "element", name: "r" },
    prefixItems: [
      { type: "string", xml: { nodeType: "text" } },
      { type: "string", xml: { name: "b" } },
    ],
    items: { type: "string", xml: { nodeType: "text" } },
  };

  it("X-08 past `prefixItems` an element where text is due is a fault", async () => {
    expect(await read(texts, "<r><b>two</b>three</r>", "3.2.0")).toMatchObject({
      value: ["", "two", "three"],
    });
    expect(await read(texts, "<r>one<b>two</b><c/></r>", "3.2.0")).toMatchObject({
      status: 400,
      errors: [
        {
          code: "invalid-value",
          pointer: "/2",
          detail: "Expected text at position 2, found <c>.",
        },
      ],
    });
  });
});

describe("what is no node and holds itself", () => {
  const A = {
    type: "object",
    xml: { nodeType: "none" },
    properties: { child: { $ref: "#/components/schemas/A" }, x: text },
  };
  const root = {
    type: "object",
    xml: { name: "r" },
    properties: { a: { $ref: "#/components/schemas/A" } },
  };
  const body = { content: { [type]: { schema: root } } };
  const parts = formContent({ doc: root }, { doc: { contentType: type } });
  const api = { openapi: "3.2.0", components: { schemas: { A } } };

  it("X-05 has no end in XML: the operation's 501, and a finding", async () => {
    const wire = { type, body: "<r><x>1</x></r>" };
    expect((await send({ ...api, ...body }, wire)).status).toBe(501);
    const found = ["error unusable /paths/~1take/post"];
    expect(findingsOf({ ...api, ...body })).toEqual(found);
    expect(findingsOf({ ...api, content: parts })).toEqual(found);
  });

  it.each([[undefined], [{ doc: { contentType: type } }]])(
    "X-05 has no end in a part either: %j",
    async (encoding) => {
      const content = formContent({ doc: root }, encoding);
      const wire = multipart([{ name: "doc", type, body: "<r><x>1</x></r>" }]);
      expect((await send({ ...api, content }, wire)).status).toBe(501);
    },
  );

  it("X-05 with an element in between it ends", async () => {
    const element = { ...A, xml: { nodeType: "element", name: "child" } };
    const schemas = { A: element };
    const xml = "<r><child><x>1</x><child><x>2</x></child></child></r>";
    expect(
      await send({ ...api, ...body, components: { schemas } }, { type, body: xml }),
    ).toMatchObject({ value: { a: { x: "1", child: { x: "2" } } } });
  });
});
