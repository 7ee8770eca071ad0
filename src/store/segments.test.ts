import { describe, expect, it } from "vitest";
import { parseSegment, piecesOf, segmentName, type Segment } from "./segments.js";

/** `e@offset+size`, an epoch's segments. */
function segments(text: string): Segment[] {
  return text.split(" ").map((each) => {
    const [, epoch, offset, size] = /^(\d+)@(\d+)\+(\d+)$/.exec(each) ?? [];
    const object = { name: each, size: Number(size), modifiedMs: 0 };
    return { object, epoch: Number(epoch), offset: Number(offset) };
  });
}

/** `e@offset+size[start-end)` in order. */
function shown(text: string, size: number): string | undefined {
  return piecesOf(segments(text), size)
    ?.map(({ object, start, end }) => `${object.name}[${start}-${end})`)
    .join(" ");
}

describe("which segments count", () => {
  const rows: { why: string; given: string; size: number; want: string | undefined }[] = [
    { why: "nothing yet, of no octets", given: "1@0+0", size: 0, want: "" },
    { why: "nothing yet, of one", given: "1@0+0", size: 1, want: undefined },
    {
      why: "one writer, in whatever order they are listed",
      given: "1@5+7 1@0+5 1@0+0",
      size: 12,
      want: "1@0+5[0-5) 1@5+7[0-7)",
    },
    {
      why: "a second goes on where the first was",
      given: "1@0+0 1@0+5 2@5+0 2@5+5",
      size: 10,
      want: "1@0+5[0-5) 2@5+5[0-5)",
    },
    {
      why: "a stale writer goes on and is not heard",
      given: "1@0+5 1@5+90 2@5+0 2@5+5",
      size: 10,
      want: "1@0+5[0-5) 2@5+5[0-5)",
    },
    {
      why: "nor where the higher epoch has written nothing yet",
      given: "1@0+5 1@5+90 2@5+0",
      size: 10,
      want: undefined,
    },
    {
      why: "nor between two higher ones",
      given: "1@0+5 1@5+90 2@5+0 2@5+2 3@9+0 3@9+1",
      size: 10,
      want: undefined,
    },
    {
      why: "what the higher epoch left is cut off at the place where the highest begins",
      given: "1@0+10 2@4+0 2@4+3 3@6+0 3@6+2",
      size: 8,
      want: "1@0+10[0-4) 2@4+3[0-2) 3@6+2[0-2)",
    },
    {
      why: "one that begins anew",
      given: "1@0+10 2@3+9 3@0+0 3@0+2",
      size: 2,
      want: "3@0+2[0-2)",
    },
    { why: "nor of the octets before", given: "1@0+10 3@0+0", size: 10, want: undefined },
    { why: "a gap", given: "1@0+5 1@6+5", size: 11, want: undefined },
    { why: "a gap at the beginning", given: "2@5+5", size: 10, want: undefined },
    { why: "none at all", given: "x", size: 0, want: undefined },
    {
      why: "one that was sent twice",
      given: "1@0+5 1@0+5 1@5+5 1@5+5",
      size: 10,
      want: "1@0+5[0-5) 1@5+5[0-5)",
    },
    { why: "less than is there", given: "1@0+5 1@5+5", size: 7, want: "1@0+5[0-5) 1@5+5[0-2)" },
  ];
  for (const { why, given, size, want } of rows)
    it(why, () => expect(given === "x" ? piecesOf([], size) : shown(given, size)).toEqual(want));

  it("is found for many", () => {
    const many = Array.from({ length: 20_000 }, (_, i) => `${i}@${i * 3}+3`).join(" ");
    expect(piecesOf(segments(many), 60_000)).toHaveLength(20_000);
  });
});

describe("the name of a segment", () => {
  it("says its epoch and offset, in the order of both", () => {
    const places = [
      { epoch: 1, offset: 0 },
      { epoch: 1, offset: 255 },
      { epoch: 2, offset: 16 },
      { epoch: 10, offset: 0 },
      { epoch: 16, offset: Number.MAX_SAFE_INTEGER },
    ];
    const names = places.map(segmentName);
    expect([...names].sort()).toEqual(names);
    const parsed = names.map((name) =>
      parseSegment({ name: `p/k/${name}`, size: 1, modifiedMs: 0 }),
    );
    expect(parsed.map((each) => ({ epoch: each?.epoch, offset: each?.offset }))).toEqual(places);
  });

  it("is never the same twice", () => {
    const place = { epoch: 1, offset: 0 };
    expect(segmentName(place)).not.toBe(segmentName(place));
  });

  it("is not one for anything else", () => {
    for (const name of ["p/deleted", "p/", "1-2-3", `${segmentName({ epoch: 1, offset: 1 })}x`])
      expect(parseSegment({ name, size: 0, modifiedMs: 0 })).toBeUndefined();
  });
});
