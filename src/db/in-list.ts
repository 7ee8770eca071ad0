// Lists of values for `IN (…)`, in pieces of few different lengths, so that few texts are prepared.
import type { SqlValue } from "./db.js";

const pieceMax = 256;

export interface InList {
  /** `$2, $3, …` */
  readonly list: string;
  readonly params: readonly SqlValue[];
}

/** `first` is the number of the first parameter. Each piece repeats its last value up to a power of two. */
export function* inList(values: readonly string[], first = 1): Generator<InList> {
  for (let from = 0; from < values.length; from += pieceMax) {
    const params = values.slice(from, from + pieceMax);
    const last = params.at(-1) ?? "";
    while ((params.length & (params.length - 1)) !== 0) params.push(last);
    yield { list: params.map((_, i) => `$${first + i}`).join(", "), params };
  }
}
