// M: parts of multipart bodies and their properties.
import { expect, it } from "vitest";
import { fields, formContent, multipart, send } from "./wall.js";

it("M-03 an array property is one part per item, all with its name, in order", async () => {
  const content = formContent({ ints: { type: "array", items: { type: "integer" } } });
  const answer = await send({ content }, fields(["ints", "7"], ["ints", "8"]));
  expect(answer).toMatchObject({ status: 200, value: { ints: [7, 8] } });
});

it("M-04 one part for an array property is an array of one", async () => {
  const content = formContent({ ints: { type: "array", items: { type: "integer" } } });
  expect(await send({ content }, fields(["ints", "7"]))).toMatchObject({ value: { ints: [7] } });
});

it("M-21 octets without a file name are a file all the same, where the schema says file", async () => {
  const content = formContent({ file: {} });
  const answer = await send({ content }, multipart([{ name: "file", body: "hello" }]));
  expect(answer).toMatchObject({ status: 200, value: { file: { file: "hello" } } });
});
