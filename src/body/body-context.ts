// What every reader of one body shares: its limits, where files go, and what is wrong so far.
import type { PartPlace } from "../base/fault.js";
import type { Limits } from "../base/limits.js";
import type { FileSinks } from "../base/sink.js";
import type { MemoryBudget } from "../codec/json/json-options.js";
import type { PartHead } from "../codec/multipart/multipart-decoder.js";
import type { MultipartShape } from "../plan/media-type-plan.js";
import { defaultPlanOptions, type PlanOptions } from "../plan/compiler.js";
import type { FaultList } from "./fault-list.js";
import type { FieldReader } from "./field-reader.js";
import type { Validators } from "./validator.js";

export interface BodyContext {
  readonly limits: Limits;
  readonly sinks: FileSinks;
  readonly faults: FaultList;
  readonly options: BodyOptions;
  readonly validators: Validators;
  /** Sinks ask for time: `write` of the body waits for it. */
  wait(promise: Promise<void>): void;
  /** Work that must be done before the value is whole: files being closed. */
  finish(promise: Promise<void>): void;
  /** Counts one more file. */
  countFile(): void;
  /** Reads a part that is a multipart body itself. Here, since whoever reads parts cannot know all that may be in them. */
  readonly readParts: ReadParts;
  /** Counts one more part, be it of a multipart body in a part of another. Throws `too-many-parts`. */
  countPart(part: PartPlace): void;
  /** What is left of `valueBytesMax`, for all that the request keeps in memory together. */
  readonly memory: MemoryBudget;
  /** Takes octets off `memory`. Throws `body-too-large`. */
  keep(octets: number): void;
  /** Who is handed the items of a sequence, each as it is complete; without one they are kept for the value. */
  readonly takeItem?: TakeItem | undefined;
}

export type { MemoryBudget } from "../codec/json/json-options.js";

export type ReadParts = (
  context: BodyContext,
  head: PartHead,
  shape: MultipartShape,
  place: { readonly pointer: string; readonly part: PartPlace },
) => FieldReader;

/** More of the body is read when the promise settles; what it throws is the request's failure. */
export type TakeItem = (item: unknown, index: number) => void | Promise<void>;

/** Where the specification leaves it to tools how a body is read. */
export interface BodyOptions extends PlanOptions {
  /**
   * Hold strings to `contentEncoding`, `contentMediaType` and `contentSchema` (JSON in them is parsed), and JSON files
   * that fit into memory to their `contentSchema`; faults are `invalid-content`. Default false: they are annotations.
   */
  readonly assertContent: boolean;
  /** Take raw octets in a part that is described as encoded text, when it is clearly a file. Default true. */
  readonly lenientFiles: boolean;
  /**
   * Names of SDKs that the document does not have: `name[]` for an item of the array `name`, `name[member]` for
   * a member of the object `name`. What the schema names or matches itself comes first. Default true.
   */
  readonly bracketNames: boolean;
  /** Parts and pairs that the schema neither describes nor refuses: into the value, or read past. Default `keep`. */
  readonly undeclared: "keep" | "drop";
  /** Empty text for what may be null and no string is null (OAS Appendix B); else it is a fault. Default true. */
  readonly emptyAsNull: boolean;
  /** `filename=""` without octets, what HTML sends for no file, is no file; else it is an empty one. Default true. */
  readonly emptyInputIsAbsent: boolean;
  /** Read `%22`, `%0D` and `%0A` in names of parts and files as the quotes and line ends that browsers mean. Default false. */
  readonly unescapeNames: boolean;
  /** The schema's `default` in place of what is missing, except in PATCH. Default false: it is an annotation. */
  readonly applyDefaults: boolean;
  /** A part without a Content-Type where the Encoding Object says `contentType`: of that type, or a fault. Default `accept`. */
  readonly untypedParts: "accept" | "reject";
  /** A part of another type than the Encoding Object says: a fault, or read as what it says it is. Default `reject`. */
  readonly mismatchedParts: "reject" | "accept";
}

export const defaultBodyOptions: BodyOptions = Object.freeze({
  assertContent: false,
  lenientFiles: true,
  bracketNames: true,
  undeclared: "keep",
  emptyAsNull: true,
  emptyInputIsAbsent: true,
  unescapeNames: false,
  applyDefaults: false,
  untypedParts: "accept",
  mismatchedParts: "reject",
  ...defaultPlanOptions,
});
