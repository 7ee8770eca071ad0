// P-01 to P-10 where they speak of multipart: parts by position, and parts within parts.
import { describe, expect, it } from "vitest";
import { encodeBody } from "../../src/client/encode-body.js";
import { createDocument } from "../../src/openapi/document.js";
import { createCompiler } from "../../src/plan/compiler.js";
import { lintOperation } from "../../src/plan/lint.js";
import { createPlan, type Plan } from "../../src/plan/plan.js";
import { multipart, send, type Api, type Part, type Wire } from "./wall.js";

const openapi = "3.2.0";
const metadata = { type: "object", properties: { n: { type: "integer" } } };
const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const image = { file: png.toString("latin1"), mediaType: "image/png" };

function planOf(content: object): Plan {
  const paths = { "/x": { post: { requestBody: { content } } } };
  return createPlan(createDocument({ openapi, paths }));
}

async function written(content: object, value: unknown): Promise<Wire> {
  const plan = planOf(content).operations[0]?.body?.media[0];
  if (!plan) throw new Error("no plan");
  const { body, contentType } = encodeBody(plan, value);
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return { type: contentType, body: Buffer.concat(pieces) };
}

function mixed(...parts: readonly Part[]): Wire {
  return multipart(parts, "mixed");
}

const json = (value: unknown): Part => ({ type: "application/json", body: JSON.stringify(value) });
const picture: Part = { type: "image/png", body: png };

const bothEncodings = (more: object): object => ({
  "multipart/mixed": {
    schema: { type: "array", items: { type: "string" } },
    encoding: { a: {} },
    ...more,
  },
});
const namedPart = (name: string): object => ({
  headers: {
    "Content-Disposition": { required: true, schema: { const: `form-data; name="${name}"` } },
  },
});
const locatedAt = (path: string): Record<string, string> => ({
  "Content-Location": `https://x.test/${path}`,
});
const related = (parameters: string, ...parts: Part[]): Wire =>
  multipart(parts, `related${parameters}`);
const ranged = (range?: string): Wire =>
  multipart(
    [{ ...picture, ...(range === undefined ? {} : { headers: { "Content-Range": range } }) }],
    "byteranges",
  );

describe("P-01 encoding beside encoding by position", () => {
  const cases = [{ prefixEncoding: [{}] }, { itemEncoding: {} }];

  it.each(cases)("P-01 is an error of the document: %o", async (more) => {
    const content = bothEncodings(more);
    const [answer, { operations, document }] = [
      await send({ openapi, content }, mixed({ body: "a" })),
      planOf(content),
    ];
    expect(answer.status).toBe(501);
    const [operation] = operations;
    const findings = operation ? lintOperation(createCompiler(document), operation) : [];
    expect(findings).toMatchObject([{ rule: "unusable", severity: "error" }]);
    expect(findings[0]?.detail).toContain("excludes `prefixEncoding` and `itemEncoding`");
  });

  it("P-01 says nothing in 3.1, where neither field is known", async () => {
    const schema = { type: "object", properties: { a: { type: "string" } } };
    const content = { "multipart/mixed": { schema, encoding: { a: {} }, itemEncoding: {} } };
    const wire = mixed({ name: "a", body: "x" });
    expect(await send({ openapi: "3.1.1", content }, wire)).toMatchObject({ value: { a: "x" } });
  });

  it("P-02 encoding by position without an array is an error of the document", async () => {
    const content = { "multipart/mixed": { schema: { type: "object" }, itemEncoding: {} } };
    expect(await send({ openapi, content }, mixed({ body: "a" }))).toMatchObject({ status: 501 });
  });
});

