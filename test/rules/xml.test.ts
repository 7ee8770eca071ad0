// X: values in XML, read and written.
import { describe, expect, it } from "vitest";
import { encodeBody } from "../../src/client/encode-body.js";
import { createDocument } from "../../src/openapi/document.js";
import { createCompiler } from "../../src/plan/compiler.js";
import { lintOperation, type Finding } from "../../src/plan/lint.js";
import { createPlan, type Plan } from "../../src/plan/plan.js";
import { formContent, multipart, send, type Answer, type Api } from "./wall.js";

const type = "application/xml";

function planOf(schema: object, { openapi = "3.1.1", components = {} }: Api): Plan {
  const requestBody = { content: { [type]: { schema } } };
  const paths = { "/x": { post: { requestBody } } };
  return createPlan(createDocument({ openapi, paths, components }));
}

async function written(schema: object, value: unknown, api: Api = {}): Promise<string> {
  const plan = planOf(schema, api).operations[0]?.body?.media[0];
  if (!plan) throw new Error("no plan");
  const pieces: Uint8Array[] = [];
  for await (const piece of encodeBody(plan, value).body) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

function read(schema: object, body: string, api: Api = {}): Promise<Answer> {
  return send({ content: { [type]: { schema } }, ...api }, { type, body });
}

function findingsOf(schema: object, api: Api = {}): Finding[] {
  const { operations, document } = planOf(schema, api);
  return operations.flatMap((operation) => lintOperation(createCompiler(document), operation));
}

interface Example {
  readonly name: string;
  readonly openapi?: string;
  readonly schema: object;
  readonly components?: object;
  readonly value: unknown;
  readonly xml: string;
}

/** Written as the specification has it, and read again; white space between elements says nothing. */
function roundTrips(rule: string, examples: readonly Example[]): void {
  it.each(examples)(`${rule} $name`, async ({ openapi, schema, components, value, xml }) => {
    const api = { ...(openapi ? { openapi } : {}), ...(components ? { components } : {}) };
    expect(await written(schema, value, api)).toBe(xml);
    expect(await read(schema, xml, api)).toMatchObject({ status: 200, value });
    const spaced = xml.includes("CDATA") ? xml : xml.replaceAll(/>(?=<)/g, ">\n  ");
    const answer = await read(schema, spaced, api);
    expect(answer.errors).toBeUndefined();
    expect(answer.value).toEqual(value);
  });
}

const animals = ["dog", "cat", "hamster"];
const text = { type: "string" };
const within = (property: object): object => ({
  type: "object",
  xml: { name: "document" },
  properties: { animals: property },
});
const list = (xml: object | undefined, items: object): object =>
  within({ type: "array", items, ...(xml ? { xml } : {}) });
const many = (name: string): string => animals.map((each) => `<${name}>${each}</${name}>`).join("");

const documentation = (xml?: object): object => ({
  Documentation: {
    ...(xml ? { xml } : {}),
    type: "object",
    properties: { content: { type: "string", xml: { nodeType: "cdata" } } },
  },
});

const withId = (xml: object): object => ({
  type: "object",
  xml: { name: "Person" },
  properties: { id: { type: "integer", xml }, name: text },
});

describe("names", () => {
  const person = { type: "object", properties: { name: text } };
  const components = { schemas: { Person: person, Named: { ...person, xml: { name: "human" } } } };

  roundTrips("X-01", [
    {
      name: "the root is called as its component",
      schema: { $ref: "#/components/schemas/Person" },
      components,
      value: { name: "a" },
      xml: "<Person><name>a</name></Person>",
    },
    {
      name: "xml.name takes the place of both names",
      schema: { $ref: "#/components/schemas/Named" },
      components,
      value: { name: "a" },
      xml: "<human><name>a</name></human>",
    },
    {
      name: "a property with a reference is called as the property up to 3.1",
      schema: {
        type: "object",
        xml: { name: "x" },
        properties: { by: { $ref: "#/components/schemas/Person" } },
      },
      components,
      value: { by: { name: "a" } },
      xml: "<x><by><name>a</name></by></x>",
    },
    {
      name: "from 3.2 on the reference is no node, and the component has its own name",
      openapi: "3.2.0",
      schema: {
        type: "object",
        xml: { name: "x" },
        properties: { by: { $ref: "#/components/schemas/Person" } },
      },
      components,
      value: { by: { name: "a" } },
      xml: "<x><Person><name>a</name></Person></x>",
    },
    {
      name: "names that are none in XML are written by the numbers of their characters",
      schema: {
        type: "object",
        xml: { name: "x" },
        properties: { "first name": text, $id: text, "2nd": text, _x0041_: text },
      },
      value: { "first name": "a", $id: "b", "2nd": "c", _x0041_: "d" },
      xml: "<x><first_x0020_name>a</first_x0020_name><_x0024_id>b</_x0024_id><_x0032_nd>c</_x0032_nd><_x005F_x0041_>d</_x005F_x0041_></x>",
    },
    {
      name: "members that no schema names as well, several of a name as an array",
      schema: { type: "object", xml: { name: "x" } },
      value: { "a b": ["1", "2"], c: { d: "3" } },
      xml: "<x><a_x0020_b>1</a_x0020_b><a_x0020_b>2</a_x0020_b><c><d>3</d></c></x>",
    },
  ]);

  it("X-01 the property's name is taken in 3.2 too, as clients of older documents send it", async () => {
    const schema = {
      type: "object",
      xml: { name: "x" },
      properties: { by: { $ref: "#/components/schemas/Person" } },
    };
    const answer = await read(schema, "<x><by><name>a</name></by></x>", {
      openapi: "3.2.0",
      components,
    });
    expect(answer).toMatchObject({ status: 200, value: { by: { name: "a" } } });
  });

  it("X-01 a root without a name is found by lint, and any root is taken", async () => {
    expect(findingsOf(person, { openapi: "3.2.0" })).toMatchObject([
      {
        rule: "xml-without-name",
        severity: "error",
        pointer: "/paths/~1x/post/requestBody/content/application~1xml/schema",
      },
    ]);
    expect(findingsOf(person)).toMatchObject([{ rule: "xml-without-name", severity: "warning" }]);
    expect(findingsOf({ $ref: "#/components/schemas/Person" }, { components })).toEqual([]);
    expect(await read(person, "<any><name>a</name></any>")).toMatchObject({ value: { name: "a" } });
  });

  it("X-01 a root of another name is refused", async () => {
    expect(await read(within(text), "<other/>")).toMatchObject({
      status: 400,
      errors: [
        { code: "invalid-value", detail: "The root element is <other>, expected <document>." },
      ],
    });
  });
});

describe("attributes", () => {
  const legacy = { attribute: true };
  const value = { id: 123, name: "a" };
  const xml = '<Person id="123"><name>a</name></Person>';

  roundTrips("X-02", [
    { name: "attribute: true in 3.0", openapi: "3.0.4", schema: withId(legacy), value, xml },
    {
      name: "attribute: true in 3.2, where it is deprecated",
      openapi: "3.2.0",
      schema: withId(legacy),
      value,
      xml,
    },
    {
      name: "nodeType: attribute in 3.2",
      openapi: "3.2.0",
      schema: withId({ nodeType: "attribute" }),
      value,
      xml,
    },
    {
      name: "nodeType says nothing in 3.1",
      schema: withId({ nodeType: "attribute" }),
      value,
      xml: "<Person><id>123</id><name>a</name></Person>",
    },
    {
      name: "line ends and quotes in them",
      schema: {
        type: "object",
        xml: { name: "a" },
        properties: { b: { type: "string", xml: legacy } },
      },
      value: { b: '"\n\t<&' },
      xml: '<a b="&quot;&#10;&#9;&lt;&amp;"></a>',
    },
  ]);
});

describe("namespaces", () => {
  const namespace = "https://example.com/schema/sample";
  const person = (prefix?: string): object => ({
    type: "object",
    xml: { name: "Person" },
    properties: {
      name: text,
      other: { type: "string", xml: { name: "name", namespace, ...(prefix ? { prefix } : {}) } },
      id: { type: "integer", xml: { attribute: true, namespace, ...(prefix ? { prefix } : {}) } },
    },
  });

  roundTrips("X-03", [
    {
      name: "with the prefix that the document says",
      schema: person("sample"),
      value: { name: "a", other: "b", id: 1 },
      xml: `<Person xmlns:sample="${namespace}" sample:id="1"><name>a</name><sample:name xmlns:sample="${namespace}">b</sample:name></Person>`,
    },
    {
      name: "attributes have one of their own where it says none",
      schema: person(),
      value: { name: "a", other: "b", id: 1 },
      xml: `<Person xmlns:ns1="${namespace}" ns1:id="1"><name>a</name><name xmlns="${namespace}">b</name></Person>`,
    },
  ]);

  it("X-03 names are matched by the namespace, whatever the prefix", async () => {
    const xml = `<Person xmlns:q="${namespace}" q:id="1"><q:name>b</q:name><name>a</name></Person>`;
    const answer = await read(person("sample"), xml);
    expect(answer).toMatchObject({ status: 200, value: { name: "a", other: "b", id: 1 } });
  });

  it("X-03 the right prefix of another namespace is not it", async () => {
    const schema = { ...person("sample"), additionalProperties: false };
    const xml =
      '<Person xmlns:sample="https://example.com/else"><sample:other>b</sample:other></Person>';
    expect(await read(schema, xml)).toMatchObject({
      status: 400,
      errors: [{ code: "unknown-property", pointer: "/other" }],
    });
  });

  it("X-03 a namespace that is relative is found by lint", () => {
    const schema = { ...within(text), xml: { name: "a", namespace: "schema/sample" } };
    expect(findingsOf(schema)).toMatchObject([
      { rule: "xml-namespace-relative", severity: "error" },
    ]);
  });
});

describe("arrays", () => {
  const item = { type: "string", xml: { name: "animal" } };
  const cases = (openapi: string, wrapped: object): Example[] =>
    [
      { name: "unwrapped by default", schema: list(undefined, text), inner: many("animals") },
      {
        name: "items with a name of their own",
        schema: list(undefined, item),
        inner: many("animal"),
      },
      {
        name: "the array's name says nothing where it is no element",
        schema: list({ name: "aliens" }, item),
        inner: many("animal"),
      },
      {
        name: "and items are not called by it",
        schema: list({ name: "aliens" }, text),
        inner: many("animals"),
      },
      {
        name: "wrapped, by one name",
        schema: list(wrapped, text),
        inner: `<animals>${many("animals")}</animals>`,
      },
      {
        name: "wrapped, and items named",
        schema: list(wrapped, item),
        inner: `<animals>${many("animal")}</animals>`,
      },
      {
        name: "both named",
        schema: list({ ...wrapped, name: "aliens" }, item),
        inner: `<aliens>${many("animal")}</aliens>`,
      },
      {
        name: "items are called as what wraps them",
        schema: list({ ...wrapped, name: "aliens" }, text),
        inner: `<aliens>${many("aliens")}</aliens>`,
      },
    ].map(({ name, schema, inner }) => ({
      name: `${name} in ${openapi}`,
      openapi,
      schema,
      value: { animals },
      xml: `<document>${inner}</document>`,
    }));

  roundTrips("X-04", cases("3.0.4", { wrapped: true }));
  roundTrips("X-04", cases("3.1.2", { wrapped: true }));
  roundTrips("X-05", cases("3.2.0", { nodeType: "element" }));

  roundTrips("X-04", [
    {
      name: "an array that is the root has an element of its own",
      schema: { type: "array", xml: { name: "animals" }, items: item },
      value: animals,
      xml: `<animals>${many("animal")}</animals>`,
    },
    {
      name: "arrays within arrays have one each",
      schema: list(undefined, { type: "array", items: { type: "integer" } }),
      value: { animals: [[1, 2], [3]] },
      xml: "<document><animals><animals>1</animals><animals>2</animals></animals><animals><animals>3</animals></animals></document>",
    },
    {
      name: "an empty one that is wrapped is there",
      schema: list({ wrapped: true }, text),
      value: { animals: [] },
      xml: "<document><animals></animals></document>",
    },
  ]);

  it("X-04 an element that is no array may stand once only", async () => {
    expect(await read(within(text), `<document>${many("animals")}</document>`)).toMatchObject({
      status: 400,
      errors: [{ code: "invalid-value", pointer: "/animals" }],
    });
  });
});

describe("node types", () => {
  const openapi = "3.2.0";
  const content = "<html><head><title>Awesome Docs ]]> </title></head></html>";
  const cdata =
    "<![CDATA[<html><head><title>Awesome Docs ]]]]><![CDATA[> </title></head></html>]]>";
  const $ref = "#/components/schemas/Documentation";

  roundTrips("X-05", [
    {
      name: "text beside attributes",
      openapi,
      schema: {
        type: "array",
        xml: { nodeType: "element", name: "animals" },
        items: {
          xml: { name: "animal" },
          properties: {
            kind: { type: "string", xml: { nodeType: "attribute" } },
            name: { type: "string", xml: { nodeType: "text" } },
          },
        },
      },
      value: [
        { kind: "Cat", name: "Fluffy" },
        { kind: "Dog", name: "Fido" },
      ],
      xml: '<animals><animal kind="Cat">Fluffy</animal><animal kind="Dog">Fido</animal></animals>',
    },
    {
      name: "a CDATA section, in the element of the component that is named",
      openapi,
      schema: { $ref },
      components: { schemas: documentation() },
      value: { content },
      xml: `<Documentation>${cdata}</Documentation>`,
    },
    {
      name: "the element of the reference, where the component is none",
      openapi,
      schema: { $ref, xml: { nodeType: "element", name: "StoredDocument" } },
      components: { schemas: documentation({ nodeType: "none" }) },
      value: { content },
      xml: `<StoredDocument>${cdata}</StoredDocument>`,
    },
    {
      name: "an element for each where both are",
      openapi,
      schema: { $ref, xml: { nodeType: "element", name: "Stored" } },
      components: { schemas: documentation() },
      value: { content },
      xml: `<Stored><Documentation>${cdata}</Documentation></Stored>`,
    },
    {
      name: "an object that is none stands with its parent's members, attributes too",
      openapi,
      schema: {
        type: "object",
        xml: { name: "a" },
        properties: {
          b: {
            type: "object",
            xml: { nodeType: "none" },
            properties: {
              c: { type: "integer" },
              d: { type: "integer", xml: { nodeType: "attribute" } },
            },
          },
        },
      },
      value: { b: { c: 1, d: 2 } },
      xml: '<a d="2"><c>1</c></a>',
    },
  ]);

  it("X-05 white space around a CDATA section is no part of it", async () => {
    const xml = "<Documentation>\n  <![CDATA[ <p> ]]>\n</Documentation>";
    const api = { openapi, components: { schemas: documentation() } };
    expect(await read({ $ref }, xml, api)).toMatchObject({ value: { content: " <p> " } });
  });

  it("X-05 a carriage return is text, as CDATA cannot say it", async () => {
    const api = { openapi, components: { schemas: documentation() } };
    const xml = "<Documentation>a&#13;\n&lt;</Documentation>";
    expect(await written({ $ref }, { content: "a\r\n<" }, api)).toBe(xml);
    expect(await read({ $ref }, xml, api)).toMatchObject({ value: { content: "a\r\n<" } });
  });

  it("X-05 nodeType beside attribute or wrapped is found by lint", () => {
    const schema = list({ nodeType: "element", wrapped: true }, text);
    expect(findingsOf(schema, { openapi })).toMatchObject([
      { rule: "xml-node-said-twice", severity: "error" },
    ]);
  });
});

describe("null", () => {
  const product = {
    type: "object",
    xml: { name: "product" },
    required: ["count", "description", "related"],
    properties: {
      count: { type: ["number", "null"], xml: { attribute: true } },
      rating: { type: "string", xml: { attribute: true } },
      description: text,
      related: { type: ["object", "null"] },
    },
  };
  const nil = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"';

  for (const openapi of ["3.1.2", "3.2.0"])
    roundTrips("X-06", [
      {
        name: `an element without content says it, an attribute is left out (${openapi})`,
        openapi,
        schema: product,
        value: { count: null, description: "Thing", related: null },
        xml: `<product><description>Thing</description><related ${nil}></related></product>`,
      },
      {
        name: `an empty object is none (${openapi})`,
        openapi,
        schema: product,
        value: { count: 42, description: "Thing", related: {} },
        xml: '<product count="42"><description>Thing</description><related></related></product>',
      },
    ]);

  it("X-06 a missing attribute that cannot be null is missing", async () => {
    const schema = { ...product, required: ["rating"] };
    expect(await read(schema, "<product/>")).toMatchObject({
      status: 400,
      errors: [{ code: "missing-property", pointer: "/rating" }],
    });
  });

  it("X-06 in 3.0 a missing attribute is always missing", async () => {
    const count = { type: "number", nullable: true, xml: { attribute: true } };
    const schema = { type: "object", xml: { name: "product" }, properties: { count } };
    const answer = await read(schema, "<product/>", { openapi: "3.0.4" });
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.value).toEqual({});
  });
});

