// Bodies and what they hold. Every case is run whole and at every cut. `|` stands for CRLF, text is
// UTF-8; a body that needs octets of its own is given as such.
import type { FaultCode, PartPlace } from "../../base/fault.js";
import type { MultipartDecoderOptions } from "./multipart-decoder.js";

export interface PartWanted {
  readonly name?: string | undefined;
  readonly filename?: string;
  readonly mediaType?: string;
  readonly transferEncoding?: string;
  readonly disposition?: string;
  readonly offset?: number;
  /** UTF-8. */
  readonly data: string;
  /** False where the fault came before the end of the part. */
  readonly ended?: boolean;
}

export interface MultipartCase {
  readonly name: string;
  readonly body: string | Uint8Array;
  readonly options?: Partial<Omit<MultipartDecoderOptions, "handler" | "limits">> & {
    readonly limits?: Partial<MultipartDecoderOptions["limits"]>;
  };
  readonly parts: readonly PartWanted[];
  readonly fault?: {
    readonly code: FaultCode;
    readonly offset: number;
    readonly part?: PartPlace;
    readonly limit?: string;
  };
}

const field = (name: string): string => `Content-Disposition: form-data; name="${name}"||`;
const disposition = (parameters: string): string =>
  `--B|Content-Disposition: form-data; ${parameters}||x|--B--|`;

/** A body of one part with these parameters, or the fault of it. */
function parameterCase(
  name: string,
  parameters: string,
  want: Omit<PartWanted, "data">,
): MultipartCase {
  return { name, body: disposition(parameters), parts: [{ ...want, data: "x" }] };
}

function malformedHeader(name: string, header: string, at = 5): MultipartCase {
  const place = { index: 0, offset: 0 };
  const fault = { code: "malformed-header", offset: at, part: place } as const;
  return { name, body: `--B|${header}||x|--B--|`, parts: [], fault };
}

const inFirst = { index: 0, offset: 0 };
const inA = { index: 0, offset: 0, name: "a" };

