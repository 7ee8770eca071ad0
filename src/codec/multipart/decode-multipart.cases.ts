// Bodies and what the iterator tells of them. Each is run whole and at every cut. `|` stands for CRLF.
import type { FaultCode, PartPlace } from "../../base/fault.js";
import type { DecodeMultipartOptions } from "./decode-multipart.js";

export interface IteratorCase {
  readonly name: string;
  /** Default: multipart/form-data with the boundary B. */
  readonly contentType?: string;
  readonly options?: Omit<DecodeMultipartOptions, "contentType">;
  readonly body: string | Uint8Array;
  /** Name, filename, text of each part that was read whole. */
  readonly parts: readonly (readonly [string | undefined, string | undefined, string])[];
  readonly fault?: {
    readonly code: FaultCode;
    readonly offset?: number;
    readonly part?: PartPlace;
    readonly limit?: string;
  };
}

const head = (parameters: string, ...more: string[]): string =>
  `--B|Content-Disposition: form-data; ${parameters}${more.map((each) => `|${each}`).join("")}||`;
const field = (name: string): string => head(`name="${name}"`);
const file = (name: string): string => head(`name="${name}"; filename="${name}.txt"`);
const transfer = (encoding: string): string =>
  head('name="a"', `Content-Transfer-Encoding: ${encoding}`);
const inA: PartPlace = { name: "a", index: 0, offset: 0 };

const nested = [
  head('name="files"', "Content-Type: Multipart/Mixed; boundary=C"),
  'preamble|--C|Content-Disposition: file; filename="1.txt"|Content-Type: text/plain||one|',
  '--C|Content-Disposition: attachment; filename="2.txt"|Content-Transfer-Encoding: base64||',
  "dHdv|--C--|epilogue|",
].join("");

const charset = (label: string, type = "text/plain"): Uint8Array =>
  Buffer.from(
    `${field("_charset_")}${label}|${head('name="a"', `Content-Type: ${type}`)}na\u00efve|--B--`.replaceAll(
      "|",
      "\r\n",
    ),
    "latin1",
  );

const nestedCases: readonly IteratorCase[] = [
  {
    name: "nested multipart/mixed: its parts under the outer name, in order",
    body: `${field("x")}0|${nested}${field("y")}3|--B--`,
    parts: [
      ["x", undefined, "0"],
      ["files", "1.txt", "one"],
      ["files", "2.txt", "two"],
      ["y", undefined, "3"],
    ],
  },
  {
    name: "nested multipart/mixed kept as it is",
    options: { flattenMixed: false },
    body: `${head('name="a"', "Content-Type: multipart/mixed; boundary=C")}--C||1|--C--|--B--`,
    parts: [["a", undefined, "--C||1|--C--"]],
  },
  {
    name: "a file that is multipart/mixed stays a file",
    body: `${head('name="a"; filename="m"', "Content-Type: multipart/mixed; boundary=C")}x|--B--`,
    parts: [["a", "m", "x"]],
  },
  {
    name: "another multipart type stays as it is",
    body: `${head('name="a"', "Content-Type: multipart/mixed-replace; boundary=C")}x|--B--`,
    parts: [["a", undefined, "x"]],
  },
  {
    name: "nested, without its closing delimiter",
    body: `${head('name="a"', "Content-Type: multipart/mixed; boundary=C")}--C||1|--B--`,
    parts: [],
    fault: { code: "malformed-multipart", offset: 100, part: { ...inA, offset: 92 } },
  },
  {
    name: "nested and empty",
    body: `${head('name="a"', "Content-Type: multipart/mixed; boundary=C")}|--B--`,
    parts: [],
    fault: { code: "malformed-multipart", offset: 0, part: inA },
  },
  {
    name: "nested, without boundary",
    body: `${head('name="a"', "Content-Type: multipart/mixed")}x|--B--`,
    parts: [],
    fault: { code: "malformed-multipart", part: inA },
  },
  {
    name: "nested, with a transfer encoding of its own",
    body: `${head('name="a"', "Content-Type: multipart/mixed; boundary=C", "Content-Transfer-Encoding: base64")}x|--B--`,
    parts: [],
    fault: { code: "malformed-encoding", offset: 0, part: inA },
  },
  {
    name: "nested, a header without colon",
    body: `${head('name="a"', "Content-Type: multipart/mixed; boundary=C")}--C|X||1|--C--|--B--`,
    parts: [],
    fault: { code: "malformed-header", offset: 97, part: { ...inA, offset: 92 } },
  },
  {
    name: "nested parts count",
    options: { limits: { filesMax: 1 } },
    body: `${nested}--B--`,
    parts: [["files", "1.txt", "one"]],
    fault: {
      code: "too-many-files",
      offset: 189,
      part: { name: "files", index: 0, offset: 189 },
      limit: "filesMax",
    },
  },
];

