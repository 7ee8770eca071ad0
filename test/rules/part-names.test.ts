// M: which property a part's name means, and what becomes of names that the schema does not have.
import { expect, it } from "vitest";
import {
  boundary,
  fields,
  formContent,
  json,
  jsonContent,
  multipart,
  send,
  urlencoded,
  urlencodedContent,
} from "./wall.js";

const text = { type: "string" };
const integer = { type: "integer" };
const integers = { type: "array", items: integer };
const open = (properties: object, more: object = {}): object =>
  formContent(properties, undefined, more);
const closed = { additionalProperties: false };

it("M-01 a part without a name, or without any disposition, is refused with its place", async () => {
  const content = open({ a: text });
  for (const head of ["", "Content-Disposition: form-data\r\n"]) {
    const body = `--${boundary}\r\n${head}\r\nx\r\n--${boundary}--\r\n`;
    const answer = await send(
      { content },
      { type: `multipart/form-data; boundary=${boundary}`, body },
    );
    expect(answer).toMatchObject({
      status: 400,
      errors: [{ code: "part-without-name", part: { index: 0, offset: 0 } }],
    });
  }
});

it("M-01 names are those of the properties, in upper and lower case", async () => {
  const answer = await send({ content: open({ Name: integer }, closed) }, fields(["name", "1"]));
  expect(answer).toMatchObject({
    status: 400,
    errors: [{ code: "unknown-property", pointer: "/name", part: { name: "name", index: 0 } }],
  });
});

it("M-08 a name that stands twice is a fault where the property is no array", async () => {
  const answer = await send({ content: open({ n: integer }) }, fields(["n", "1"], ["n", "2"]));
  expect(answer).toMatchObject({
    status: 400,
    errors: [{ code: "duplicate-part", pointer: "/n", part: { name: "n", index: 1 } }],
  });
});

it("M-08 a file that stands twice for one property is a fault as well", async () => {
  const parts = [1, 2].map((n) => ({ name: "f", filename: `${n}.bin`, body: String(n) }));
  expect(await send({ content: open({ f: {} }) }, multipart(parts))).toMatchObject({
    status: 400,
    errors: [{ code: "duplicate-part", pointer: "/f", part: { index: 1 } }],
  });
});

it("M-12 additionalProperties: false refuses unknown fields and unknown files", async () => {
  const content = open({ a: text }, closed);
  const answer = await send(
    { content },
    multipart([
      { name: "a", body: "1" },
      { name: "zzz", body: "1" },
      { name: "doc", filename: "d.bin", type: "application/pdf", body: "2" },
    ]),
  );
  expect(answer).toMatchObject({
    status: 400,
    errors: [
      { code: "unknown-property", pointer: "/zzz", part: { index: 1 } },
      { code: "unknown-property", pointer: "/doc", part: { index: 2 } },
    ],
  });
});

it("M-12 unevaluatedProperties: false does the same", async () => {
  const content = open({ a: text }, { unevaluatedProperties: false });
  const answer = await send({ content }, fields(["zzz", "1"]));
  expect(answer).toMatchObject({
    status: 400,
    errors: [{ code: "unknown-property", pointer: "/zzz", part: { index: 0 } }],
  });
});

it("M-12 additionalProperties with a schema says what unknown parts are", async () => {
  const content = open({}, { additionalProperties: integer });
  expect(await send({ content }, fields(["n", "5"]))).toMatchObject({ value: { n: 5 } });
  expect(await send({ content }, fields(["n", "x"]))).toMatchObject({
    status: 400,
    errors: [{ code: "invalid-value", pointer: "/n", part: { name: "n" } }],
  });
});

const unknown = multipart([
  { name: "a", body: "1" },
  { name: "zzz", body: "2" },
  { name: "doc", filename: "d.bin", type: "application/x-thing", body: "3" },
]);

it("M-12 unknown parts are in the value where the schema says nothing of them", async () => {
  expect(await send({ content: open({ a: text }) }, unknown)).toMatchObject({
    status: 200,
    value: { a: "1", zzz: "2", doc: { file: "3", filename: "d.bin" } },
  });
});

it("M-12 with `undeclared: drop` unknown parts are read past, and nothing is stored of them", async () => {
  // No file may be taken at all: none is.
  const options = { body: { undeclared: "drop" }, limits: { filesMax: 0 } } as const;
  const form = await send({ content: open({ a: text }), options }, unknown);
  expect(form.value).toEqual({ a: "1" });
  const pairs = await send(
    { content: urlencodedContent({ a: text }), options },
    urlencoded("a=1&zzz=2"),
  );
  expect(pairs.value).toEqual({ a: "1" });
});

