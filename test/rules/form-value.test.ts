// M: the value that the parts of a form make up together.
import { expect, it } from "vitest";
import {
  fields,
  findingsOf,
  formContent,
  json,
  jsonContent,
  multipart,
  send,
  urlencoded,
  urlencodedContent,
  type Api,
  type Part,
} from "./wall.js";

const text = { type: "string" };
const integer = { type: "integer" };
const versions = ["3.0.3", "3.1.1", "3.2.0"];
const file30 = { type: "string", format: "binary" };

it("M-02 multipart without a schema is an error of the document; its parts are handed on all the same", async () => {
  for (const openapi of versions) {
    const api: Api = { openapi, content: { "multipart/form-data": {} } };
    expect(findingsOf(api)).toEqual([
      "error form-without-schema /paths/~1take/post/requestBody/content/multipart~1form-data",
    ]);
    expect(await send(api, fields(["a", "1"]))).toMatchObject({ status: 200, value: { a: "1" } });
  }
});

function addressPart(city: string, n: string, type = "application/xml"): Part {
  return {
    name: "addresses",
    type,
    headers: { "X-N": n },
    body: `<addresses><city>${city}</city><no>5</no></addresses>`,
  };
}

it("M-05 contentType and headers of the Encoding Object count for each item", async () => {
  const address = { type: "object", properties: { city: text, no: integer } };
  const encoding = {
    addresses: {
      contentType: "application/xml",
      headers: { "X-N": { required: true, schema: integer } },
    },
  };
  const content = formContent({ addresses: { type: "array", items: address } }, encoding);
  for (const openapi of versions) {
    const api = { openapi, content };
    expect(
      await send(api, multipart([addressPart("A", "1"), addressPart("B", "2")])),
    ).toMatchObject({
      value: {
        addresses: [
          { city: "A", no: 5 },
          { city: "B", no: 5 },
        ],
      },
    });
    const wrong = multipart([addressPart("A", "x"), addressPart("B", "2", "application/json")]);
    expect(await send(api, wrong)).toMatchObject({
      status: 400,
      errors: [
        { code: "invalid-part-header", pointer: "/addresses/0", part: { index: 0 } },
        { code: "part-type-not-allowed", pointer: "/addresses/0", part: { index: 1 } },
      ],
    });
  }
});

it("M-06 arrays within the array, and objects, are one value a part, as JSON", async () => {
  const matrix = { type: "array", items: { type: "array", items: integer } };
  const content = formContent({ matrix, o: { type: "object", properties: { a: matrix } } });
  const wire = multipart([
    { name: "matrix", type: "application/json", body: "[1,2]" },
    { name: "matrix", body: "[3]" },
    { name: "o", body: '{"a":[[4],[]]}' },
  ]);
  for (const openapi of versions)
    expect(await send({ openapi, content }, wire)).toMatchObject({
      value: { matrix: [[1, 2], [3]], o: { a: [[4], []] } },
    });
  expect(await send({ openapi: "3.2.0", content }, fields(["matrix", "7"]))).toMatchObject({
    status: 400,
    errors: [{ code: "invalid-value", pointer: "/matrix/0" }],
  });
});

it("M-07 files may come before the fields that say what they are, and after them", async () => {
  const content = formContent({ metadata: { type: "object" }, file: {}, name: text });
  const parts = [
    { name: "file", filename: "f.bin", body: "octets" },
    { name: "metadata", type: "application/json", body: '{"a":1}' },
    { name: "name", body: "n" },
  ];
  const value = { file: { file: "octets", filename: "f.bin" }, metadata: { a: 1 }, name: "n" };
  for (const order of [parts, parts.toReversed(), [...parts.slice(1), ...parts.slice(0, 1)]])
    expect(await send({ content }, multipart(order))).toMatchObject({ status: 200, value });
});

