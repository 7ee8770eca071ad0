// The two splitters of sequences, with the body whole and cut everywhere.
import { describe, expect, it } from "vitest";
import { everyCut } from "../encoding/every-cut.cases.js";
import { createEventStreamDecoder } from "./event-stream-decoder.js";
import { createJsonSequenceSplitter, type JsonFraming } from "./json-sequence-splitter.js";

const utf8 = new TextEncoder();

function textsOf(framing: JsonFraming, pieces: readonly Uint8Array[]): string[] {
  const texts: string[] = [];
  let text = "";
  const splitter = createJsonSequenceSplitter(framing, {
    onItem: (offset) => (text = `${offset}:`),
    onData: (bytes) => (text += Buffer.from(bytes).toString("latin1")),
    onItemEnd: () => texts.push(text),
  });
  for (const piece of pieces) splitter.write(piece);
  splitter.end();
  return texts;
}

describe("JSON texts", () => {
  const cases: { framing: JsonFraming; given: string; want: string[] }[] = [
    { framing: "json-lines", given: '{"a":1}\n[2]', want: ['0:{"a":1}', "8:[2]"] },
    { framing: "json-lines", given: "\r\n \n1\r\n\n", want: ["4:1\r"] },
    { framing: "json-lines", given: "", want: [] },
    { framing: "json-seq", given: "\x1e{\n}\n\x1e\x1e \x1e2\n", want: ["1:{\n}\n", "9:2\n"] },
    { framing: "json-seq", given: "\x1e\n", want: [] },
  ];
  it.each(cases)("$framing $given", ({ framing, given, want }) => {
    for (const pieces of everyCut(utf8.encode(given)))
      expect(textsOf(framing, pieces)).toEqual(want);
  });
});

function eventsOf(pieces: readonly Uint8Array[]): unknown[] {
  const events: unknown[] = [];
  const decoder = createEventStreamDecoder({
    onEvent: (event, offset) => events.push([offset, event]),
    keep: () => undefined,
  });
  for (const piece of pieces) decoder.write(piece);
  decoder.end();
  return events;
}

describe("events", () => {
  const cases = [
    {
      given: "data: ä\r\n\r\ndata:b\r\rdata\n",
      want: [
        [0, { data: "ä" }],
        [12, { data: "b" }],
        [20, { data: "" }],
      ],
    },
    { given: ":a\n\nid\nevent:\ndata:1\r\ndata:2\n\n", want: [[4, { data: "1\n2", id: "" }]] },
    { given: "retry:10\n\n\n:\n", want: [] },
    { given: "\ufeffdata:1\n\n\ufeffdata:2\n\n", want: [[0, { data: "1" }]] },
  ];
  it.each(cases)("$given", ({ given, want }) => {
    for (const pieces of everyCut(utf8.encode(given))) expect(eventsOf(pieces)).toEqual(want);
  });

  it("counts what is kept, and nothing of a comment", () => {
    let kept = 0;
    const decoder = createEventStreamDecoder({
      onEvent: () => undefined,
      keep: (octets) => void (kept += octets),
    });
    decoder.write(utf8.encode(`:${"x".repeat(100)}`));
    decoder.write(utf8.encode("xxx\ndata:1\n\n"));
    expect(kept).toBe(6);
  });

  it("refuses what is no UTF-8", () => {
    expect(() => eventsOf([new Uint8Array([0x64, 0x3a, 0xff, 0x0a])])).toThrow("not valid UTF-8");
  });
});
