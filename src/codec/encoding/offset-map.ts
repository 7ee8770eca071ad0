// Where unescaped octets stood before their escapes were undone, so that a fault found later can be placed.
import { WaybillError } from "../../base/fault.js";
import type { Fault } from "../../base/fault.js";

/** The map of one piece. Only the ends of escapes are kept. */
export class OffsetMap {
  #start = 0;
  /** Pairs: how many unescaped octets came before, and the offset of where the next one stood. */
  #marks: number[] = [];

  /** A new piece: it begins at `offset`, and is given out as standing there; an escape may have begun before it. */
  start(offset: number, escapeOffset = offset): void {
    this.#start = offset;
    this.#marks = [0, escapeOffset];
  }

  mark(length: number, offset: number): void {
    this.#marks.push(length, offset);
  }

  /** The same error, with its offsets moved if it counts the `length` octets of this piece one by one. */
  relocate(error: unknown, length: number): unknown {
    if (!(error instanceof WaybillError)) return error;
    const move = (fault: Fault): Fault => {
      const index = fault.offset === undefined ? -1 : fault.offset - this.#start;
      return index < 0 || index > length ? fault : { ...fault, offset: this.#place(index) };
    };
    const [first, ...others] = error.faults;
    return new WaybillError([move(first), ...others.map(move)], { cause: error });
  }

  #place(index: number): number {
    let at = 0;
    for (let i = 0; i < this.#marks.length && (this.#marks[i] ?? 0) <= index; i += 2) at = i;
    return (this.#marks[at + 1] ?? 0) + index - (this.#marks[at] ?? 0);
  }
}