const wellFormed: readonly MultipartCase[] = [
  {
    name: "a field",
    body: `--B|${field("a")}1|--B--|`,
    parts: [{ name: "a", disposition: "form-data", offset: 0, data: "1" }],
  },
  {
    name: "equal names, in order",
    body: `--B|${field("a")}1|--B|${field("a")}2|--B--|`,
    parts: [
      { name: "a", data: "1", offset: 0 },
      { name: "a", data: "2", offset: 52 },
    ],
  },
  {
    name: "the guide's example",
    options: { boundary: "--------------------------1234567890" },
    body: `----------------------------1234567890|Content-Disposition: form-data; name="metadata"|Content-Type: application/json||{|"name": "My PDF Document",|"recipients": [|"andy@example.com",|"sarah@example.com"|]|}|----------------------------1234567890|Content-Disposition: form-data; name="description"||This is a long form text field which can also be sent if JSON is not your thing.|----------------------------1234567890|Content-Disposition: form-data; name="file"; filename="document.pdf"|Content-Type: application/octet-stream||[base64 encoded PDF file data]|----------------------------1234567890--|`,
    parts: [
      {
        name: "metadata",
        mediaType: "application/json",
        data: '{|"name": "My PDF Document",|"recipients": [|"andy@example.com",|"sarah@example.com"|]|}',
      },
      {
        name: "description",
        data: "This is a long form text field which can also be sent if JSON is not your thing.",
      },
      {
        name: "file",
        filename: "document.pdf",
        mediaType: "application/octet-stream",
        data: "[base64 encoded PDF file data]",
      },
    ],
  },
  {
    name: "no parts at all",
    body: "--B--|",
    parts: [],
  },
  {
    name: "an empty part: blank line, then CRLF and the delimiter",
    body: `--B|${field("a")}|--B--|`,
    parts: [{ name: "a", data: "" }],
  },
  {
    name: "an absent body: the blank line's CRLF is the delimiter's",
    body: `--B|${field("a")}--B|${field("b")}--B--`,
    parts: [
      { name: "a", data: "" },
      { name: "b", data: "" },
    ],
  },
  {
    name: "no CRLF after the closing delimiter",
    body: `--B|${field("a")}1|--B--`,
    parts: [{ name: "a", data: "1" }],
  },
  {
    name: "a CR and no LF after the closing delimiter",
    body: `--B|${field("a")}1|--B--\r`,
    parts: [{ name: "a", data: "1" }],
  },
  {
    name: "preamble and epilogue, with things like delimiters in them",
    body: `hello --B|-|--Bx|--B|${field("a")}1|--B--|bye|--B|Content|--B--|`,
    parts: [{ name: "a", data: "1", offset: 20 }],
  },
  {
    name: "a preamble of one CRLF",
    body: `|--B|${field("a")}1|--B--|`,
    parts: [{ name: "a", data: "1", offset: 2 }],
  },
  {
    name: "padding on delimiter lines",
    body: `--B \t |${field("a")}1|--B\t|${field("b")}2|--B-- \t|`,
    parts: [
      { name: "a", data: "1" },
      { name: "b", data: "2" },
    ],
  },
  {
    name: "padding after the closing delimiter and no line end",
    body: `--B|${field("a")}1|--B--  `,
    parts: [{ name: "a", data: "1" }],
  },
  {
    name: "a longer boundary in the data",
    body: `--B|${field("a")}1|--Bx|--B2|--B--x|--B -|--B--|`,
    parts: [{ name: "a", data: "1|--Bx|--B2|--B--x|--B -" }],
  },
  {
    name: "dashes that are almost the end",
    body: `--B|${field("a")}1|--B-|--B-x|--B---|--B- |--B--\rx|--B--|`,
    parts: [{ name: "a", data: "1|--B-|--B-x|--B---|--B- |--B--\rx" }],
  },
  {
    name: "a delimiter where headers should be",
    body: `--B|${field("a")}|--B |--B|${field("b")}|--B--|`,
    parts: [{ name: "a", data: "" }],
    fault: { code: "malformed-header", offset: 57, part: { index: 1, offset: 51 } },
  },
  {
    name: "CR, LF and dashes in every wrong order",
    body: `--B|${field("a")}\r\r\n\n\r\n-\r\n--\r\n-B\n--B\r--B--B\r\r|--\r|--B\r\r|--B--|`,
    parts: [{ name: "a", data: "\r\r\n\n\r\n-\r\n--\r\n-B\n--B\r--B--B\r\r|--\r|--B\r\r" }],
  },
  {
    name: "data that begins like a delimiter",
    body: `--B|${field("a")}--|--Bx|--B--|`,
    parts: [{ name: "a", data: "--|--Bx" }],
  },
  {
    name: "padding without end is data",
    body: `--B|${field("a")}1|--B${" ".repeat(33)}|2|--B--|`,
    parts: [{ name: "a", data: `1|--B${" ".repeat(33)}|2` }],
  },
  {
    name: "as much padding as may be",
    body: `--B|${field("a")}1|--B${" ".repeat(32)}|${field("b")}2|--B--|`,
    parts: [
      { name: "a", data: "1" },
      { name: "b", data: "2" },
    ],
  },
  {
    name: "a boundary with spaces, dashes and marks inside",
    options: { boundary: "--a b'()+_,-./:=?--" },
    body: `----a b'()+_,-./:=?--|${field("a")}1|----a b'()+_,-./:=?|----a b'()+_,-./:=?----|`,
    parts: [{ name: "a", data: "1|----a b'()+_,-./:=?" }],
  },
  {
    name: "a boundary of one dash",
    options: { boundary: "-" },
    body: `---|${field("a")}-|--|----|-----|`,
    parts: [{ name: "a", data: "-|--|----" }],
  },
  {
    name: "a boundary of 70 characters",
    options: { boundary: "-".repeat(69).concat("x") },
    body: `--${"-".repeat(69)}x|${field("a")}|${"-".repeat(70)}x|--${"-".repeat(69)}x--|`,
    parts: [{ name: "a", data: `|${"-".repeat(70)}x` }],
  },
  {
    name: "a boundary that repeats itself",
    options: { boundary: "abab" },
    body: `--abab|${field("a")}|--aba|--ab--abab|--ababab|--abab--|`,
    parts: [{ name: "a", data: "|--aba|--ab--abab|--ababab" }],
  },
  {
    name: "every octet",
    body: bytesCase(),
    parts: [{ name: "a", data: Buffer.from(everyOctet()).toString() }],
  },
  {
    name: "a part longer than the search without native calls",
    body: `--B|${field("a")}${"a|--b".repeat(2000)}|--B|${field("b")}2|--B--|`,
    parts: [
      { name: "a", data: "a|--b".repeat(2000) },
      { name: "b", data: "2" },
    ],
  },
];

