// M: the value that one part stands for, and when it stands for none.
import { expect, it } from "vitest";
import {
  fields,
  formContent,
  multipart,
  send,
  urlencoded,
  urlencodedContent,
  type Wire,
} from "./wall.js";

const text = { type: "string" };
const integer = { type: "integer" };

it("M-17 a part that is missing is absent from the value, and null is never made of it", async () => {
  const content = formContent({ a: text, n: { type: ["integer", "null"] } });
  expect((await send({ content }, fields(["a", "1"]))).value).toEqual({ a: "1" });
});

const nullable = {
  n: { type: ["integer", "null"] },
  b: { anyOf: [{ type: "boolean" }, { type: "null" }] },
  o: { type: ["object", "null"] },
  s: text,
  both: { type: ["string", "null"] },
};
const emptied = ["n", "b", "o", "s", "both"] as const;
const empties = { n: null, b: null, o: null, s: "", both: "" };

it("M-17 an empty part is null where null is allowed and no string is", async () => {
  const wire = fields(...emptied.map((name) => [name, ""] as const));
  expect((await send({ content: formContent(nullable) }, wire)).value).toEqual(empties);
  const pairs = urlencoded(emptied.map((name) => `${name}=`).join("&"));
  expect((await send({ content: urlencodedContent(nullable) }, pairs)).value).toEqual(empties);
  const properties = { n: { ...integer, nullable: true } };
  const api = { openapi: "3.0.3", content: formContent(properties) };
  expect((await send(api, fields(["n", ""]))).value).toEqual({ n: null });
});

it("M-17 without `emptyAsNull` an empty part is a fault there", async () => {
  const options = { body: { emptyAsNull: false } };
  const wire = fields(...emptied.map((name) => [name, ""] as const));
  expect(await send({ content: formContent(nullable), options }, wire)).toMatchObject({
    status: 400,
    errors: [
      { code: "invalid-value", pointer: "/n", part: { index: 0 } },
      { code: "invalid-value", pointer: "/b", part: { index: 1 } },
      { code: "malformed-json", pointer: "/o", part: { index: 2 } },
    ],
  });
});

it("M-17 an empty part for what may not be null is a fault", async () => {
  const content = formContent({ n: integer, o: { type: "object" } });
  expect(await send({ content }, fields(["n", ""], ["o", ""]))).toMatchObject({
    status: 400,
    errors: [
      { code: "invalid-value", pointer: "/n" },
      { code: "malformed-json", pointer: "/o" },
    ],
  });
});

it("M-18 text becomes a number or a boolean only by the schema, and by the grammar of JSON", async () => {
  const properties = {
    n: { type: "number" },
    i: integer,
    b: { type: "boolean" },
    s: text,
    any: {},
  };
  const content = formContent(properties, { any: { contentType: "text/plain" } });
  const good = fields(["n", "-1.5e3"], ["i", "5"], ["b", "true"], ["s", "123"]);
  expect((await send({ content }, good)).value).toEqual({ n: -1500, i: 5, b: true, s: "123" });
  const numbers = [
    "0x5",
    "5 ",
    " 5",
    "+5",
    "05",
    ".5",
    "5.",
    "1_000",
    "1,5",
    "NaN",
    "Infinity",
    "٥",
  ];
  for (const body of numbers)
    expect(await send({ content }, fields(["n", body])), body).toMatchObject({
      status: 400,
      errors: [{ code: "invalid-value", pointer: "/n", part: { name: "n", index: 0 } }],
    });
  for (const body of ["True", "TRUE", "1", "yes", "on"])
    expect(await send({ content }, fields(["b", body])), body).toMatchObject({ status: 400 });
  expect(await send({ content }, fields(["i", "5.5"]))).toMatchObject({ status: 400 });
});

it("M-18 where a string is allowed too, text stays text", async () => {
  const content = formContent({ u: { type: ["string", "integer"] }, e: { enum: ["1", "2"] } });
  expect((await send({ content }, fields(["u", "5"], ["e", "1"]))).value).toEqual({
    u: "5",
    e: "1",
  });
});

