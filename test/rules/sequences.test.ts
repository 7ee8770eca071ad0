// P-04, P-05, P-11: sequential media types, item by item.
import { describe, expect, it } from "vitest";
import { createDocument } from "../../src/openapi/document.js";
import { createPlan } from "../../src/plan/plan.js";
import { encodeBody } from "../../src/client/encode-body.js";
import { send, type Wire } from "./wall.js";

const openapi = "3.2.0";
const itemSchema = {
  type: "object",
  properties: { n: { type: "integer" }, file: { type: "string", contentEncoding: "base64" } },
  required: ["n"],
};

function sequence(type: string, body: string | Uint8Array): Wire {
  return { type, body };
}

const lineTypes = ["application/jsonl", "application/x-ndjson"];

describe("lines of JSON", () => {
  it.each(lineTypes)("P-04 %s is an array of its lines, in order", async (type) => {
    const body = '{"n":1}\n\r\n {"n":2}\r\n\t{"n":3,"s":"\\n"}';
    expect(
      await send({ openapi, content: { [type]: { itemSchema } } }, { type, body }),
    ).toMatchObject({ status: 200, value: [{ n: 1 }, { n: 2 }, { n: 3, s: "\n" }] });
  });

  it("P-04 an empty body is an array of none", async () => {
    const content = { "application/jsonl": { itemSchema } };
    const wire = sequence("application/jsonl", "\n");
    expect(await send({ openapi, content }, wire)).toMatchObject({ status: 200, value: [] });
  });

  it("P-04 an array under such a type is a sequence in 3.1 too, itemSchema is not known there", async () => {
    const type = "application/jsonl";
    const wire = sequence(type, '{"n":"x"}\n{"n":2}\n');
    const both = { schema: { type: "array" }, itemSchema };
    const answer = await send({ openapi: "3.1.1", content: { [type]: both } }, wire);
    expect(answer).toMatchObject({ status: 200, value: [{ n: "x" }, { n: 2 }] });
  });

  it("P-04 a fault names the item's index and the octet at which it begins, items before it were handed on", async () => {
    const content = { "application/jsonl": { itemSchema } };
    const wire = sequence("application/jsonl", '{"n":1}\n{"n":2}\n{"n":"three"}\n{"n":4}\n');
    const answer = await send({ openapi, content, items: true }, wire);
    expect(answer).toMatchObject({
      status: 400,
      items: [{ n: 1 }, { n: 2 }],
      errors: [{ code: "invalid-value", pointer: "/2/n", offset: 16 }],
    });
  });

  it("P-04 every faulty item is told, also those that are no JSON", async () => {
    const content = { "application/jsonl": { itemSchema } };
    const wire = sequence("application/jsonl", '{"n":1}\n{"n":]\n{}\n{"n":4}\n');
    const answer = await send({ openapi, content, items: true }, wire);
    expect(answer).toMatchObject({ status: 400, items: [{ n: 1 }] });
    expect(answer.errors).toMatchObject([
      { code: "malformed-json", pointer: "/1/n", offset: 13 },
      { code: "missing-property", pointer: "/2/n", offset: 15 },
    ]);
    expect(answer.errors).toHaveLength(2);
  });

  it("P-04 files within items go to the store, and are there when the item is handed on", async () => {
    const content = { "application/jsonl": { itemSchema } };
    const wire = sequence(
      "application/jsonl",
      '{"n":1,"file":"aGVsbG8="}\n{"n":2,"file":"Yg=="}\n',
    );
    const items = [
      { n: 1, file: { file: "hello" } },
      { n: 2, file: { file: "b" } },
    ];
    expect(await send({ openapi, content }, wire)).toMatchObject({ status: 200, value: items });
    const handed = await send({ openapi, content, items: true }, wire);
    expect(handed).toMatchObject({ status: 200, items });
    expect(handed.value).toBeUndefined();
  });

  it("P-04 a file that cannot be decoded is its item's fault, with the octet", async () => {
    const content = { "application/jsonl": { itemSchema } };
    const wire = sequence("application/jsonl", '{"n":1}\n{"n":2,"file":"aGV*"}\n');
    const answer = await send({ openapi, content, items: true }, wire);
    expect(answer).toMatchObject({
      status: 400,
      items: [{ n: 1 }],
      errors: [{ code: "malformed-encoding", pointer: "/1/file", offset: 26 }],
    });
  });

  it("P-04 items that are handed on do not count together", async () => {
    const content = { "application/jsonl": { itemSchema } };
    const line = `{"n":1,"s":"${"x".repeat(400)}"}\n`;
    const wire = sequence("application/jsonl", line.repeat(10));
    const options = { limits: { valueBytesMax: 1000, keysMax: 5 } };
    const handed = await send({ openapi, content, options, items: true }, wire);
    expect(handed.status).toBe(200);
    expect(handed.items).toHaveLength(10);
    const kept = await send({ openapi, content, options }, wire);
    expect(kept).toMatchObject({ status: 413 });
  });

  it("P-04 kept items share the limits of one document", async () => {
    const content = { "application/jsonl": { itemSchema: {} } };
    const wire = sequence("application/jsonl", "[1]\n".repeat(6));
    const answer = await send({ openapi, content, options: { limits: { keysMax: 10 } } }, wire);
    expect(answer).toMatchObject({ status: 413, errors: [{ code: "too-many-keys" }] });
  });
});