const encodings: readonly IteratorCase[] = [
  {
    name: "base64, in lines and without padding",
    body: `${transfer("BASE64")}aGVs|bG8|--B--`,
    parts: [["a", undefined, "hello"]],
  },
  {
    name: "quoted-printable",
    body: `${transfer("quoted-printable")}a=3Db=|c =C3=A9|--B--`,
    parts: [["a", undefined, "a=bc é"]],
  },
  {
    name: "7bit, 8bit and binary leave the body as it is",
    body: `${transfer("7bit")}=41|${transfer("8bit")}=42|${transfer("binary")}=43|--B--`,
    parts: [
      ["a", undefined, "=41"],
      ["a", undefined, "=42"],
      ["a", undefined, "=43"],
    ],
  },
  {
    name: "base64 kept",
    options: { transferEncoding: false },
    body: `${transfer("base64")}aGVsbG8=|--B--`,
    parts: [["a", undefined, "aGVsbG8="]],
  },
  {
    name: "no base64",
    body: `${transfer("base64")}aG!s|--B--`,
    parts: [],
    fault: { code: "malformed-encoding", offset: 86, part: inA },
  },
  {
    name: "base64 that stops short",
    body: `${transfer("base64")}aGVsb|--B--`,
    parts: [],
    fault: { code: "malformed-encoding", offset: 89, part: inA },
  },
  {
    name: "an unknown encoding",
    body: `${transfer("x-uue")}a|--B--`,
    parts: [],
    fault: { code: "malformed-encoding", offset: 0, part: inA },
  },
  {
    name: "a file's limit counts decoded octets",
    options: { limits: { fieldBytesMax: 5 } },
    body: `${transfer("base64")}aGVsbG8=|--B--`,
    parts: [["a", undefined, "hello"]],
  },
];

const texts: readonly IteratorCase[] = [
  {
    name: "_charset_",
    body: charset("iso-8859-1"),
    parts: [
      ["_charset_", undefined, "iso-8859-1"],
      ["a", undefined, "naïve"],
    ],
  },
  {
    name: "the part's own charset before _charset_",
    body: charset("utf-16", 'text/plain; charset="windows-1252"'),
    parts: [
      ["_charset_", undefined, "utf-16"],
      ["a", undefined, "naïve"],
    ],
  },
  {
    name: "octets that are no UTF-8",
    body: charset("utf-8"),
    parts: [["_charset_", undefined, "utf-8"]],
    fault: { code: "malformed-encoding", offset: 64, part: { name: "a", index: 1, offset: 64 } },
  },
  {
    name: "names unescaped",
    options: { unescapeNames: true },
    body: `${head('name="a%22%0d%0A%41"; filename="%22%25"')}x|--B--`,
    parts: [['a"\r\n%41', '"%25', "x"]],
  },
  {
    name: "a Windows path as it stands",
    body: `${head(String.raw`name="a"; filename="C:\dir\a.png"`)}x|--B--`,
    parts: [["a", String.raw`C:\dir\a.png`, "x"]],
  },
];

