// M-28: a part that is a multipart/mixed body itself, as RFC 2388 had it for several files of one name.
import { expect, it } from "vitest";
import { formContent, multipart, send, type Wire } from "./wall.js";

const files = { type: "array", items: {} };
const texts = { type: "array", items: { type: "string" } };
const objects = { type: "array", items: { type: "object" } };
const mixed = "multipart/mixed; boundary=in";

function nested(name: string, parts: readonly (readonly [head: string, body: string])[]): Wire {
  const body = parts
    .map(([head, each]) => `--in\r\n${head}${head && "\r\n"}\r\n${each}\r\n`)
    .join("");
  return multipart([
    { name: "a", body: "before" },
    { name, type: mixed, body: `${body}--in--` },
    { name: "z", body: "after" },
  ]);
}

const file = (name: string): string =>
  `Content-Disposition: file; filename="${name}"\r\nContent-Type: application/x-thing`;

it("M-28 the parts of a multipart/mixed part are items of its array property, files and values", async () => {
  const wire = nested("list", [
    [file("1.bin"), "one"],
    [file("2.bin"), ""],
  ]);
  expect(await send({ content: formContent({ list: files }) }, wire)).toMatchObject({
    status: 200,
    value: {
      a: "before",
      list: [
        { file: "one", filename: "1.bin", mediaType: "application/x-thing" },
        { file: "", filename: "2.bin" },
      ],
      z: "after",
    },
  });
  const words = nested("list", [
    ["", "one"],
    ["Content-Type: text/plain", "two"],
  ]);
  expect(await send({ content: formContent({ list: texts }) }, words)).toMatchObject({
    value: { list: ["one", "two"] },
  });
  const json = nested("list", [["Content-Type: application/json", '{"a":1}']]);
  expect(await send({ content: formContent({ list: objects }) }, json)).toMatchObject({
    value: { list: [{ a: 1 }] },
  });
});

it("M-28 items of the nested body and parts of the form follow each other", async () => {
  const inner = `--in\r\n\r\ntwo\r\n--in\r\n\r\nthree\r\n--in--`;
  const wire = multipart([
    { name: "list", body: "one" },
    { name: "list", type: mixed, body: inner },
    { name: "list", body: "four" },
  ]);
  expect(await send({ content: formContent({ list: texts }) }, wire)).toMatchObject({
    value: { list: ["one", "two", "three", "four"] },
  });
});

it("M-28 a contentType of the Encoding Object is that of each item", async () => {
  const content = formContent({ list: files }, { list: { contentType: "image/png" } });
  expect(await send({ content }, nested("list", [[file("1.bin"), "one"]]))).toMatchObject({
    status: 400,
    errors: [
      { code: "part-type-not-allowed", pointer: "/list/0", part: { name: "list", index: 1 } },
    ],
  });
});

it("M-28 faults in a nested body have the place of the item and of the part around it", async () => {
  const content = formContent({ list: { type: "array", items: { type: "integer" } } });
  expect(
    await send(
      { content },
      nested("list", [
        ["", "1"],
        ["", "x"],
      ]),
    ),
  ).toMatchObject({
    status: 400,
    errors: [{ code: "invalid-value", pointer: "/list/1", part: { name: "list", index: 1 } }],
  });
  const broken = multipart([{ name: "list", type: mixed, body: "--in\r\n\r\n1\r\n" }]);
  expect(await send({ content }, broken)).toMatchObject({
    status: 400,
    errors: [{ code: "malformed-multipart", part: { name: "list", index: 0 } }],
  });
});

it("M-28 parts of nested bodies count with all others, and so do their files", async () => {
  const parts = [1, 2, 3].map((n) => [file(`${n}.bin`), "x"] as const);
  const content = formContent({ list: files });
  const few = (limits: object) => send({ content, options: { limits } }, nested("list", parts));
  expect(await few({ partsMax: 5, filesMax: 3 })).toMatchObject({ status: 200 });
  expect(await few({ partsMax: 4 })).toMatchObject({
    status: 413,
    errors: [{ code: "too-many-parts", limit: { name: "partsMax", value: 4 } }],
  });
  expect(await few({ filesMax: 2 })).toMatchObject({
    status: 413,
    errors: [{ code: "too-many-files", limit: { name: "filesMax", value: 2 } }],
  });
});

it("M-28 for a property that is no array, and with a filename, such a part is one file", async () => {
  const content = formContent({ mail: {}, list: files });
  const body = "--in\r\n\r\nhello\r\n--in--";
  const wire = multipart([
    { name: "mail", type: mixed, body },
    { name: "list", filename: "m.eml", type: mixed, body },
  ]);
  expect(await send({ content }, wire)).toMatchObject({
    status: 200,
    value: { mail: { file: body }, list: [{ file: body, filename: "m.eml" }] },
  });
});
