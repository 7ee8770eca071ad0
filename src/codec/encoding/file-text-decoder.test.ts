import { describe, expect, it } from "vitest";
import { WaybillError } from "../../base/fault.js";
import { decodePieces, latin1 } from "./byte-codec.cases.js";
import type { DecodingPolicy } from "./byte-decoder.js";
import type { ContentEncoding } from "./content-encoding.js";
import { everyCut } from "./every-cut.cases.js";
import { createFileTextDecoder } from "./file-text-decoder.js";

interface Case {
  readonly given: string;
  readonly encoding?: ContentEncoding;
  readonly policy?: DecodingPolicy;
  /** The decoded text, or the offset of the fault. */
  readonly want: string | number;
  readonly type?: readonly [string, Readonly<Record<string, string>>];
}

const cases: readonly Case[] = [
  { given: "Zm9v", want: "foo" },
  { given: "", want: "" },
  { given: "data", want: "u\xabZ" },
  { given: "dataZm9v", want: "u\xabZfoo" },
  { given: "dat", want: 3 },
  { given: "dat%", want: 3 },
  { given: "DA:a", want: 2 },
  { given: "data\x1a", want: 4 },
  { given: "dag", encoding: "identity", want: "dag" },
  { given: "data:image/png;base64,Zm9v", want: "foo", type: ["image/png", {}] },
  { given: "DaTa:IMAGE/PNG;Base64,Zm8", want: "fo", type: ["image/png", {}] },
  { given: "data:;base64,Zm8=", want: "fo" },
  { given: "data:base64,Zm8=", want: "Zm8=" },
  { given: "data:,a%20b%3d%E9", want: "a b=\xe9" },
  { given: "data:;charset=utf-8,x", want: "x", type: ["text/plain", { charset: "utf-8" }] },
  {
    given: "data:image/png;name=my%20pic.png;base64,Zm9v%2B%2f%3D%3D%3d",
    want: 56,
    type: ["image/png", { name: "my pic.png" }],
  },
  {
    given: "data:image/png;name=my%20pic.png;base64,Zm9v+%2b%3D=",
    want: "foo\xfb",
    type: ["image/png", { name: "my pic.png" }],
  },
  { given: "data:text/plain;charset=%ff,x", want: "x", type: ["text/plain", { charset: "%ff" }] },
  { given: "data:nonsense;base64,Zm9v", want: "foo" },
  { given: "data:a/b;base64,Zm-v", want: 18, type: ["a/b", {}] },
  { given: "data:a/b;base64,Zm9v\n", want: 20, type: ["a/b", {}] },
  {
    given: "data:a/b;base64,Zm9v\nZg==\n",
    policy: { lineBreaks: true },
    want: "foof",
    type: ["a/b", {}],
  },
  { given: "data:,a%2", want: 9 },
  { given: "data:,a%2x", want: 9 },
  { given: "data:a/b;base64,\x00aaa%\xff", want: 16, type: ["a/b", {}] },
  // Surplus bits, found only after the piece with the escape.
  {
    given: "data:a/b;base64,Zm%39vZh",
    policy: { canonical: true },
    want: 24,
    type: ["a/b", {}],
  },
  {
    given: "data:a/b;base64,Zm9vZ%68%3D=",
    policy: { canonical: true },
    want: 24,
    type: ["a/b", {}],
  },
  { given: "data:a/b;base64", want: 15 },
  { given: `data:a/b;x=${"y".repeat(1018)},z`, want: "z", type: ["a/b", { x: "y".repeat(1018) }] },
  { given: `data:a/b;x=${"y".repeat(1019)},z`, want: 5 + 1024 },
  { given: "666F", encoding: "base16", want: "fo" },
];

describe("encoded text or a data URI, at every cut", () => {
  for (const { given, encoding = "base64", policy = {}, want, type } of cases) {
    it(JSON.stringify(given.slice(0, 70)), () => {
      for (const pieces of everyCut(latin1(given))) {
        const types: unknown[] = [];
        const decoder = createFileTextDecoder({
          encoding,
          policy,
          onMediaType: (name, parameters) => types.push([name, Object.fromEntries(parameters)]),
        });
        expect(outcomeOf(() => decodePieces(decoder, pieces))).toEqual(
          typeof want === "string" ? latin1(want) : want,
        );
        expect(types).toEqual(type ? [type] : []);
      }
    });
  }
});

function outcomeOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof WaybillError) || error.code !== "malformed-encoding") throw error;
    return error.faults[0].offset;
  }
}