it("M-09 an Encoding Object without its property has no effect: an error of the document to 3.1, a warning in 3.2", async () => {
  const encoding = { ghost: { contentType: "image/png", headers: { "X-A": { required: true } } } };
  const content = formContent({ a: text }, encoding);
  const severities = { "3.0.3": "error", "3.1.1": "error", "3.2.0": "warning" };
  for (const [openapi, severity] of Object.entries(severities)) {
    expect(findingsOf({ openapi, content })).toEqual([
      `${severity} encoding-without-property /paths/~1take/post/requestBody/content/multipart~1form-data/encoding/ghost`,
    ]);
    expect(await send({ openapi, content }, fields(["a", "1"], ["ghost", "x"]))).toMatchObject({
      status: 200,
      value: { a: "1", ghost: "x" },
    });
  }
});

it("M-10 `encoding` elsewhere than in forms has no effect, and is warned of", async () => {
  const [media] = Object.values(jsonContent({ a: integer }));
  const content = {
    "application/json": { ...media, encoding: { a: { contentType: "text/xml" } } },
  };
  for (const openapi of versions) {
    expect(findingsOf({ openapi, content })).toEqual([
      "warning encoding-ignored /paths/~1take/post/requestBody/content/application~1json/encoding/a",
    ]);
    expect(await send({ openapi, content }, json({ a: 1 }))).toMatchObject({ value: { a: 1 } });
  }
});

it("M-11 `encoding` of a response changes nothing: no answer here is multipart", async () => {
  const encoding = { a: { contentType: "image/png", headers: { "X-A": { required: true } } } };
  const response = { description: "", content: formContent({ a: text }, encoding) };
  for (const openapi of versions) {
    const requestBody = { content: formContent({ a: text }) };
    const api = { openapi, operation: { requestBody, responses: { 200: response } } };
    const at = "/paths/~1take/post/responses/200/content/multipart~1form-data/encoding/a";
    const told = openapi.startsWith("3.2") ? [] : [`warning encoding-ignored ${at}`];
    expect(findingsOf(api)).toEqual(told);
    expect(await send(api, fields(["a", "1"]))).toMatchObject({ status: 200, value: { a: "1" } });
  }
});

it("M-13 what a file is needed for is told at the end, with all other faults", async () => {
  const content = formContent({ f: {}, n: integer, s: { ...text, maxLength: 1 } }, undefined, {
    required: ["f", "n"],
  });
  expect(await send({ content }, fields(["s", "ab"]))).toMatchObject({
    status: 400,
    errors: [
      { code: "missing-property", pointer: "/f" },
      { code: "missing-property", pointer: "/n" },
      { code: "invalid-value", pointer: "/s", part: { name: "s", index: 0 } },
    ],
  });
});

it("M-13 minProperties, dependentRequired and if/then see the whole object", async () => {
  const more = {
    minProperties: 2,
    dependentRequired: { f: ["name"] },
    if: { properties: { kind: { const: "big" } }, required: ["kind"] },
    // oxlint-disable-next-line no-thenable
    then: { required: ["size"] },
  };
  const content = formContent({ f: {}, name: text, kind: text, size: integer }, undefined, more);
  const file = { name: "f", filename: "f", body: "x" };
  const errorsOf = async (...parts: { name: string; body: string }[]) =>
    ((await send({ content }, multipart(parts))).errors ?? []).map(
      ({ code, pointer }) => `${String(code)} ${String(pointer)}`,
    );
  expect(await errorsOf(file)).toEqual(["invalid-value ", "missing-property /name"]);
  expect(await errorsOf(file, { name: "kind", body: "big" })).toEqual([
    "missing-property /size",
    "missing-property /name",
  ]);
  expect(await errorsOf({ name: "name", body: "n" }, file)).toEqual([]);
});

const [base, more] = [
  { type: "object", required: ["n"], properties: { n: integer } },
  { properties: { file: file30, list: { type: "array", items: integer } } },
];