describe("parts by position", () => {
  const content = {
    "multipart/mixed": {
      schema: { type: "array", prefixItems: [metadata, {}] },
      prefixEncoding: [{}, { contentType: "image/*" }],
    },
  };

  it("P-02 each part is the item at its position: a document and its picture", async () => {
    const answer = await send({ openapi, content }, mixed(json({ n: 1 }), picture));
    expect(answer).toMatchObject({ status: 200, value: [{ n: 1 }, image] });
  });

  it("P-02 the last encoding is that of all the rest, as items is their schema", async () => {
    const rest = {
      "multipart/mixed": {
        schema: { type: "array", prefixItems: [{ type: "string" }], items: { type: "string" } },
        prefixEncoding: [{ contentType: "text/html" }],
        itemEncoding: { contentType: "image/png" },
      },
    };
    const wire = mixed({ type: "text/html", body: "<p>" }, picture, picture);
    const answer = await send({ openapi, content: rest }, wire);
    expect(answer).toMatchObject({ status: 200, value: ["<p>", image, image] });
  });

  it("P-02 a part of another type is refused, with its position", async () => {
    const wire = mixed(json({ n: 1 }), { type: "text/plain", body: "x" });
    expect(await send({ openapi, content }, wire)).toMatchObject({
      status: 400,
      errors: [{ code: "part-type-not-allowed", pointer: "/1", part: { index: 1 } }],
    });
  });

  it("P-02 faults of all parts are told, those of the schema with their part", async () => {
    const schema = { type: "array", prefixItems: [metadata, { type: "integer" }], maxItems: 2 };
    const wire = mixed(json({ n: "x" }), { body: "y" }, { body: "z" });
    const answer = await send({ openapi, content: { "multipart/mixed": { schema } } }, wire);
    expect(answer.status).toBe(400);
    expect(answer.errors).toMatchObject([
      { code: "invalid-value", pointer: "/1", part: { index: 1 } },
      { code: "invalid-value", pointer: "" },
      { code: "invalid-value", pointer: "/0/n", part: { index: 0, offset: 0 } },
    ]);
  });

  it("P-02 text is in UTF-8, or in its part's own charset", async () => {
    const schema = { type: "array", items: { type: "string" } };
    const latin1 = { type: "text/plain; charset=iso-8859-1", body: Buffer.from("ä", "latin1") };
    const answer = await send(
      { openapi, content: { "multipart/mixed": { schema } } },
      mixed({ body: "ä" }, latin1),
    );
    expect(answer).toMatchObject({ status: 200, value: ["ä", "ä"] });
  });

  it("P-02 an array is one part, as JSON", async () => {
    const schema = { type: "array", items: { type: "array", items: { type: "integer" } } };
    const wire = mixed(json([1, 2]), json([3]));
    const answer = await send({ openapi, content: { "multipart/mixed": { schema } } }, wire);
    expect(answer).toMatchObject({ status: 200, value: [[1, 2], [3]] });
  });

  it("P-03 fewer parts than encodings are no error, and more encodings than items do no harm", async () => {
    const one = await send({ openapi, content }, mixed(json({ n: 1 })));
    expect(one).toMatchObject({ status: 200, value: [{ n: 1 }] });
    const none = await send({ openapi, content }, mixed());
    expect(none).toMatchObject({ status: 200, value: [] });
  });

  it("P-03 the schema says how many there must be", async () => {
    const schema = { type: "array", items: metadata, minItems: 2 };
    const few = { "multipart/mixed": { schema, prefixEncoding: [{}, {}, {}] } };
    const answer = await send({ openapi, content: few }, mixed(json({ n: 1 })));
    expect(answer).toMatchObject({ status: 400, errors: [{ code: "invalid-value", pointer: "" }] });
  });

  it("P-04 each part is an item on its own, and handed on before the next is read", async () => {
    const streamed = {
      "multipart/mixed": { itemSchema: {}, itemEncoding: { contentType: "image/png" } },
    };
    const wire = mixed(picture, picture, { type: "text/plain", body: "x" }, picture);
    const answer = await send({ openapi, content: streamed, items: true }, wire);
    expect(answer).toMatchObject({
      status: 400,
      items: [image, image],
      errors: [{ code: "part-type-not-allowed", pointer: "/2", part: { index: 2 } }],
    });
    expect(answer.items).toHaveLength(2);
  });

  it("P-04 itemSchema is applied to each part, with its place", async () => {
    const streamed = { "multipart/mixed": { itemSchema: { type: "integer", maximum: 5 } } };
    const wire = mixed({ body: "5" }, { body: "6" });
    expect(await send({ openapi, content: streamed }, wire)).toMatchObject({
      status: 400,
      errors: [{ code: "invalid-value", pointer: "/1", part: { index: 1, offset: 29 } }],
    });
  });

  it("P-06 preamble and epilogue are passed over", async () => {
    const { type, body } = mixed(json({ n: 1 }));
    const around = Buffer.concat([
      Buffer.from("This is a preamble.\r\n"),
      Buffer.from(body ?? ""),
      Buffer.from("an epilogue"),
    ]);
    const answer = await send({ openapi, content }, { ...(type ? { type } : {}), body: around });
    expect(answer).toMatchObject({ status: 200, value: [{ n: 1 }] });
  });

  it("P-02 what the client writes is read as it was", async () => {
    const wire = await written(content, [{ n: 1 }, { content: png, mediaType: "image/png" }]);
    expect(await send({ openapi, content }, wire)).toMatchObject({ value: [{ n: 1 }, image] });
  });
});

