// T: delimiters, and the names in the headers of parts, as clients write them.
import { expect, it } from "vitest";
import { formContent, multipart, send, sendAll, type Wire } from "./wall.js";

const content = formContent({ a: { type: "string" }, f: {}, list: { type: "array", items: {} } });

function withBoundary(parameter: string, delimiter: string, ends = ["\r\n", "\r\n"]): Wire {
  const [end = "", closing = ""] = ends;
  const head = 'Content-Disposition: form-data; name="a"';
  return {
    type: `multipart/form-data${parameter}`,
    body: `--${delimiter}${end}${head}\r\n\r\n1\r\n--${delimiter}--${closing}`,
  };
}

it("T-01 the boundary is 1 to 70 characters, bare or quoted, in upper and lower case", async () => {
  const long = "x".repeat(70);
  const good = [
    ["; boundary=B", "B"],
    ['; charset=utf-8; BOUNDARY="a b"', "a b"],
    ['; boundary="\'()+_,-./:=?"', "'()+_,-./:=?"],
    ['; boundary="a\\"b"', 'a"b'],
    [`; boundary=${long}`, long],
  ] as const;
  for (const [parameter, delimiter] of good)
    expect(await send({ content }, withBoundary(parameter, delimiter)), parameter).toMatchObject({
      status: 200,
      value: { a: "1" },
    });
  const bad = ["", '; boundary=""', "; boundary=", `; boundary=${long}x`, '; boundary="a "'];
  for (const parameter of bad)
    expect(await send({ content }, withBoundary(parameter, "B")), parameter).toMatchObject({
      status: 400,
      errors: [{ code: "malformed-multipart" }],
    });
});

it("T-01 spaces and tabs may follow a delimiter on its line", async () => {
  for (const ends of [
    ["  \r\n", " \t\r\n"],
    ["\r\n", ""],
    ["\t\r\n", "\r\nepilogue --B\r\n"],
  ])
    expect(await send({ content }, withBoundary("; boundary=B", "B", ends))).toMatchObject({
      value: { a: "1" },
    });
});

it("T-01 what looks like a delimiter counts at the beginning of a line only", async () => {
  const wire = multipart([{ name: "a", body: "x --rule-7MA4YWxkTrZu0gW\r\n -- --\r\n--rule" }]);
  expect(await send({ content }, wire)).toMatchObject({
    value: { a: "x --rule-7MA4YWxkTrZu0gW\r\n -- --\r\n--rule" },
  });
  // With more behind it, it is another boundary's.
  const other = multipart([{ name: "a", body: "x\r\n--rule-7MA4YWxkTrZu0gWxy\r\nz" }]);
  expect(await send({ content }, other)).toMatchObject({
    value: { a: "x\r\n--rule-7MA4YWxkTrZu0gWxy\r\nz" },
  });
});

it("T-02 a body that ends too early is a 400 wherever it ends, and leaves nothing", async () => {
  const whole = multipart([
    { name: "a", body: "1" },
    { name: "f", filename: "f.bin", type: "application/x-thing", body: "octets" },
  ]);
  const octets = Buffer.from(whole.body ?? "");
  // The line end after the closing delimiter need not be there.
  const ends = Array.from({ length: octets.length - 3 }, (_, index) => index + 1);
  const wires = ends.map((end) => ({ ...whole, body: octets.subarray(0, end) }));
  const answers = await sendAll({ content }, wires);
  expect(answers.map(({ status, errors }) => [status, errors?.[0]])).toEqual(
    ends.map((end) => [400, expect.objectContaining({ code: "malformed-multipart", offset: end })]),
  );
});