it("M-14 properties are found behind $ref and allOf of the root, and in branches of oneOf and anyOf", async () => {
  const components = {
    schemas: { Base: base, Whole: { allOf: [{ $ref: "#/components/schemas/Base" }, more] } },
  };
  const wire = multipart([
    { name: "n", body: "5" },
    { name: "list", body: "1" },
    { name: "file", filename: "f", body: "octets" },
  ]);
  const roots = [
    { $ref: "#/components/schemas/Whole" },
    { allOf: [{ $ref: "#/components/schemas/Base" }, more] },
    { type: "object", oneOf: [{ $ref: "#/components/schemas/Whole" }, { required: ["x"] }] },
    { type: "object", anyOf: [base, more] },
  ];
  for (const openapi of versions)
    for (const schema of roots) {
      const content = { "multipart/form-data": { schema } };
      expect(await send({ openapi, components, content }, wire)).toMatchObject({
        status: 200,
        value: { n: 5, list: [1], file: { file: "octets" } },
      });
    }
});

const withDefaults = {
  n: { ...integer, default: 7 },
  list: { type: "array", items: text, default: ["a"] },
  o: { type: "object", properties: { deep: { $ref: "#/components/schemas/Deep" } } },
  f: { contentMediaType: "application/octet-stream", default: "none" },
};
const components = { schemas: { Deep: { type: "boolean", default: true } } };

it("M-16 `default` is an annotation: what is missing stays missing", async () => {
  const api = { content: formContent(withDefaults), components };
  expect((await send(api, fields(["o", "{}"]))).value).toEqual({ o: {} });
});

it("M-16 with `applyDefaults` it stands for what is missing, in every style, but never for a file", async () => {
  const options = { body: { applyDefaults: true } };
  const content = {
    ...formContent(withDefaults),
    ...urlencodedContent(withDefaults),
    ...jsonContent(withDefaults),
  };
  const value = { n: 7, list: ["a"], o: { deep: true } };
  for (const wire of [fields(["o", "{}"]), urlencoded("o={}"), json({ o: {} })])
    expect((await send({ content, components, options }, wire)).value).toEqual(value);
  const given = fields(["n", "1"], ["list", "b"], ["o", '{"deep":false}']);
  expect((await send({ content, components, options }, given)).value).toEqual({
    n: 1,
    list: ["b"],
    o: { deep: false },
  });
});

it("M-16 a default fills what is required, and must fit as all else", async () => {
  const options = { body: { applyDefaults: true } };
  const properties = { n: { ...integer, default: 7 }, m: { ...integer, default: "no" } };
  const content = formContent(properties, undefined, { required: ["n"] });
  expect(await send({ content, options }, fields(["m", "1"]))).toMatchObject({ value: { n: 7 } });
  expect(await send({ content, options }, fields(["n", "1"]))).toMatchObject({
    status: 400,
    errors: [{ code: "invalid-value", pointer: "/m" }],
  });
});

it("M-16 a PATCH is given no defaults: what it leaves out stays as it is", async () => {
  const options = { body: { applyDefaults: true } };
  const api = { method: "PATCH", content: jsonContent({ n: withDefaults.n, m: integer }), options };
  expect((await send(api, json({ m: 1 }))).value).toEqual({ m: 1 });
});

it("M-27 named parts of other multipart types are read like those of form-data", async () => {
  const schema = { type: "object", required: ["n"], properties: { n: integer, file: file30 } };
  const parts = [
    { name: "n", body: "5" },
    { name: "file", filename: "f", body: "octets" },
  ];
  for (const openapi of ["3.0.3", "3.1.1"])
    for (const subtype of ["mixed", "related", "x-other"]) {
      const api = { openapi, content: { [`multipart/${subtype}`]: { schema } } };
      expect(await send(api, multipart(parts, subtype))).toMatchObject({
        value: { n: 5, file: { file: "octets" } },
      });
      expect(await send(api, multipart(parts.slice(1), subtype))).toMatchObject({
        status: 400,
        errors: [{ code: "missing-property", pointer: "/n" }],
      });
    }
});