const heads: readonly MultipartCase[] = [
  {
    name: "header names in any case, values trimmed, a type",
    body: `--B|CONTENT-disposition:form-data ; Name=a;FILENAME="x.txt"  |content-TYPE:  text/plain; charset=utf-8\t|Content-Transfer-Encoding: BASE64|X-Other: 1||x|--B--|`,
    parts: [
      {
        name: "a",
        filename: "x.txt",
        mediaType: "text/plain; charset=utf-8",
        transferEncoding: "base64",
        data: "x",
      },
    ],
  },
  {
    name: "folded headers",
    body: `--B|Content-Disposition: form-data;|  name="a";|\tfilename="b c"|Content-Type:| text/plain||x|--B--|`,
    parts: [{ name: "a", filename: "b c", mediaType: "text/plain", data: "x" }],
  },
  {
    name: "the usual two headers, with blanks around the type",
    body: `--B|Content-Disposition: form-data; name="a"; filename="b"|Content-Type:  text/plain \t||x|--B|Content-Disposition: form-data; name="c"|Content-Type: ||y|--B--|`,
    parts: [
      { name: "a", filename: "b", mediaType: "text/plain", data: "x" },
      { name: "c", mediaType: "", data: "y" },
    ],
  },
  parameterCase("an empty name", 'name=""', { name: "" }),
  parameterCase("an empty filename is one", 'name="a"; filename=""', { name: "a", filename: "" }),
  parameterCase("names in UTF-8", 'name="žluť"; filename="🐎 à.bin"', {
    name: "žluť",
    filename: "🐎 à.bin",
  }),
  parameterCase("UTF-8 that ends in A0, unquoted", "filename=à; name=à", {
    name: "à",
    filename: "à",
  }),
  {
    name: "names in ISO 8859-1",
    body: Buffer.from(disposition('name="na\u00efve"').replaceAll("|", "\r\n"), "latin1"),
    parts: [{ name: "naïve", data: "x" }],
  },
  parameterCase("what browsers escape stays", 'name="a%22b%0D%0A"; filename="%22"', {
    name: "a%22b%0D%0A",
    filename: "%22",
  }),
  parameterCase("escaped quotes and backslashes", 'name="a\\"b"; filename="\\\\\\";x=\\""', {
    name: 'a"b',
    filename: '\\";x="',
  }),
  parameterCase("a Windows path", 'name="a"; filename="C:\\dir\\new.txt"', {
    name: "a",
    filename: "C:\\dir\\new.txt",
  }),
  parameterCase("a name that a browser ends in a backslash", 'name="a"; filename="b\\"', {
    name: "a",
    filename: "b\\",
  }),
  parameterCase("semicolons and equals signs in quotes", 'name="a; filename=b"; x="="', {
    name: "a; filename=b",
  }),
  parameterCase("unquoted values, spaces inside", "name=a b ; filename= c d.txt;", {
    name: "a b",
    filename: "c d.txt",
  }),
  parameterCase("semicolons too many", ';; name="a";;', { name: "a" }),
  parameterCase("a filename* alone", "name=a; filename*=UTF-8''na%C3%AFve%20x.txt", {
    name: "a",
    filename: "naïve x.txt",
  }),
  parameterCase("a filename* in ISO 8859-1", "name=a; filename*=iso-8859-1'en'na%EFve", {
    name: "a",
    filename: "naïve",
  }),
  parameterCase("a filename* in US-ASCII", "name=a; filename*=us-ascii'en'a%20b", {
    name: "a",
    filename: "a b",
  }),
  parameterCase("filename wins over filename*", "name=a; filename*=utf-8''b; filename=c", {
    name: "a",
    filename: "c",
  }),
  parameterCase("a name* alone, as old urllib3 wrote it", "name*=utf-8''%C3%A9", { name: "é" }),
  parameterCase(
    "a filename in pieces",
    "name=a; filename*1=\"%62\"; filename*0*=utf-8''%C3%A9; filename*2*=%63",
    { name: "a", filename: "é%62c" },
  ),
  parameterCase("a filename in plain pieces", 'name=a; filename*0="b%20"; filename*1=c', {
    name: "a",
    filename: "b%20c",
  }),
  parameterCase("names of every object's properties", 'name="__proto__"; constructor=x', {
    name: "__proto__",
  }),
  {
    name: "multipart/mixed needs no disposition",
    options: { subtype: "mixed" },
    body: "--B|Content-Type: text/plain||1|--B||2|--B|Content-Disposition: attachment; filename=c||3|--B--|",
    parts: [
      { name: undefined, disposition: "", mediaType: "text/plain", data: "1" },
      { name: undefined, disposition: "", data: "2" },
      { name: undefined, disposition: "attachment", filename: "c", data: "3" },
    ],
  },
];