describe("types", () => {
  const schema = {
    type: "object",
    xml: { name: "a" },
    properties: {
      n: { type: "integer" },
      b: { type: "boolean" },
      s: text,
      u: {
        anyOf: [{ type: "integer" }, { type: "object", properties: { v: { type: "integer" } } }],
      },
    },
  };

  it("X-07 text becomes what the schema says, white space around numbers aside", async () => {
    const answer = await read(schema, "<a><n>\n 5 </n><b>true</b><s> 5 </s></a>");
    expect(answer).toMatchObject({ status: 200, value: { n: 5, b: true, s: " 5 " } });
  });

  it("X-07 text that is none of the types is a fault at its place", async () => {
    expect(await read(schema, "<a><n>five</n></a>")).toMatchObject({
      status: 400,
      errors: [{ code: "invalid-value", pointer: "/n" }],
    });
  });

  it("X-07 text that is a file goes where files go", async () => {
    const file = { type: "string", contentEncoding: "base64" };
    const files = { type: "array", items: file };
    const properties = { file: { ...file, xml: { attribute: true } }, files };
    const holder = { type: "object", xml: { name: "a" }, properties };
    const xml = '<a file="aGk="><files>aGVs\nbG8=</files><files>Yg==</files></a>';
    expect(await read(holder, xml)).toMatchObject({
      status: 200,
      value: { file: { file: "hi" }, files: [{ file: "hello" }, { file: "b" }] },
    });
    const [hi, hello, b] = ["hi", "hello", "b"].map((each) => Buffer.from(each));
    const value = { file: hi, files: [hello, b] };
    expect(await written(holder, value)).toBe(xml.replace("\n", ""));
    expect(await read(holder, "<a><files>Yg==</files><files>!</files></a>")).toMatchObject({
      status: 400,
      errors: [{ code: "malformed-encoding", pointer: "/files/1" }],
    });
  });

  roundTrips("X-07", [
    {
      name: "a union of a number and an object, as number",
      schema,
      value: { u: 5 },
      xml: "<a><u>5</u></a>",
    },
    { name: "and as object", schema, value: { u: { v: 5 } }, xml: "<a><u><v>5</v></u></a>" },
    {
      name: "objects of a union at the root",
      schema: {
        xml: { name: "a" },
        oneOf: [
          { type: "object", properties: { x: { type: "integer" } }, required: ["x"] },
          {
            type: "object",
            properties: { y: { type: "array", items: { type: "integer" } } },
            required: ["y"],
          },
        ],
      },
      value: { y: [1, 2] },
      xml: "<a><y>1</y><y>2</y></a>",
    },
  ]);
});