const withUnknown = (body: string) =>
  multipart([
    { name: "doc", filename: "d.bin", type: "application/x-thing", body },
    { name: "f", body: "12345" },
  ]);

it("M-12 unknown files have a limit of their own", async () => {
  const options = { limits: { undeclaredBytesMax: 3 } };
  const api = { content: open({ f: {} }), options };
  expect(await send(api, withUnknown("123"))).toMatchObject({ status: 200 });
  expect(await send(api, withUnknown("1234"))).toMatchObject({
    status: 413,
    errors: [
      {
        code: "file-too-large",
        pointer: "/doc",
        part: { name: "doc", index: 0 },
        limit: { name: "undeclaredBytesMax", value: 3 },
      },
    ],
  });
});

it("M-15 names that match patternProperties are read by its schema", async () => {
  const content = open({}, { patternProperties: { "^doc_.*$": {}, "^n_": integer }, ...closed });
  const wire = multipart([
    { name: "doc_1", filename: "a.bin", body: "\x01\x02" },
    { name: "n_1", body: "5" },
  ]);
  expect(await send({ content }, wire)).toMatchObject({
    status: 200,
    value: { doc_1: { file: "\x01\x02", filename: "a.bin" }, n_1: 5 },
  });
  expect(await send({ content }, fields(["x_1", "5"]))).toMatchObject({
    status: 400,
    errors: [{ code: "unknown-property", pointer: "/x_1" }],
  });
});

it("M-15 in JSON too, at any depth: files, what is read-only, and what is neither", async () => {
  const base64 = { type: "string", contentEncoding: "base64" };
  const patternProperties = { "^f": base64, "^r": { readOnly: true }, "^[\\_]": text };
  const more = { patternProperties, additionalProperties: base64 };
  const inner = { type: "object", properties: { plain: text }, ...more };
  const sent = { f_1: "YQ==", r: 1, plain: "x", _a: "plain", other: "Yg==" };
  const wanted = { f_1: { file: "a" }, plain: "x", _a: "plain", other: { file: "b" } };
  const properties = { plain: text, inner };
  expect(
    await send({ content: jsonContent(properties, more) }, json({ ...sent, inner: sent })),
  ).toMatchObject({ status: 200, value: { ...wanted, inner: wanted } });
  const content = jsonContent({ inner }, { patternProperties });
  const answer = await send({ content }, json({ r: 1, inner: { r: 1 } }));
  expect(answer.value).toEqual({ inner: {} });
  expect(await send({ content }, json({ f: "%%" }))).toMatchObject({
    status: 400,
    errors: [{ code: "malformed-encoding", pointer: "/f" }],
  });
});

it("M-24 names with brackets, dots and letters of any script are the property's own", async () => {
  const names = ["files[0]", "x[]", "a.b", "a[b]", "žluť 🐎", "a/b~c"];
  const properties = Object.fromEntries(names.map((name) => [name, integer]));
  // An object and an array that the names could mean as well do not count.
  const more = { a: { type: "object" }, files: integers };
  const content = open({ ...properties, ...more }, closed);
  const answer = await send(
    { content },
    fields(...names.map((name, i) => [name, `${i}`] as const)),
  );
  expect(answer.value).toEqual(Object.fromEntries(names.map((name, i) => [name, i])));
  expect(await send({ content }, fields(["a/b~c", "x"]))).toMatchObject({
    errors: [{ code: "invalid-value", pointer: "/a~1b~0c" }],
  });
});

const strategy = {
  type: "object",
  properties: {
    type: text,
    static: { type: "object", properties: { size: integer, tags: { type: "array", items: text } } },
    file: {},
  },
};

it("M-25 `name[]` is an item of the array, `name[member]` a member of the object, as SDKs send them", async () => {
  const content = open({ ints: integers, chunking_strategy: strategy }, closed);
  const wire = multipart([
    { name: "ints[]", body: "7" },
    { name: "chunking_strategy[type]", body: "server_vad" },
    { name: "chunking_strategy[static][size]", body: "800" },
    { name: "chunking_strategy[static][tags][]", body: "a" },
    { name: "chunking_strategy[file]", filename: "f.bin", body: "octets" },
    { name: "chunking_strategy[static][tags][]", body: "b" },
    { name: "ints", body: "8" },
  ]);
  expect(await send({ content }, wire)).toMatchObject({
    status: 200,
    value: {
      ints: [7, 8],
      chunking_strategy: {
        type: "server_vad",
        static: { size: 800, tags: ["a", "b"] },
        file: { file: "octets", filename: "f.bin" },
      },
    },
  });
});

