// Documents for the decoder's tests, and a short way to run one.
import { WaybillError } from "../../base/fault.js";
import type { Fault } from "../../base/fault.js";
import { defaultLimits } from "../../base/limits.js";
import { createJsonDecoder } from "./json-decoder.js";
import type { JsonDecoderOptions } from "./json-decoder.js";

export function toOctets(document: string | readonly number[]): Uint8Array {
  return typeof document === "string"
    ? new TextEncoder().encode(document)
    : Uint8Array.from(document);
}

export function decodeJson(
  pieces: readonly Uint8Array[],
  options: Partial<JsonDecoderOptions> = {},
): unknown {
  const decoder = createJsonDecoder({ limits: defaultLimits, ...options });
  for (const piece of pieces) decoder.write(piece);
  return decoder.end();
}

/** The first fault of what `work` throws. */
export function faultOf(work: () => unknown): Fault {
  try {
    work();
  } catch (error) {
    if (error instanceof WaybillError) return error.faults[0];
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** All of them valid: what they mean is for `JSON.parse` to say. */
export const validDocuments: readonly string[] = [
  "null",
  "true",
  "false",
  " false ",
  "0",
  "-0",
  "-1",
  "12",
  "1.5",
  "-1.25e3",
  "1E+2",
  "1e-2",
  "0e1",
  "0.0",
  "1e400",
  "-1e400",
  "1e-400",
  "123456789012345",
  "1234567890123456789",
  "9007199254740993",
  "0.1000000000000000055511151231257827",
  "100000000000000000000000000000000000000000000000000000000000000000001",
  '""',
  '"a"',
  '"abc"',
  '"a longer string than is put together by hand"',
  String.raw`"\"\\\/\b\f\n\r\t"`,
  String.raw`"\u0041\u00e9\u20AC\ud83d\ude00"`,
  String.raw`"\ud83d"`,
  String.raw`"\ude00"`,
  String.raw`"\ude00\ud83d"`,
  String.raw`"\ud83d\ud83d\ude00x"`,
  String.raw`"\ud83dA\ude00"`,
  String.raw`"\ud83d\n\ude00"`,
  String.raw`"\ud83d\u0041"`,
  String.raw`"\u0000\u001f\uFFFE\uffff"`,
  '"\u007f\u0080ÿĀ߿ࠀ퟿\uffff\u{10000}\u{10ffff}"',
  '"Zürich, 東京, 😀"',
  '"\ufeff"',
  String.raw`"é\u00e9é"`,
  "[]",
  "[ ]",
  "[[]]",
  "[[[]],[]]",
  "[1,2,3]",
  "[1 , -2 ,\t3\r\n]",
  '["a",1,true,null,{}]',
  "{}",
  "{ }",
  '{"a":1}',
  '{ "a" : { "b" : [ ] } }',
  '{"":0}',
  '{"b":1,"a":2,"10":3,"9":4}',
  String.raw`{"\u0061":1,"b\"":2,"\/":3}`,
  '{"ключ":1}',
  '{"__proto__":1}',
  '{"__proto__":{"x":1},"y":2}',
  '{"constructor":1,"toString":2,"hasOwnProperty":null}',
  '{"a":{"__proto__":null}}',
  '[{"id":1,"name":"x"},{"id":2,"name":"y"},{"name":"z","id":3}]',
  `{"${"k".repeat(40)}":"${"v".repeat(300)}"}`,
];

/** What is malformed, where, and the pointer of the place. */
export const malformedDocuments: readonly {
  readonly given: string | readonly number[];
  readonly offset: number;
  readonly pointer?: string;
  readonly expected?: string;
}[] = [
  { given: "", offset: 0, expected: "Unexpected end at octet 0: expected a value." },
  { given: "  ", offset: 2 },
  { given: "}", offset: 0, expected: 'Unexpected "}" at octet 0: expected a value.' },
  { given: "[1,]", offset: 3, pointer: "/1", expected: "expected a value" },
  { given: "[,1]", offset: 1, expected: 'a value or "]"' },
  { given: "[1 2]", offset: 3, expected: 'expected "," or "]"' },
  { given: "[1}", offset: 2 },
  { given: "[", offset: 1 },
  { given: "[1", offset: 2 },
  { given: "[[1]", offset: 4 },
  { given: "]", offset: 0 },
  { given: '{"a"}', offset: 4, pointer: "/a", expected: 'expected ":"' },
  { given: '{"a":}', offset: 5, pointer: "/a" },
  { given: '{"a":1,}', offset: 7, expected: "a name in quotes" },
  { given: "{,}", offset: 1 },
  { given: '{"a":1 "b"}', offset: 7, expected: 'expected "," or "}"' },
  { given: '{"a":1]', offset: 6 },
  { given: "{a:1}", offset: 1 },
  { given: "{'a':1}", offset: 1 },
  { given: "{1:1}", offset: 1 },
  { given: '{"a":1', offset: 6 },
  { given: '{"a', offset: 3 },
  { given: "1 2", offset: 2, expected: "nothing more" },
  { given: "[]]", offset: 2 },
  { given: "nul", offset: 3 },
  { given: "nulL", offset: 3 },
  { given: "truefalse", offset: 4 },
  { given: "NaN", offset: 0 },
  { given: "Infinity", offset: 0 },
  { given: "[tru]", offset: 4, pointer: "/0" },
  { given: "01", offset: 1 },
  { given: "-01", offset: 2 },
  { given: "-", offset: 1 },
  { given: "[-]", offset: 2, pointer: "/0" },
  { given: "+1", offset: 0 },
  { given: ".5", offset: 0 },
  { given: "[1.]", offset: 3, pointer: "/0" },
  { given: "1.e1", offset: 2 },
  { given: "1e", offset: 2 },
  { given: "[1e+]", offset: 4, pointer: "/0" },
  { given: "1.2.3", offset: 3 },
  { given: "1-1", offset: 1 },
  { given: "[0x1]", offset: 2, pointer: "" },
  { given: '"a', offset: 2 },
  { given: '"a\nb"', offset: 2, expected: "Unexpected octet 0x0a at octet 2" },
  { given: '"\u0000"', offset: 1 },
  { given: '["\t"]', offset: 2, pointer: "/0" },
  { given: String.raw`"\x"`, offset: 2 },
  { given: String.raw`"\u12G4"`, offset: 5 },
  { given: String.raw`"\u12`, offset: 5 },
  { given: String.raw`"\u12"`, offset: 5 },
  { given: String.raw`{"a\q":1}`, offset: 4 },
  { given: "// c\n1", offset: 0 },
  { given: "[1]\f", offset: 3 },
  { given: "\u00a01", offset: 0 },
  { given: [0x22, 0x80, 0x22], offset: 1, expected: "valid UTF-8" },
  { given: [0x22, 0xc0, 0xaf, 0x22], offset: 1 },
  { given: [0x22, 0xc3, 0x22], offset: 2 },
  { given: [0x22, 0xe0, 0x80, 0x80, 0x22], offset: 2 },
  { given: [0x22, 0xed, 0xa0, 0x80, 0x22], offset: 2 },
  { given: [0x22, 0xf0, 0x8f, 0x80, 0x80, 0x22], offset: 2 },
  { given: [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22], offset: 2 },
  { given: [0x22, 0xf5, 0x80, 0x80, 0x80, 0x22], offset: 1 },
  { given: [0x22, 0xe2, 0x82, 0x5c, 0x6e, 0x22], offset: 3 },
  { given: [0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d], offset: 2 },
  { given: [0xef, 0xbb, 0x31], offset: 2 },
  { given: [0xef, 0xbb], offset: 2 },
  { given: [0xfe, 0xff, 0x00, 0x31], offset: 0 },
  { given: '{"a/b":{"~":[0,{"x":!}]}}', offset: 20, pointer: "/a~1b/~0/1/x" },
];
