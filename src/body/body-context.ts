// What every reader of one body shares: its limits, where files go, and what is wrong so far.
import type { Limits } from "../base/limits.js";
import type { FileSinks } from "../base/sink.js";
import type { MemoryBudget } from "../codec/json/json-options.js";
import type { FaultList } from "./fault-list.js";
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
  /** What is left of `valueBytesMax`, for all that the request keeps in memory together. */
  readonly memory: MemoryBudget;
  /** Takes octets off `memory`. Throws `body-too-large`. */
  keep(octets: number): void;
}

export interface BodyOptions {
  /** What to do with `readOnly` members of a request (OAS 3.1 "Validating readOnly and writeOnly"). Default `ignore`. */
  readonly readOnly: "ignore" | "reject";
  /** Take raw octets in a part that is described as encoded text, when it is clearly a file. Default true. */
  readonly lenientFiles: boolean;
}

export const defaultBodyOptions: BodyOptions = Object.freeze({
  readOnly: "ignore",
  lenientFiles: true,
});
