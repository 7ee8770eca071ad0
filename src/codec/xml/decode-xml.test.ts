import { describe, expect, it } from "vitest";
import { isWaybillError } from "../../base/fault.js";
import { latin1 } from "../encoding/byte-codec.cases.js";
import { everyCut } from "../encoding/every-cut.cases.js";
import { decodeXml } from "./decode-xml.js";

const limits = { valueBytesMax: 30 };

async function* from(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

async function outcomeOf(pieces: Iterable<Uint8Array>): Promise<unknown> {
  try {
    const { local, children } = await decodeXml(from(pieces), { limits });
    return [local, ...children];
  } catch (error) {
    return isWaybillError(error) ? error.code : error;
  }
}

describe("octets as a tree, or a fault, at every cut", () => {
  const cases = [
    { name: "UTF-8", given: new TextEncoder().encode("<é>東京 😀</é>"), want: ["é", "東京 😀"] },
    { name: "a byte order mark", given: latin1("\xef\xbb\xbf<a/>"), want: ["a"] },
    { name: "latin-1", given: latin1("<a>\xe9</a>"), want: "malformed-xml" },
    { name: "a character that is cut", given: latin1("<a/>\xc3"), want: "malformed-xml" },
    { name: "UTF-16", given: latin1("\xff\xfe<\x00a\x00/\x00>\x00"), want: "malformed-xml" },
    {
      name: "as long as may be",
      given: latin1(`<a>${"x".repeat(23)}</a>`),
      want: ["a", "x".repeat(23)],
    },
    { name: "longer", given: latin1(`<a>${"x".repeat(24)}</a>`), want: "body-too-large" },
    {
      name: "longer, with a fault before",
      given: latin1(`<a></b>${" ".repeat(40)}`),
      want: "malformed-xml",
    },
    { name: "nothing", given: latin1(""), want: "malformed-xml" },
  ];
  for (const { name, given, want } of cases) {
    it(name, async () => {
      for (const pieces of everyCut(given)) expect(await outcomeOf(pieces)).toEqual(want);
    });
  }
});