describe("order", () => {
  const openapi = "3.2.0";
  const schema = {
    type: "array",
    xml: { nodeType: "element", name: "OneTwoThree" },
    minItems: 3,
    maxItems: 3,
    prefixItems: [
      { xml: { name: "One" }, type: "string" },
      {
        xml: { name: "Two" },
        type: "object",
        required: ["unit", "value"],
        properties: {
          unit: { type: "string", xml: { nodeType: "attribute" } },
          value: { type: "number", xml: { nodeType: "text" } },
        },
      },
      { xml: { name: "Three" }, type: ["boolean", "null"] },
    ],
  };
  const nil = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"';

  roundTrips("X-08", [
    {
      name: "elements one after the other",
      openapi,
      schema,
      value: ["Some text", { unit: "cubits", value: 42 }, null],
      xml: `<OneTwoThree><One>Some text</One><Two unit="cubits">42</Two><Three ${nil}></Three></OneTwoThree>`,
    },
  ]);

  it("X-08 text between elements", async () => {
    const report = {
      type: "array",
      xml: { nodeType: "element", name: "Report" },
      prefixItems: [
        { xml: { nodeType: "text" }, type: "string" },
        { xml: { name: "data" }, type: "number" },
        { xml: { nodeType: "text" }, type: "string" },
      ],
    };
    const value = ["Some preamble text.", 42, "Some postamble text."];
    const xml = "<Report>Some preamble text.<data>42</data>Some postamble text.</Report>";
    expect(await written(report, value, { openapi })).toBe(xml);
    expect(await read(report, xml, { openapi })).toMatchObject({ status: 200, value });
  });

  it("X-08 an element out of its place is a fault", async () => {
    const xml = '<OneTwoThree><Two unit="a">1</Two><One>x</One><Three>true</Three></OneTwoThree>';
    expect(await read(schema, xml, { openapi })).toMatchObject({
      status: 400,
      errors: [
        {
          code: "invalid-value",
          pointer: "/0",
          detail: "Expected <One> at position 0, found <Two>.",
        },
      ],
    });
  });

  it("X-08 fewer are for the schema to refuse", async () => {
    const answer = await read(schema, "<OneTwoThree><One>x</One></OneTwoThree>", { openapi });
    expect(answer).toMatchObject({ status: 400, errors: [{ code: "invalid-value", pointer: "" }] });
  });
});

