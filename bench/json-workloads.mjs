// JSON documents to measure with. Files stand where `spot` says; what is in each is known beforehand.
import { MiB, octets, whole } from "./octets.mjs";

const one = { properties: new Map([["file", { file: true }]]) };
const many = { properties: new Map([["files", { items: one }]]) };

/** `spot` and `files` tell the contenders where the files are, each in its way. */
export const workloads = [
  { name: "64 MiB of base64 in one value", quick: true, make: (scale) => oneFile(scale) },
  {
    name: "the same, `/` escaped as PHP does",
    make: (scale) => oneFile(scale, (text) => text.replaceAll("/", "\\/")),
  },
  {
    name: "the same, `+` escaped as .NET does",
    make: (scale) => oneFile(scale, (text) => text.replaceAll("+", "\\u002B")),
  },
  { name: "the same in 16 KiB", make: (scale) => ({ ...oneFile(scale), chunkBytes: 16_384 }) },
  { name: "1,000 values of 64 KiB", quick: true, make: manyFiles },
  { name: "40 records, no file", quick: true, warm: true, make: records },
  { name: "four fields, no file", warm: true, make: () => plain(person) },
];

const person = {
  name: "Douglas Hofstadter",
  bio: "Author of a book",
  age: 78,
  tags: ["x", "y"],
};

function oneFile(scale, escape = (text) => text) {
  const raw = octets(48 * MiB * scale); // 64 MiB of text
  const text = escape(JSON.stringify({ name: "a", file: raw.toString("base64") }));
  return {
    document: Buffer.from(text),
    chunkBytes: whole,
    spot: one,
    files: ({ file }) => [file],
    expected: { files: 1, octets: raw.length },
  };
}

function manyFiles(scale) {
  const raw = octets(65_536);
  const count = Math.round(1000 * scale);
  const value = {
    files: Array.from({ length: count }, (_, id) => ({ id, file: raw.toString("base64") })),
  };
  return {
    document: Buffer.from(JSON.stringify(value)),
    chunkBytes: whole,
    spot: many,
    files: ({ files }) => files.map(({ file }) => file),
    expected: { files: count, octets: count * raw.length },
  };
}

function records() {
  const address = { street: "Long Street", number: 10, city: "Zürich" };
  return plain(
    Array.from({ length: 40 }, (_, id) => ({
      id,
      name: `Person ${id}`,
      email: `person${id}@example.org`,
      tags: ["a", "bc", "def"],
      score: id * 1.5,
      active: id % 2 === 0,
      address,
    })),
  );
}

function plain(value) {
  const document = Buffer.from(JSON.stringify(value));
  return { document, chunkBytes: whole, expected: { value: JSON.stringify(value) } };
}