it("M-19 a part without Content-Type is UTF-8 text, and JSON where the schema is an object or array of them", async () => {
  const content = formContent({
    metadata: { type: "object" },
    list: { type: "array", items: { type: "object" } },
    s: text,
  });
  const wire = fields(["metadata", '{"ž":"ľ"}'], ["list", '{"a":1}'], ["s", "žluť 🐎"]);
  expect((await send({ content }, wire)).value).toEqual({
    metadata: { ž: "ľ" },
    list: [{ a: 1 }],
    s: "žluť 🐎",
  });
  const broken = await send({ content }, fields(["metadata", "[object Object]"]));
  expect(broken).toMatchObject({
    status: 400,
    errors: [{ code: "malformed-json", pointer: "/metadata", part: { name: "metadata" } }],
  });
  const latin = multipart([{ name: "s", body: Buffer.from("\xfc", "latin1") }]);
  expect(await send({ content }, latin)).toMatchObject({
    status: 400,
    errors: [{ code: "malformed-encoding", pointer: "/s" }],
  });
});

it("M-20 a filename makes no file of a value", async () => {
  const content = formContent({ metadata: { type: "object" }, s: text, n: integer });
  const wire = multipart([
    { name: "metadata", filename: "blob", type: "application/json", body: '{"a":1}' },
    { name: "s", filename: "blob", type: "text/plain", body: "text" },
    { name: "n", filename: "n.txt", body: "5" },
  ]);
  expect((await send({ content }, wire)).value).toEqual({ metadata: { a: 1 }, s: "text", n: 5 });
});

it("M-22 a file without Content-Type is what the Encoding Object says by default", async () => {
  const content = formContent({ f: {}, png: {} }, { png: { contentType: "application/x-thing" } });
  const wire = multipart([
    { name: "f", filename: "f.bin", body: "\x00\x01octets" },
    { name: "png", filename: "p", body: "\x00\x01octets" },
  ]);
  expect(await send({ content }, wire)).toMatchObject({
    status: 200,
    value: {
      f: { file: "\x00\x01octets", mediaType: "application/octet-stream" },
      png: { file: "\x00\x01octets" },
    },
  });
});

function typedFile(type: string): Wire {
  return multipart([{ name: "f", filename: "f", type, body: "\x00x" }]);
}

it("M-22 application/octet-stream says nothing of a file, and is met by any contentType", async () => {
  const content = formContent({ f: {} }, { f: { contentType: "application/x-thing" } });
  expect(await send({ content }, typedFile("application/octet-stream"))).toMatchObject({
    status: 200,
  });
  expect(await send({ content }, typedFile("application/x-other"))).toMatchObject({
    status: 400,
    errors: [{ code: "part-type-not-allowed", pointer: "/f" }],
  });
});

const noFile = { name: "f", filename: "", type: "application/octet-stream", body: "" };
const some = { name: "f", filename: "a.bin", body: "x" };

it("M-23 an empty file input of an HTML form is no file", async () => {
  const content = formContent({ f: {}, a: text });
  const wire = multipart([noFile, { name: "a", body: "1" }]);
  expect((await send({ content }, wire)).value).toEqual({ a: "1" });
  const required = formContent({ f: {} }, undefined, { required: ["f"] });
  expect(await send({ content: required }, multipart([noFile]))).toMatchObject({
    status: 400,
    errors: [{ code: "missing-property", pointer: "/f" }],
  });
  const many = formContent({ f: { type: "array", items: {} } });
  expect(await send({ content: many }, multipart([noFile, some]))).toMatchObject({
    value: { f: [{ file: "x", filename: "a.bin" }] },
  });
});

it("M-23 an empty file with a name, or without filename, is an empty file", async () => {
  const content = formContent({ f: {}, g: {} });
  const wire = multipart([
    { ...noFile, filename: "empty.bin" },
    { name: "g", body: "" },
  ]);
  expect(await send({ content }, wire)).toMatchObject({
    value: { f: { file: "", filename: "empty.bin" }, g: { file: "" } },
  });
});

it("M-23 without `emptyInputIsAbsent` it is an empty file as well", async () => {
  const options = { body: { emptyInputIsAbsent: false } };
  const content = formContent({ f: {} }, undefined, { required: ["f"] });
  expect(await send({ content, options }, multipart([noFile]))).toMatchObject({
    status: 200,
    value: { f: { file: "" } },
  });
});