const limited: readonly IteratorCase[] = [
  {
    name: "parts",
    options: { limits: { partsMax: 1 } },
    body: `${field("a")}1|${file("b")}2|--B--`,
    parts: [["a", undefined, "1"]],
    fault: { code: "too-many-parts", offset: 52, limit: "partsMax" },
  },
  {
    name: "fields",
    options: { limits: { fieldsMax: 1 } },
    body: `${field("a")}1|${file("b")}2|${field("c")}3|--B--`,
    parts: [
      ["a", undefined, "1"],
      ["b", "b.txt", "2"],
    ],
    fault: {
      code: "too-many-fields",
      offset: 122,
      part: { name: "c", index: 2, offset: 122 },
      limit: "fieldsMax",
    },
  },
  {
    name: "files",
    options: { limits: { filesMax: 1 }, isFile: ({ name }) => name !== "x" },
    body: `${file("x")}1|${field("a")}2|${field("b")}3|--B--`,
    parts: [
      ["x", "x.txt", "1"],
      ["a", undefined, "2"],
    ],
    fault: {
      code: "too-many-files",
      offset: 122,
      part: { name: "b", index: 2, offset: 122 },
      limit: "filesMax",
    },
  },
  {
    name: "a name",
    options: { limits: { nameBytesMax: 2 } },
    body: `${field("abc")}1|--B--`,
    parts: [],
    fault: {
      code: "name-too-long",
      offset: 5,
      part: { index: 0, offset: 0 },
      limit: "nameBytesMax",
    },
  },
  {
    name: "a field, and one as large as may be",
    options: { limits: { fieldBytesMax: 3 } },
    body: `${field("a")}123|${field("b")}1234|--B--`,
    parts: [["a", undefined, "123"]],
    fault: {
      code: "field-too-large",
      offset: 106,
      part: { name: "b", index: 1, offset: 54 },
      limit: "fieldBytesMax",
    },
  },
  {
    name: "a file",
    options: { limits: { fieldBytesMax: 1, fileBytesMax: 3 } },
    body: `${file("a")}1234|--B--`,
    parts: [],
    fault: { code: "file-too-large", offset: 70, part: inA, limit: "fileBytesMax" },
  },
  {
    name: "octets of headers",
    options: { limits: { headerBytesMax: 43 } },
    body: `${field("a")}1|--B--`,
    parts: [],
    fault: {
      code: "header-too-large",
      offset: 48,
      part: { index: 0, offset: 0 },
      limit: "headerBytesMax",
    },
  },
  {
    name: "header lines",
    options: { limits: { headersMax: 1 } },
    body: `${head('name="a"', "X: 1")}1|--B--`,
    parts: [],
    fault: {
      code: "header-too-large",
      offset: 47,
      part: { index: 0, offset: 0 },
      limit: "headersMax",
    },
  },
  {
    name: "octets of the whole",
    options: { limits: { bodyBytesMax: 60 } },
    body: `${field("a")}1|${field("b")}2|--B--`,
    parts: [["a", undefined, "1"]],
    fault: { code: "body-too-large", offset: 60, limit: "bodyBytesMax" },
  },
  {
    name: "octets of the whole, as many as may be",
    options: { limits: { bodyBytesMax: 57 } },
    body: `${field("a")}1|--B--`,
    parts: [["a", undefined, "1"]],
  },
];

const subtypes: readonly IteratorCase[] = [
  {
    name: "multipart/mixed: no names, nested bodies as they are",
    contentType: "multipart/mixed; boundary=B",
    body: "--B||1|--B|Content-Type: multipart/mixed; boundary=C||--C--|--B--",
    parts: [
      [undefined, undefined, "1"],
      [undefined, undefined, "--C--"],
    ],
  },
  {
    name: "multipart/related with a start that no part has",
    contentType: 'multipart/related; boundary=B; start="<x>"',
    body: "--B|Content-ID: <y>||1|--B--",
    parts: [[undefined, undefined, "1"]],
    fault: { code: "malformed-multipart" },
  },
  {
    name: "a body that ends in a part",
    body: `${field("a")}1|${field("b")}2`,
    parts: [["a", undefined, "1"]],
    fault: { code: "malformed-multipart", offset: 102, part: { name: "b", index: 1, offset: 52 } },
  },
];

export const iteratorCases: readonly IteratorCase[] = [
  ...nestedCases,
  ...encodings,
  ...texts,
  ...limited,
  ...subtypes,
];