describe("a form by position", () => {
  const content = {
    "multipart/form-data": {
      schema: { type: "array", prefixItems: [metadata, { type: "string" }] },
      prefixEncoding: [namedPart("meta"), namedPart("note")],
    },
  };

  it("P-07 the headers say the names, and the order is the document's", async () => {
    const [meta, note] = [
      { name: "meta", body: '{"n":1}' },
      { name: "note", body: "x" },
    ];
    const right = await send({ openapi, content }, multipart([meta, note]));
    expect(right).toMatchObject({ status: 200, value: [{ n: 1 }, "x"] });
    const wrong = await send({ openapi, content }, multipart([note, meta]));
    expect(wrong).toMatchObject({
      status: 400,
      errors: [
        { code: "invalid-part-header", pointer: "/0", part: { name: "note" } },
        { code: "invalid-part-header", pointer: "/1", part: { name: "meta" } },
      ],
    });
  });

  it("P-07 the client takes the names from there", async () => {
    const wire = await written(content, [{ n: 1 }, "x"]);
    expect(Buffer.from(wire.body ?? "").toString()).toContain('form-data; name="meta"\r\n');
    expect(await send({ openapi, content }, wire)).toMatchObject({ value: [{ n: 1 }, "x"] });
  });

  it("P-07 without a name for a part the document is faulty", () => {
    const unnamed = { "multipart/form-data": { schema: { type: "array" }, prefixEncoding: [{}] } };
    const { operations, document } = planOf(unnamed);
    const [operation] = operations;
    const findings = operation ? lintOperation(createCompiler(document), operation) : [];
    expect(findings).toMatchObject([
      {
        rule: "part-without-name",
        severity: "error",
        pointer: "/paths/~1x/post/requestBody/content/multipart~1form-data/prefixEncoding/0",
      },
    ]);
  });
});