it("T-03 a filename is never a path, has no controls, and is no device", async () => {
  const names = {
    "../../etc/passwd": "passwd",
    "/etc/passwd": "passwd",
    "C:\\Users\\x\\pic.png": "pic.png",
    "..\\..\\boot.ini": "boot.ini",
    "a\u0000b\u0007.png": "ab.png",
    "exe.\u202Egpj.scr": "exe.gpj.scr",
    "CON.txt": "_CON.txt",
    nul: "_nul",
    "..": "file",
    "dir/": "file",
    " ": "file",
  };
  for (const [sent, want] of Object.entries(names)) {
    const part = { name: "f", filename: sent.replaceAll("\\", "\\\\"), body: "x" };
    const answer = await send({ content }, multipart([part]));
    if (sent.includes("\u0000")) expect(answer, sent).toMatchObject({ status: 400 });
    else expect(answer, sent).toMatchObject({ value: { f: { file: "x", filename: want } } });
  }
});

function disposition(parameters: string): Wire {
  const headers = { "Content-Disposition": `form-data; name="f"${parameters}` };
  return multipart([{ headers, body: "x" }]);
}

it("T-04 filename wins over filename*, wherever they stand", async () => {
  const both = [
    "; filename=\"plain.txt\"; filename*=UTF-8''other.txt",
    "; filename*=UTF-8''other.txt; filename=\"plain.txt\"",
  ];
  for (const parameters of both)
    expect(await send({ content }, disposition(parameters))).toMatchObject({
      value: { f: { filename: "plain.txt" } },
    });
});

it("T-04 filename* alone is read, and a malformed one is a 400", async () => {
  const alone = disposition("; filename*=UTF-8'en'%C5%BElu%C5%A5.txt");
  expect(await send({ content }, alone)).toMatchObject({ value: { f: { filename: "žluť.txt" } } });
  for (const value of ["x", "UTF-8''%zz", "UTF-8''%ff", "koi8-r''a", "UTF-8'"])
    expect(await send({ content }, disposition(`; filename*=${value}`)), value).toMatchObject({
      status: 400,
      errors: [{ code: "malformed-header", part: { index: 0 } }],
    });
});

it("T-05 names are UTF-8 as they stand, and may have escaped quotes", async () => {
  const named = formContent({ "žluť 🐎": {}, 'a"b': {} });
  const wire = multipart([
    { name: "žluť 🐎", filename: "žluť.bin", body: "1" },
    { name: 'a\\"b', filename: 'c\\"d.bin', body: "2" },
  ]);
  expect(await send({ content: named }, wire)).toMatchObject({
    value: {
      "žluť 🐎": { file: "1", filename: "žluť.bin" },
      'a"b': { file: "2", filename: 'c"d.bin' },
    },
  });
});

const escaped = multipart([
  { name: "q%22", body: "1" },
  { name: "list", filename: "a%22b%0D%0A%25.bin", body: "2" },
]);
const quoted = formContent({ 'q"': { type: "integer" }, list: { type: "array", items: {} } });

it("T-05 %22, %0D and %0A stay as they came", async () => {
  expect((await send({ content: quoted }, escaped)).value).toEqual({
    "q%22": "1",
    list: [{ file: "2", filename: "a%22b%0D%0A%25.bin", mediaType: "text/plain" }],
  });
});

it("T-05 with `unescapeNames` they are what browsers mean, in names and file names, also of nested parts", async () => {
  const options = { body: { unescapeNames: true } };
  expect((await send({ content: quoted, options }, escaped)).value).toEqual({
    'q"': 1,
    // No line end is in a name that is kept; a % was never escaped.
    list: [{ file: "2", filename: 'a"b%25.bin', mediaType: "text/plain" }],
  });
  const inner = 'Content-Disposition: file; filename="c%22.bin"\r\n\r\n3';
  const nested = multipart([
    { name: "list", type: "multipart/mixed; boundary=in", body: `--in\r\n${inner}\r\n--in--` },
  ]);
  expect(await send({ content: quoted, options }, nested)).toMatchObject({
    value: { list: [{ file: "3", filename: 'c".bin' }] },
  });
});