const faulty: readonly MultipartCase[] = [
  malformedHeader("no colon", "Content-Disposition"),
  malformedHeader(
    "a delimiter among the headers",
    'Content-Disposition: form-data; name="a"|--B',
    47,
  ),
  malformedHeader("a header name that begins with a space (CVE-2022-24434)", " X: 1"),
  malformedHeader("a space before the colon", "Content-Disposition : form-data; name=a"),
  malformedHeader("an empty header name", ": 1"),
  malformedHeader("a NUL", "X: a\0b", 9),
  malformedHeader("a bare CR", "X: a\rb", 9),
  malformedHeader("a bare CR before a CRLF", "X: a\r|Y: b", 9),
  malformedHeader("a bare LF", "X: a\nY: b", 9),
  malformedHeader("another disposition", "Content-Disposition: attachment; name=a"),
  malformedHeader("a disposition without type", 'Content-Disposition: name="a"'),
  malformedHeader(
    "two dispositions",
    "Content-Disposition: form-data; name=a|content-disposition: form-data; name=b",
    45,
  ),
  malformedHeader("two types", "Content-Type: a/b|Content-Type: a/c", 24),
  malformedHeader("two names", "Content-Disposition: form-data; name=a; name=b"),
  malformedHeader("no end of the quotes", 'X: 1|Content-Disposition: form-data; name="a', 11),
  malformedHeader("rubbish after the quotes", 'Content-Disposition: form-data; name="a"b'),
  malformedHeader("an unquoted value that is empty", "Content-Disposition: form-data; name="),
  malformedHeader("a parameter without value", "Content-Disposition: form-data; name"),
  malformedHeader("a quote within a token", 'Content-Disposition: form-data; name=a"b"'),
  malformedHeader(
    "a filename* without charset (CVE-2026-8162)",
    "Content-Disposition: form-data; name=a; filename*=x",
  ),
  malformedHeader(
    "a filename* with half an escape",
    "Content-Disposition: form-data; name=a; filename*=utf-8''%4",
  ),
  malformedHeader(
    "a filename* that is no UTF-8, beside a filename",
    "Content-Disposition: form-data; name=a; filename=b; filename*=utf-8''%ff",
  ),
  malformedHeader(
    "a filename* in US-ASCII that is none",
    "Content-Disposition: form-data; name=a; filename*=us-ascii''%e9",
  ),
  malformedHeader(
    "a filename* of unknown charset",
    "Content-Disposition: form-data; name=a; filename*=utf-7''a",
  ),
  {
    name: "no disposition",
    body: "--B|Content-Type: text/plain||x|--B--|",
    parts: [],
    fault: { code: "part-without-name", offset: 5, part: inFirst },
  },
  {
    name: "no headers",
    body: "--B||x|--B--|",
    parts: [],
    fault: { code: "part-without-name", offset: 5, part: inFirst },
  },
  {
    name: "no name, after a good part",
    body: `--B|${field("a")}1|--B|Content-Disposition: form-data||x|--B--|`,
    parts: [{ name: "a", data: "1" }],
    fault: { code: "part-without-name", offset: 57, part: { index: 1, offset: 52 } },
  },
  {
    name: "an empty body",
    body: "",
    parts: [],
    fault: { code: "malformed-multipart", offset: 0 },
  },
  {
    name: "another boundary than announced",
    body: `--C|${field("a")}1|--C--|`,
    parts: [],
    fault: { code: "malformed-multipart", offset: 59 },
  },
  {
    name: "cut in the headers",
    body: "--B|Content-Dis",
    parts: [],
    fault: { code: "malformed-multipart", offset: 16, part: inFirst },
  },
  {
    name: "cut in the data, in what may be the end",
    body: `--B|${field("a")}1|--B-`,
    parts: [{ name: "a", data: "1", ended: false }],
    fault: { code: "malformed-multipart", offset: 56, part: inA },
  },
  {
    name: "cut after a delimiter that may be padded",
    body: `--B|${field("a")}1|--B  `,
    parts: [{ name: "a", data: "1", ended: false }],
    fault: { code: "malformed-multipart", offset: 57, part: inA },
  },
  {
    name: "bare LFs are data and no lines",
    body: `--B|${field("a")}1\n--B--\n`,
    parts: [{ name: "a", data: "1\n--B--\n", ended: false }],
    fault: { code: "malformed-multipart", offset: 57, part: inA },
  },
];

