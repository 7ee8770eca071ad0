// Member names. Documents repeat them: a name seen before is found by its octets and not built again.
import { readAscii } from "../encoding/octet-view.js";
import { BACKSLASH, QUOTE } from "./json-octets.js";

const SLOTS = 64;
const LENGTH_MAX = 32;

/** Finds and reads plain ASCII names; a small table of fixed size remembers the last ones. */
export class JsonKeys {
  #table: (string | undefined)[] = [];
  #hash = 0;

  /** The index of the closing quote; -1 for a name that is cut or has escapes or other than ASCII. */
  scan(bytes: Uint8Array, from: number, to: number): number {
    let hash = 0;
    for (let i = from; i < to; i++) {
      const byte = bytes[i] ?? 0;
      if (byte === QUOTE) {
        this.#hash = hash;
        return i;
      }
      if (byte === BACKSLASH || byte < 0x20 || byte > 0x7f) return -1;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    return -1;
  }

  /** The name that `scan` has just found. */
  read(bytes: Uint8Array, from: number, to: number): string {
    if (to - from > LENGTH_MAX) return readAscii(bytes, from, to);
    const slot = (this.#hash ^ (this.#hash >>> 6)) & (SLOTS - 1);
    const known = this.#table[slot];
    if (known !== undefined && equals(known, bytes, from, to)) return known;
    const key = readAscii(bytes, from, to);
    this.#table[slot] = key;
    return key;
  }
}

function equals(key: string, bytes: Uint8Array, from: number, to: number): boolean {
  if (key.length !== to - from) return false;
  for (let i = 0; i < key.length; i++) if (key.charCodeAt(i) !== bytes[from + i]) return false;
  return true;
}