describe("parts within parts", () => {
  const inner = "inner-7MA4YWxkTrZu0gW";
  const nestedBody = (...parts: readonly string[]): string =>
    `${parts.map((part) => `--${inner}\r\n${part}\r\n`).join("")}--${inner}--\r\n`;
  const schema = {
    type: "array",
    prefixItems: [
      { type: "array" },
      {
        type: "array",
        prefixItems: [
          { type: "object", xml: { name: "a" }, properties: { b: { type: "integer" } } },
          { type: "string" },
          {},
        ],
      },
    ],
  };
  const content = {
    "multipart/mixed": {
      schema,
      prefixEncoding: [
        {},
        {
          contentType: "multipart/mixed",
          prefixEncoding: [{ contentType: "application/xml" }, {}, { contentType: "image/png" }],
        },
      ],
    },
  };
  const nested = (body: string): Part => ({
    type: `multipart/mixed; boundary=${inner}`,
    body: Buffer.from(body, "latin1"),
  });
  const xml = "Content-Type: application/xml\r\n\r\n<a><b>5</b></a>";
  const file = `Content-Type: image/png\r\n\r\n${png.toString("latin1")}`;

  it("P-08 the specification's example: a JSON array, then XML, text and a picture in one part", async () => {
    const wire = mixed(json([1, "x"]), nested(nestedBody(xml, "\r\ntext", file)));
    const answer = await send({ openapi, content }, wire);
    expect(answer).toMatchObject({
      status: 200,
      value: [
        [1, "x"],
        [{ b: 5 }, "text", image],
      ],
    });
  });

  it("P-08 a fault within has its pointer, the part around it and its octet", async () => {
    const broken = "Content-Type: application/xml\r\n\r\n<a><b>x</b></a>";
    const wire = mixed(json([]), nested(nestedBody(broken, "\r\ntext")));
    const answer = await send({ openapi, content }, wire);
    const offset = Buffer.from(wire.body ?? "").indexOf(`--${inner}`);
    expect(answer).toMatchObject({
      status: 400,
      errors: [{ code: "invalid-value", pointer: "/1/0/b", part: { index: 1, offset } }],
    });
  });

  it("P-08 a nested body that is cut short is malformed", async () => {
    const answer = await send({ openapi, content }, mixed(json([]), nested(`--${inner}\r\n\r\nx`)));
    expect(answer).toMatchObject({
      status: 400,
      errors: [{ code: "malformed-multipart", pointer: "/1", part: { index: 1 } }],
    });
  });

  it("P-08 a part that should be multipart and says it is not is refused", async () => {
    const answer = await send({ openapi, content }, mixed(json([]), json([])));
    expect(answer).toMatchObject({
      status: 400,
      errors: [{ code: "part-type-not-allowed", pointer: "/1" }],
    });
  });

  it("P-08 parts within parts count like any", async () => {
    const wire = mixed(json([]), nested(nestedBody("\r\n1", "\r\n2", "\r\n3")));
    const options = { limits: { partsMax: 4 } };
    const answer = await send({ openapi, content, options }, wire);
    expect(answer).toMatchObject({ status: 413, errors: [{ code: "too-many-parts" }] });
  });

  it("P-08 more than one level, and forms within, by name", async () => {
    const form = {
      type: "object",
      properties: { n: { type: "integer" }, list: { type: "array", items: { type: "string" } } },
    };
    const deep = {
      "multipart/form-data": {
        schema: {
          type: "object",
          properties: { first: { type: "object", properties: { inner: form } } },
        },
        encoding: {
          first: {
            contentType: "multipart/form-data",
            encoding: {
              inner: {
                contentType: "multipart/form-data",
                encoding: { list: { contentType: "text/plain" } },
              },
            },
          },
        },
      },
    };
    const value = { first: { inner: { n: 5, list: ["a", "b"] } } };
    const wire = await written(deep, value);
    expect(
      Buffer.from(wire.body ?? "")
        .toString()
        .match(/multipart\/form-data/g),
    ).toHaveLength(2);
    expect(await send({ openapi, content: deep }, wire)).toMatchObject({ status: 200, value });
    const wrong = await written(deep, { first: { inner: { n: "x" } } });
    expect(await send({ openapi, content: deep }, wrong)).toMatchObject({
      status: 400,
      errors: [{ code: "invalid-value", pointer: "/first/inner/n", part: { name: "first" } }],
    });
  });

  it("P-08 an array of parts within a form, by name and then by position", async () => {
    const group = { type: "array", items: { type: "string" } };
    const named = {
      "multipart/form-data": {
        schema: { type: "object", properties: { groups: { type: "array", items: group } } },
        encoding: {
          groups: { contentType: "multipart/mixed", itemEncoding: { contentType: "image/png" } },
        },
      },
    };
    const wire = await written(named, { groups: [[png, png], [png]] });
    const answer = await send({ openapi, content: named }, wire);
    expect(answer).toMatchObject({ status: 200, value: { groups: [[image, image], [image]] } });
  });

  it("P-08 what the client writes is read as it was", async () => {
    const value = [[1], [{ b: 5 }, "text", { content: png, mediaType: "image/png" }]];
    const wire = await written(content, value);
    const answer = await send({ openapi, content }, wire);
    expect(answer).toMatchObject({ status: 200, value: [[1], [{ b: 5 }, "text", image]] });
  });

  it("P-08 is not known in 3.1", async () => {
    const property = { type: "object", properties: { n: { type: "integer" } } };
    const old: Api = {
      openapi: "3.1.1",
      content: {
        "multipart/form-data": {
          schema: { type: "object", properties: { a: property } },
          encoding: { a: { encoding: { n: {} } } },
        },
      },
    };
    const answer = await send(old, multipart([{ name: "a", ...json({ n: 1 }) }]));
    expect(answer).toMatchObject({ status: 200, value: { a: { n: 1 } } });
  });
});