const limited: readonly MultipartCase[] = [
  {
    name: "as many parts as may be",
    options: { limits: { partsMax: 2 } },
    body: `--B|${field("a")}1|--B|${field("b")}2|--B--|`,
    parts: [
      { name: "a", data: "1" },
      { name: "b", data: "2" },
    ],
  },
  {
    name: "one part too many",
    options: { limits: { partsMax: 1 } },
    body: `--B|${field("a")}1|--B|${field("b")}2|--B--|`,
    parts: [{ name: "a", data: "1" }],
    fault: { code: "too-many-parts", offset: 52, limit: "partsMax" },
  },
  {
    name: "as many octets of headers as may be",
    options: { limits: { headerBytesMax: 44 } },
    body: `--B|${field("a")}1|--B--|`,
    parts: [{ name: "a", data: "1" }],
  },
  {
    name: "an octet of headers too many",
    options: { limits: { headerBytesMax: 43 } },
    body: `--B|${field("a")}1|--B--|`,
    parts: [],
    fault: { code: "header-too-large", offset: 48, part: inFirst, limit: "headerBytesMax" },
  },
  {
    name: "headers without end",
    body: `--B|${"a".repeat(20_000)}`,
    parts: [],
    fault: { code: "header-too-large", offset: 16_389, part: inFirst, limit: "headerBytesMax" },
  },
  {
    name: "a header line too many",
    options: { limits: { headersMax: 2 } },
    body: `--B|A: 1|B: 2|C: 3||x|--B--|`,
    parts: [],
    fault: { code: "header-too-large", offset: 17, part: inFirst, limit: "headersMax" },
  },
  {
    name: "names as long as may be",
    options: { limits: { nameBytesMax: 2 } },
    body: disposition("name=é; filename*=utf-8''%C3%A9"),
    parts: [{ name: "é", filename: "é", data: "x" }],
  },
  {
    name: "a name too long by its octets",
    options: { limits: { nameBytesMax: 2 } },
    body: disposition("name=aé"),
    parts: [],
    fault: { code: "name-too-long", offset: 5, part: inFirst, limit: "nameBytesMax" },
  },
  {
    name: "a filename* too long",
    options: { limits: { nameBytesMax: 2 } },
    body: disposition("name=a; filename*=utf-8''abc"),
    parts: [],
    fault: { code: "name-too-long", offset: 5, part: inFirst, limit: "nameBytesMax" },
  },
];

