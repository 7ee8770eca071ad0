// A blob that is not whole yet, as immutable objects: which octets count follows from their names alone. The octet at an
// offset is that of the highest epoch whose writer began at or before it; an epoch begins where its first segment does,
// which is an empty one, made when it is opened. So what a writer of a lower epoch adds, now or later, never counts, nor
// what it has past that place, though the higher epoch has written nothing yet. Does no I/O.
import { randomBytes } from "node:crypto";
import type { BucketObject } from "./bucket.js";

export interface Segment {
  readonly object: BucketObject;
  readonly epoch: number;
  /** Octet of the blob at which it begins. */
  readonly offset: number;
}

/** Octets `start` to `end`, which is exclusive, of a segment. */
export interface Piece {
  readonly object: BucketObject;
  readonly start: number;
  readonly end: number;
}

const digits = 14; // of any safe integer
const pattern = /^([0-9a-f]{14})-([0-9a-f]{14})-[0-9a-f]{12}$/;

/** Another one each time, in the order of epoch and offset. */
export function segmentName({ epoch, offset }: Pick<Segment, "epoch" | "offset">): string {
  return `${hex(epoch)}-${hex(offset)}-${randomBytes(6).toString("hex")}`;
}

/** Undefined for an object that is no segment. */
export function parseSegment(object: BucketObject): Segment | undefined {
  const match = pattern.exec(object.name.slice(object.name.lastIndexOf("/") + 1));
  if (!match) return undefined;
  const [epoch, offset] = [match[1], match[2]].map((text) => Number.parseInt(text ?? "", 16));
  return { object, epoch: epoch ?? 0, offset: offset ?? 0 };
}

/** What the first `size` octets are made of, in order; undefined when they are not all there. */
export function piecesOf(segments: readonly Segment[], size: number): Piece[] | undefined {
  if (segments.length === 0) return undefined;
  const pieces: Piece[] = [];
  for (const { epoch, start, end } of reignsOf(segments, size)) {
    const found = piecesBetween(epoch, start, end);
    if (!found) return undefined;
    pieces.push(...found);
  }
  return pieces;
}

interface Reign {
  /** Its segments, by offset. */
  readonly epoch: readonly Segment[];
  readonly start: number;
  readonly end: number;
}

/** Which epoch each stretch of the octets belongs to, in order. The lowest begins at 0, or else what is before is nobody's. */
function reignsOf(segments: readonly Segment[], size: number): Reign[] {
  const epochs = new Map<number, Segment[]>();
  for (const segment of segments) {
    const same = epochs.get(segment.epoch);
    if (same) same.push(segment);
    else epochs.set(segment.epoch, [segment]);
  }
  const reigns: Reign[] = [];
  let end = size;
  for (const [, own] of [...epochs].sort(([a], [b]) => b - a)) {
    const epoch = own.sort((a, b) => a.offset - b.offset || b.object.size - a.object.size);
    const start = epoch[0]?.offset ?? 0;
    if (start >= end) continue;
    reigns.push({ epoch, start, end });
    end = start;
  }
  if (end > 0) reigns.push({ epoch: [], start: 0, end });
  return reigns.toReversed();
}

function piecesBetween(epoch: readonly Segment[], start: number, end: number): Piece[] | undefined {
  const pieces: Piece[] = [];
  let at = start;
  for (const { object, offset } of epoch) {
    if (at === end || offset > at) break;
    const until = Math.min(offset + object.size, end);
    if (until <= at) continue;
    pieces.push({ object, start: at - offset, end: until - offset });
    at = until;
  }
  return at === end ? pieces : undefined;
}

function hex(value: number): string {
  return value.toString(16).padStart(digits, "0");
}