it("M-25 pairs are read in the same way", async () => {
  const content = urlencodedContent({ ints: integers, o: strategy }, undefined, closed);
  const answer = await send({ content }, urlencoded("ints[]=7&ints%5B%5D=8&o%5Bstatic%5D[size]=1"));
  expect(answer.value).toEqual({ ints: [7, 8], o: { static: { size: 1 } } });
});

it("M-25 faults of such parts have the place in the value, and the part", async () => {
  const content = open({ ints: integers, o: strategy });
  const wire = fields(
    ["ints[]", "1"],
    ["ints[]", "x"],
    ["o[static][size]", "big"],
    ["o[type]", "a"],
    ["o[type]", "b"],
  );
  expect(await send({ content }, wire)).toMatchObject({
    status: 400,
    errors: [
      { code: "invalid-value", pointer: "/ints/1", part: { name: "ints[]", index: 1 } },
      {
        code: "invalid-value",
        pointer: "/o/static/size",
        part: { name: "o[static][size]", index: 2 },
      },
      { code: "duplicate-part", pointer: "/o/type", part: { index: 4 } },
    ],
  });
});

it("M-25 what the assembled object lacks is told at its place", async () => {
  const content = open({ o: { ...strategy, required: ["type"], properties: strategy.properties } });
  expect(await send({ content }, fields(["o[static][size]", "1"]))).toMatchObject({
    status: 400,
    errors: [{ code: "missing-property", pointer: "/o/type" }],
  });
});

it("M-25 an object is sent in one way: as JSON or by brackets", async () => {
  const content = open({ o: strategy });
  for (const wire of [
    fields(["o", '{"type":"a"}'], ["o[type]", "b"]),
    fields(["o[type]", "b"], ["o", '{"type":"a"}']),
  ])
    expect(await send({ content }, wire)).toMatchObject({
      status: 400,
      errors: [{ code: "duplicate-part", part: { index: 1 } }],
    });
});

it("M-25 without `bracketNames` such names are names like all others", async () => {
  const options = { body: { bracketNames: false } };
  const wire = fields(["ints[]", "7"], ["o[type]", "a"]);
  const properties = { ints: integers, o: strategy };
  expect((await send({ content: open(properties), options }, wire)).value).toEqual({
    "ints[]": "7",
    "o[type]": "a",
  });
  expect(await send({ content: open(properties, closed), options }, wire)).toMatchObject({
    status: 400,
    errors: [
      { code: "unknown-property", pointer: "/ints[]" },
      { code: "unknown-property", pointer: "/o[type]" },
    ],
  });
});

it("M-25 brackets go no deeper than depthMax, and malformed ones mean nothing", async () => {
  const node = {
    type: "object",
    properties: { a: { $ref: "#/components/schemas/Node" }, n: integer },
  };
  const api = {
    content: open({ a: { $ref: "#/components/schemas/Node" } }, closed),
    components: { schemas: { Node: node } },
    options: { limits: { depthMax: 3 } },
  };
  expect(await send(api, fields(["a[a][n]", "1"]))).toMatchObject({
    value: { a: { a: { n: 1 } } },
  });
  for (const name of ["a[a][a][n]", "a[", "a[a", "a[a]n", "a[]", "[a]", "a[][n]"])
    expect(await send(api, fields([name, "1"])), name).toMatchObject({
      status: 400,
      errors: [{ code: "unknown-property" }],
    });
});

it("M-26 names of Object.prototype are own properties of the value and touch no prototype", async () => {
  const wire = fields(
    ["__proto__", "x"],
    ["constructor", "y"],
    ["o[__proto__]", "z"],
    ["o[a]", "1"],
  );
  const content = open({ o: { type: "object" } });
  const { value } = await send({ content }, wire);
  expect(Object.entries(value as object)).toEqual([
    ["__proto__", "x"],
    ["constructor", "y"],
    ["o", JSON.parse('{"__proto__":"z","a":"1"}')],
  ]);
  expect(Object.prototype).not.toHaveProperty("a");
  expect(await send({ content: open({ a: text }, closed) }, wire)).toMatchObject({ status: 400 });
});