const lineFeeds: readonly MultipartCase[] = [
  {
    name: "LF only",
    options: { lineFeed: true },
    body: '--B\nContent-Disposition: form-data; name="a"\n\n1\n--Bx\n\n--B \nContent-Disposition: form-data;\n name="b"\n\n2\n--B--\n',
    parts: [
      { name: "a", data: "1\n--Bx\n" },
      { name: "b", data: "2" },
    ],
  },
  {
    name: "LF and CRLF in one body",
    options: { lineFeed: true },
    body: '--B|Content-Disposition: form-data; name="a"\n|\r|\r\r\n--B\nContent-Disposition: form-data; name="b"||2\n\r|--B--',
    parts: [
      { name: "a", data: "\r|\r" },
      { name: "b", data: "2\n\r" },
    ],
  },
  {
    name: "LF: absent body, almost delimiters",
    options: { lineFeed: true },
    body: '--B\nContent-Disposition: form-data; name="a"\n\n--B\nContent-Disposition: form-data; name="b"\n\n\n\r\n\n-\n--\r--B\n--B\r\r\n--B-\n--B--',
    parts: [
      { name: "a", data: "" },
      { name: "b", data: "\n\r\n\n-\n--\r--B\n--B\r\r\n--B-" },
    ],
  },
];

const strictly: readonly MultipartCase[] = [
  {
    name: "strict: nothing to refuse",
    options: { strict: true },
    body: `--B|${field("a")}1|--B--|`,
    parts: [{ name: "a", data: "1" }],
  },
  ...["hello|", "|", "-"].map((preamble) => ({
    name: `strict: a preamble of ${JSON.stringify(preamble)}`,
    options: { strict: true },
    body: `${preamble}--B|${field("a")}1|--B--|`,
    parts: [],
    fault: { code: "malformed-multipart", offset: 0 } as const,
  })),
  {
    name: "strict: an epilogue",
    options: { strict: true },
    body: `--B|${field("a")}1|--B--|x`,
    parts: [{ name: "a", data: "1" }],
    fault: { code: "malformed-multipart", offset: 59 },
  },
  {
    name: "strict: padding",
    options: { strict: true },
    body: `--B|${field("a")}1|--B |${field("b")}2|--B--|`,
    parts: [{ name: "a", data: "1" }],
    fault: { code: "malformed-multipart", offset: 52 },
  },
];

function everyOctet(): Uint8Array {
  return Uint8Array.from({ length: 512 }, (_, i) => ((i & 255) === 124 ? 0 : i & 255));
}

function bytesCase(): Uint8Array {
  const before = `--B|${field("a")}`.replaceAll("|", "\r\n");
  return Buffer.concat([Buffer.from(before), everyOctet(), Buffer.from("\r\n--B--")]);
}

export const multipartCases: readonly MultipartCase[] = [
  ...wellFormed,
  ...heads,
  ...faulty,
  ...limited,
  ...lineFeeds,
  ...strictly,
];