describe("items that are no objects", () => {
  it.each([
    { type: "application/jsonl", body: "1\n".repeat(6) },
    { type: "application/json-seq", body: "\x1e1\n".repeat(6) },
  ])("P-04 count as well: $type", async ({ type, body }) => {
    const content = { [type]: { itemSchema: {} } };
    const takes = (keysMax: number) =>
      send({ openapi, content, options: { limits: { keysMax } } }, { type, body });
    expect((await takes(6)).status).toBe(200);
    expect(await takes(5)).toMatchObject({
      status: 413,
      errors: [{ code: "too-many-keys", limit: { name: "keysMax", value: 5 } }],
    });
  });
});

describe("JSON text sequences", () => {
  const type = "application/json-seq";
  const content = { [type]: { itemSchema: {} } };

  it("P-04 each text begins with a record separator", async () => {
    const body = '\x1e{\n "a": 1\n}\n\x1e\x1e[2]\n\x1e"three"\x1e4\n';
    const answer = await send({ openapi, content }, { type, body });
    expect(answer).toMatchObject({ status: 200, value: [{ a: 1 }, [2], "three", 4] });
  });

  it("P-04 a structured suffix says the same", async () => {
    const geo = { "application/geo+json-seq": { itemSchema: { type: "object" } } };
    const wire = sequence("application/geo+json-seq", '\x1e{"type":"Point"}\n');
    expect(await send({ openapi, content: geo }, wire)).toMatchObject({
      value: [{ type: "Point" }],
    });
  });

  it("P-04 octets before the first separator are refused", async () => {
    const answer = await send({ openapi, content }, { type, body: '{"a":1}\n' });
    expect(answer).toMatchObject({ status: 400, errors: [{ code: "malformed-json", offset: 0 }] });
  });

  it("P-04 a number without white space behind it may be cut short", async () => {
    const answer = await send({ openapi, content }, { type, body: "\x1e1\n\x1e12" });
    expect(answer).toMatchObject({
      status: 400,
      errors: [{ code: "malformed-json", pointer: "/1", offset: 4 }],
    });
  });
});

it("P-05 schema counts for all items together, and itemSchema for each", async () => {
  const schema = { type: "array", maxItems: 2 };
  const content = { "application/jsonl": { schema, itemSchema } };
  const answer = await send(
    { openapi, content, items: true },
    sequence("application/jsonl", '{"n":1}\n{"n":2}\n{}\n'),
  );
  expect(answer.status).toBe(400);
  expect(answer.items).toEqual([{ n: 1 }, { n: 2 }]);
  expect(answer.errors).toMatchObject([
    { code: "missing-property", pointer: "/2/n" },
    { code: "invalid-value", pointer: "" },
  ]);
});

