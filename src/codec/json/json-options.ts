// What the JSON decoder is told, and whom it tells. Knows no schema: a plan compiles one into spots.
import type { Limits } from "../../base/limits.js";
import type { Members } from "../../base/member-of.js";
import type { PointerStep } from "../../base/pointer.js";

/** Where files may stand. A tree parallel to the value; nodes may be shared and cyclic (recursive schemas). */
export interface JsonSpot extends Members<JsonSpot> {
  /** Strings here are streamed to `onFile`; every other kind of value is kept as usual. */
  readonly file?: boolean;
  /** Array items past `prefixItems`. */
  readonly items?: JsonSpot;
  readonly prefixItems?: readonly JsonSpot[];
}

/** Takes one string's content. */
export interface JsonStringSink {
  /**
   * The content with JSON's escapes undone, as valid UTF-8; a piece may end within a character. Never empty.
   * The octets are a view of the chunk where they can be. `offset` is where `bytes[0]` stood in the document.
   */
  write(bytes: Uint8Array, offset: number): void;
  /** The string is complete; its closing quote stood at `offset`. Returns what takes its place in the value. */
  end(offset: number): unknown;
}

/** Octets that may still be kept: whoever keeps some takes them off. */
export interface MemoryBudget {
  leftBytes: number;
}

/** Members and items that may still come. */
export interface KeyBudget {
  left: number;
}

export interface JsonDecoderOptions {
  /** `valueBytesMax`: octets of the document, without what went to sinks. `keysMax`: members and items together. */
  readonly limits: Pick<Limits, "depthMax" | "keysMax" | "valueBytesMax">;
  /** What is left of `valueBytesMax`, where it is shared with what else is read; default all of it. */
  readonly memory?: MemoryBudget;
  /** What is left of `keysMax`, where several documents are one value; default all of it. */
  readonly keys?: KeyBudget;
  /** Octets of the body before the document: offsets count from its beginning. Default 0. */
  readonly offset?: number;
  /** Octets of a member's name (`name-too-long`); default any. */
  readonly nameBytesMax?: number;
  readonly spot?: JsonSpot;
  /** Called at the opening quote (`offset`) of each string at a file spot. The path is the callee's to keep. */
  readonly onFile?: (
    spot: JsonSpot,
    path: readonly PointerStep[],
    offset: number,
  ) => JsonStringSink;
  /** `reject` (default): `duplicate-key`. `last`: the later one wins, as with `JSON.parse`. */
  readonly duplicateKeys?: "reject" | "last";
}

/** A push decoder of one document. The first error is final: it is thrown again by every later call. */
export interface JsonDecoder {
  write(chunk: Uint8Array): void;
  /** The value. Throws `malformed-json` when the document is not complete. */
  end(): unknown;
}

export function spotOfItem(spot: JsonSpot | undefined, index: number): JsonSpot | undefined {
  return spot && (spot.prefixItems?.[index] ?? spot.items);
}
