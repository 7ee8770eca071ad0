// One case of the black-box suite, and what it may ask of the server under test.
import type { Reply } from "./wire-client.js";

export const sections = ["tus", "draft", "digest", "failures"] as const;
export type Section = (typeof sections)[number];

/** Passed unless `skipped` says why it could not be tried; `note` is something seen, such as a time. */
export interface Outcome {
  readonly skipped?: string;
  readonly note?: string;
}

export interface ProtocolCase {
  /** Unique, of lower-case words. */
  readonly id: string;
  readonly section: Section;
  readonly title: string;
  /** Where it is written. */
  readonly source: string;
  /** Rejects with what was seen and what was wanted. */
  run(): Promise<Outcome>;
}

export interface Attaching {
  /** A collection that takes JSON, below the base URL: `/things`. */
  readonly path: string;
  /** Its property that is a file. */
  readonly property: string;
}

export function check(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}

/** A status, or the first digit of several: `4` for 400 to 499. */
export function checkStatus(reply: Reply, wanted: readonly number[], what: string): void {
  const fits = wanted.some((each) =>
    each < 10 ? Math.floor(reply.status / 100) === each : each === reply.status,
  );
  const names = wanted.map((each) => (each < 10 ? `${each}xx` : String(each)));
  check(fits, `${what} is answered with ${reply.status}, not ${names.join(" or ")}`);
}

export function checkField(reply: Reply, name: string, wanted: string, what: string): void {
  const value = reply.headers[name.toLowerCase()];
  check(value === wanted, `${what} has ${name} ${value ?? "missing"}, not ${wanted}`);
}