describe("multipart/related", () => {
  const location = {
    required: true,
    content: { "text/plain": { schema: { type: "string", format: "uri" } } },
  };
  const headers = { "Content-ID": { schema: false }, "Content-Location": location };
  const content = {
    "multipart/related; type=text/html": {
      schema: { prefixItems: [{ type: "string" }], items: { anyOf: [{ type: "string" }, {}] } },
      prefixEncoding: [{ contentType: "text/html", headers }],
      itemEncoding: { contentType: "text/css,text/javascript,image/*", headers },
    },
  };
  const page: Part = { type: "text/html", headers: locatedAt(""), body: "<p>" };
  const style: Part = { type: "text/css", headers: locatedAt("a.css"), body: "p{}" };

  it("P-09 the first part is the root: the specification's example, text and octets by their own type", async () => {
    const wire = related("; type=text/html", page, style, {
      ...picture,
      headers: locatedAt("a.png"),
    });
    const answer = await send({ openapi, content }, wire);
    expect(answer).toMatchObject({ status: 200, value: ["<p>", "p{}", image] });
  });

  it("P-09 a header that is required or forbidden is one", async () => {
    const wire = related(
      "; type=text/html",
      { ...page, headers: { ...locatedAt(""), "Content-ID": "<a>" } },
      { type: "text/css", body: "" },
    );
    expect(await send({ openapi, content }, wire)).toMatchObject({
      status: 400,
      errors: [
        { code: "invalid-part-header", pointer: "/0" },
        { code: "missing-part-header", pointer: "/1" },
      ],
    });
  });

  const open = {
    "multipart/related": {
      schema: { type: "array", prefixItems: [metadata], items: { type: "string" } },
    },
  };
  const parts: Part[] = [
    { headers: { "Content-ID": "<one>" }, body: "first" },
    { headers: { "Content-ID": "<root>" }, type: "application/json", body: '{"n":1}' },
    { headers: { "Content-ID": "<two>" }, body: "second" },
  ];

  it("P-09 start names the root, which comes first in the value", async () => {
    const wire = related('; type="application/json"; start="<root>"', ...parts);
    const answer = await send({ openapi, content: open }, wire);
    expect(answer).toMatchObject({ status: 200, value: [{ n: 1 }, "first", "second"] });
  });

  const refused = [
    {
      name: "no part has the Content-ID of start",
      parameters: '; type="application/json"; start="<x>"',
    },
    { name: "the parameter type is missing", parameters: "" },
  ];
  it.each(refused)("P-09 is malformed where $name", async ({ parameters }) => {
    const answer = await send({ openapi, content: open }, related(parameters, ...parts));
    expect(answer).toMatchObject({ status: 400, errors: [{ code: "malformed-multipart" }] });
  });

  it("P-09 the root is of the type that the parameter says", async () => {
    const answer = await send(
      { openapi, content: open },
      related("; type=text/html", json({ n: 1 })),
    );
    expect(answer).toMatchObject({
      status: 400,
      errors: [{ code: "part-type-not-allowed", pointer: "/0" }],
    });
  });

  it("P-09 the client says the root's type", async () => {
    const wire = await written(open, [{ n: 1 }, "x"]);
    expect(wire.type).toContain(
      "type=application/json".replace("application/json", '"application/json"'),
    );
    expect(await send({ openapi, content: open }, wire)).toMatchObject({ value: [{ n: 1 }, "x"] });
  });
});

describe("multipart/byteranges", () => {
  const content = {
    "multipart/byteranges": { itemSchema: {}, itemEncoding: { contentType: "image/png" } },
  };

  it("P-10 each part is a range", async () => {
    const answer = await send({ openapi, content }, ranged("bytes 0-67/1000"));
    expect(answer).toMatchObject({ status: 200, value: [image] });
  });

  it("P-10 without Content-Range a part is refused, whether the document says so or not", async () => {
    expect(await send({ openapi, content }, ranged())).toMatchObject({
      status: 400,
      errors: [{ code: "missing-part-header", pointer: "/0" }],
    });
  });

  it("P-10 a Content-Range that is none is refused", async () => {
    expect(await send({ openapi, content }, ranged("bytes 0-"))).toMatchObject({
      status: 400,
      errors: [{ code: "invalid-part-header", pointer: "/0" }],
    });
  });
});