describe("hostile and malformed documents", () => {
  const laughs = '<!DOCTYPE a [<!ENTITY b "c">]><document>&b;</document>';
  const external = '<!DOCTYPE a SYSTEM "http://127.0.0.1/x.dtd"><document/>';

  it.each([laughs, external])("X-09 a document type declaration is refused: %s", async (xml) => {
    const answer = await read(within(text), xml);
    expect(answer).toMatchObject({ status: 400, errors: [{ code: "malformed-xml" }] });
    expect(answer.errors?.[0]?.["detail"]).toContain("a document type declaration is not allowed");
  });

  it("X-09 an entity that is not one of the five is malformed", async () => {
    const answer = await read(within(text), "<document><animals>&b;</animals></document>");
    expect(answer).toMatchObject({ status: 400, errors: [{ code: "malformed-xml" }] });
  });

  const limited = [
    { name: "depth", limits: { depthMax: 4 }, xml: "<a>".repeat(5), code: "too-deep" },
    {
      name: "elements",
      limits: { keysMax: 4 },
      xml: `<document>${"<a/>".repeat(5)}</document>`,
      code: "too-many-keys",
    },
    {
      name: "octets",
      limits: { valueBytesMax: 50 },
      xml: `<document>${" ".repeat(50)}</document>`,
      code: "body-too-large",
    },
  ];
  it.each(limited)("X-09 $name have a limit", async ({ limits, xml, code }) => {
    const answer = await read(within(text), xml, { options: { limits } });
    expect(answer).toMatchObject({ status: 413, errors: [{ code }] });
  });

  it("X-10 says line and column", async () => {
    const answer = await read(within(text), "<document>\n  <animals></document>");
    expect(answer).toMatchObject({ status: 400, errors: [{ code: "malformed-xml" }] });
    expect(answer.errors?.[0]?.["detail"]).toMatch(/line 2, column \d+: unexpected close tag/i);
  });

  it("X-10 and the part, of one in a form", async () => {
    const content = formContent({ doc: within(text) }, { doc: { contentType: type } });
    const wire = multipart([{ name: "doc", type, body: "<doc><animals></doc>" }]);
    expect(await send({ content }, wire)).toMatchObject({
      status: 400,
      errors: [
        { code: "malformed-xml", pointer: "/doc", part: { name: "doc", index: 0, offset: 0 } },
      ],
    });
  });
});