describe("server-sent events", () => {
  const type = "text/event-stream";
  const event = {
    type: "object",
    required: ["data"],
    properties: {
      data: { type: "string" },
      event: { type: "string" },
      id: { type: "string" },
      retry: { type: "integer", minimum: 0 },
    },
  };
  const content = { [type]: { itemSchema: event } };

  it("P-11 events are parsed before the schema sees them: the specification's example", async () => {
    const body = [
      "event: addString",
      "data: This data is formatted",
      "data: across two lines",
      "retry: 5",
      "",
      "event: addInt64",
      "data: 1234.5678",
      "unknownField: this is ignored",
      "",
      ": This is a comment",
      "event: addJSON",
      'data: {"foo": 42}',
      "",
    ].join("\n");
    expect(await send({ openapi, content }, { type, body })).toMatchObject({
      status: 200,
      value: [
        { event: "addString", data: "This data is formatted\nacross two lines", retry: 5 },
        { event: "addInt64", data: "1234.5678" },
        { event: "addJSON", data: '{"foo": 42}' },
      ],
    });
  });

  const cases = [
    {
      name: "line ends are CR, LF or CR LF",
      body: "data:a\r\rdata:b\n\ndata:c\r\n\r\n",
      want: "a b c",
    },
    { name: "one space after the colon is no part of the value", body: "data:  a\n\n", want: " a" },
    { name: "a field without a colon is empty", body: "data\n\n", want: "" },
    { name: "an event without data is none", body: "id: 7\nretry: 1\n\ndata: a\n\n", want: "a" },
    { name: "a byte order mark at the start is passed over", body: "\ufeffdata: a\n\n", want: "a" },
    { name: "a retry that is no number is ignored", body: "retry: 5s\ndata: a\n\n", want: "a" },
    { name: "an id with NUL is ignored", body: "id: a\0\ndata: a\n\n", want: "a" },
  ];
  it.each(cases)("P-11 $name", async ({ body, want }) => {
    const answer = await send({ openapi, content }, { type, body });
    expect(answer.status).toBe(200);
    const events = answer.value as { data: string }[];
    expect(events.map(({ data }) => data).join(" ")).toBe(want);
    expect(events.every((each) => Object.keys(each).join() === "data")).toBe(true);
  });

  it("P-11 retry is an integer to the schema", async () => {
    const itemSchema = { properties: { retry: { type: "integer", maximum: 4 } } };
    const wire = sequence(type, "data: a\n\nretry: 5\ndata: b\n\n");
    const answer = await send({ openapi, content: { [type]: { itemSchema } } }, wire);
    expect(answer).toMatchObject({ status: 400, errors: [{ pointer: "/1/retry", offset: 9 }] });
  });

  it("P-11 data that is described as a file goes where files go", async () => {
    const data = { type: "string", contentEncoding: "base64", contentMediaType: "text/plain" };
    const itemSchema = { type: "object", properties: { data } };
    const wire = sequence(type, "data: aGVs\ndata: bG8=\n\n");
    const answer = await send({ openapi, content: { [type]: { itemSchema } } }, wire);
    expect(answer).toMatchObject({ status: 200, value: [{ data: { file: "hello" } }] });
  });
});

describe("written by the client", () => {
  const items = [
    { data: "a\nb", event: "x" },
    { data: "", retry: 5 },
  ];
  const types = ["application/jsonl", "application/json-seq", "text/event-stream"];
  it.each(types)("P-04 a sequence of %s is read as it was", async (type) => {
    const content = { [type]: { itemSchema: { type: "object" } } };
    const paths = { "/x": { post: { requestBody: { content } } } };
    const plan = createPlan(createDocument({ openapi, paths })).operations[0]?.body?.media[0];
    if (!plan) throw new Error("no plan");
    const pieces: Uint8Array[] = [];
    for await (const piece of encodeBody(plan, items).body) pieces.push(piece);
    const answer = await send({ openapi, content }, { type, body: Buffer.concat(pieces) });
    expect(answer).toMatchObject({ status: 200, value: items });
  });
});
