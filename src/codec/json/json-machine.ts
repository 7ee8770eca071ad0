// The grammar of JSON (RFC 8259) as a machine that is pushed octets, cut anywhere, and builds the value.
// No recursion: nesting is a stack. Strings at file spots leave the document here and never rest in memory.
import { type Fault, type FaultCode, WaybillError } from "../../base/fault.js";
import { formatPointer, type PointerStep } from "../../base/pointer.js";
import { readAscii, readText, viewOctets } from "../encoding/octet-view.js";
import { isUtf8 } from "../encoding/utf8-checker.js";
import { describeOctet } from "../encoding/encoding-fault.js";
import { JsonFile } from "./json-file.js";
import { JsonKeys } from "./json-keys.js";
import { findNumberFault, isNumberOctet } from "./json-number.js";
import * as octet from "./json-octets.js";
import type {
  JsonDecoder,
  JsonDecoderOptions,
  JsonSpot,
  KeyBudget,
  MemoryBudget,
} from "./json-options.js";
import {
  AFTER_KEY,
  AFTER_VALUE,
  between,
  DONE,
  expectations,
  FIRST_ITEM,
  FIRST_KEY,
  IN_FILE,
  IN_KEY,
  IN_LITERAL,
  IN_NUMBER,
  IN_STRING,
  KEY,
  VALUE,
} from "./json-states.js";
import { JsonTree } from "./json-tree.js";
import { type JsonFail, JsonUnescaper } from "./json-unescaper.js";

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;
/** Integers of so many digits are exact in a double. */
const SAFE_DIGITS = 15;

/** A hot state machine; use it through `createJsonDecoder`, which makes the first error final. */
export class JsonMachine implements JsonDecoder {
  readonly #options: JsonDecoderOptions;
  readonly #tree: JsonTree;
  readonly #keys = new JsonKeys();
  #text: JsonUnescaper | undefined;
  #file: JsonFile | undefined;
  #state = VALUE;
  readonly #keysLeft: KeyBudget;
  /** Octets before this chunk. */
  #base: number;
  /** Octets that may still come and be kept; and the end of those in this chunk. */
  readonly #memory: MemoryBudget;
  /** Characters of a name that cannot be too long: none has more than three octets. */
  readonly #shortNameMax: number;
  #limit = 0;
  #marked = 0;
  #chunk: Uint8Array = new Uint8Array(0);
  #number = "";
  #literal = "";
  #matched = 0;

  constructor(options: JsonDecoderOptions) {
    this.#options = options;
    this.#tree = new JsonTree(options.spot);
    this.#shortNameMax = (options.nameBytesMax ?? Infinity) / 3;
    this.#keysLeft = options.keys ?? { left: options.limits.keysMax };
    this.#base = options.offset ?? 0;
    this.#memory = options.memory ?? { leftBytes: options.limits.valueBytesMax };
  }

  write(chunk: Uint8Array): void {
    const bytes = viewOctets(chunk);
    this.#chunk = bytes;
    this.#limit = Math.min(bytes.length, this.#memory.leftBytes);
    let i = this.#marked < 3 ? this.#skipMark(bytes) : 0;
    let streamed = 0;
    for (;;) {
      if (this.#state === IN_FILE) {
        const from = i;
        i = this.#readFile(bytes, from);
        streamed += i - from;
        this.#limit = Math.min(bytes.length, this.#memory.leftBytes + streamed);
      }
      if (i >= this.#limit) break;
      if (this.#state === IN_FILE) i = this.#endFile(i);
      else i = this.#read(bytes, i);
    }
    if (i < bytes.length) throw this.#tooLarge(i);
    this.#memory.leftBytes -= bytes.length - streamed;
    this.#base += bytes.length;
  }

  end(): unknown {
    if (this.#state === IN_NUMBER) this.#endNumber(0, undefined);
    if (this.#state !== DONE) throw this.#unexpected(0, undefined, expectations[this.#state] ?? "");
    return this.#tree.root;
  }

  /** A byte order mark is let pass (RFC 8259 §8.1). */
  #skipMark(bytes: Uint8Array): number {
    let i = 0;
    while (this.#marked < 3 && i < this.#limit) {
      if (bytes[i] !== BYTE_ORDER_MARK[this.#marked]) {
        if (this.#marked > 0) throw this.#unexpected(i, bytes[i], "the rest of a byte order mark");
        this.#marked = 3;
        return i;
      }
      this.#marked++;
      i++;
    }
    return i;
  }

  #read(bytes: Uint8Array, from: number): number {
    switch (this.#state) {
      case IN_KEY:
      case IN_STRING:
        return this.#readString(bytes, from);
      case IN_NUMBER:
        return this.#readNumber(bytes, from);
      case IN_LITERAL:
        return this.#readLiteral(bytes, from);
      default:
        return this.#readStructure(bytes, from);
    }
  }

  #readStructure(bytes: Uint8Array, from: number): number {
    const limit = this.#limit;
    let i = from;
    while (i < limit && this.#state <= DONE) {
      const byte = bytes[i] ?? 0;
      if (byte <= 0x20 && octet.isWhitespace(byte)) {
        i++;
        continue;
      }
      switch (this.#state) {
        case AFTER_VALUE:
          this.#separate(byte, i++);
          break;
        case AFTER_KEY:
          if (byte !== octet.COLON) throw this.#unexpected(i, byte, expectations[AFTER_KEY]);
          this.#state = VALUE;
          i++;
          break;
        case FIRST_KEY:
        case KEY:
          if (byte === octet.QUOTE) i = this.#startKey(bytes, i);
          else if (byte === octet.CLOSE_BRACE && this.#state === FIRST_KEY) {
            this.#close();
            i++;
          } else throw this.#unexpected(i, byte, expectations[this.#state] ?? "");
          break;
        case DONE:
          throw this.#unexpected(i, byte, expectations[DONE]);
        default:
          i = this.#startValue(bytes, i, byte);
      }
    }
    return i;
  }

  #separate(byte: number, index: number): void {
    const isArray = this.#tree.inArray;
    if (byte === octet.COMMA) this.#state = isArray ? VALUE : KEY;
    else if (byte === (isArray ? octet.CLOSE_BRACKET : octet.CLOSE_BRACE)) this.#close();
    else throw this.#unexpected(index, byte, `"," or "${isArray ? "]" : "}"}"`);
  }

  #startValue(bytes: Uint8Array, i: number, byte: number): number {
    if (byte === octet.CLOSE_BRACKET && this.#state === FIRST_ITEM) {
      this.#close();
      return i + 1;
    }
    if (this.#tree.inArray) this.#countKey(i);
    switch (byte) {
      case octet.QUOTE:
        return this.#startString(bytes, i);
      case octet.OPEN_BRACE:
        this.#checkDepth(i);
        this.#tree.openObject();
        this.#state = FIRST_KEY;
        return i + 1;
      case octet.OPEN_BRACKET:
        this.#checkDepth(i);
        this.#tree.openArray();
        this.#state = FIRST_ITEM;
        return i + 1;
      case 0x74:
        return this.#startLiteral(bytes, i, "true");
      case 0x66:
        return this.#startLiteral(bytes, i, "false");
      case 0x6e:
        return this.#startLiteral(bytes, i, "null");
      default:
        if (byte === octet.MINUS || (byte >= 0x30 && byte <= 0x39))
          return this.#startNumber(bytes, i);
        throw this.#unexpected(i, byte, expectations[this.#state] ?? "");
    }
  }

  #checkDepth(index: number): void {
    const { depthMax } = this.#options.limits;
    if (this.#tree.depth < depthMax) return;
    this.#state = VALUE;
    throw this.#exceeded("too-deep", "depthMax", index, `nested deeper than ${depthMax} levels`);
  }

  #close(): void {
    this.#tree.close();
    this.#state = this.#tree.depth === 0 ? DONE : AFTER_VALUE;
  }

  #place(value: unknown): void {
    this.#tree.place(value);
    this.#state = this.#tree.depth === 0 ? DONE : AFTER_VALUE;
  }

  #countKey(index: number): void {
    if (--this.#keysLeft.left >= 0) return;
    const { keysMax } = this.#options.limits;
    const detail = `more than ${keysMax} members and items`;
    throw this.#exceeded("too-many-keys", "keysMax", index, detail);
  }

  #startKey(bytes: Uint8Array, index: number): number {
    this.#countKey(index);
    const end = this.#keys.scan(bytes, index + 1, this.#limit);
    if (end < 0) {
      this.#state = IN_KEY;
      return index + 1;
    }
    this.#endKey(this.#keys.read(bytes, index + 1, end), end);
    return end + 1;
  }

  #endKey(key: string, index: number): void {
    if (key.length > this.#shortNameMax) this.#checkName(key, index);
    const isNew = this.#tree.name(key);
    this.#state = AFTER_KEY;
    if (isNew || this.#options.duplicateKeys === "last") return;
    throw this.#error("duplicate-key", index, `The name ${JSON.stringify(key)} is given twice.`);
  }

  #checkName(key: string, index: number): void {
    const { nameBytesMax: value = Infinity } = this.#options;
    if (new TextEncoder().encode(key).length <= value) return;
    const detail = `A member's name is longer than ${value} octets.`;
    const limit = { name: "nameBytesMax", value };
    throw new WaybillError({ code: "name-too-long", detail, offset: this.#base + index, limit });
  }

  #startString(bytes: Uint8Array, index: number): number {
    const spot = this.#tree.spot();
    if (spot?.file === true && this.#options.onFile) return this.#startFile(spot, index);
    const from = index + 1;
    const limit = this.#limit;
    let seen = 0;
    let i = from;
    let byte = 0;
    for (; i < limit; i++) {
      byte = bytes[i] ?? 0;
      if (byte === octet.QUOTE || byte === octet.BACKSLASH || byte < 0x20) break;
      seen |= byte;
    }
    if (i === limit || byte !== octet.QUOTE || (seen >= 0x80 && !isUtf8(bytes, from, i))) {
      this.#state = IN_STRING;
      return from;
    }
    this.#place(seen < 0x80 ? readAscii(bytes, from, i) : readText(bytes, from, i));
    return i + 1;
  }

  /** A string with escapes, or cut, or faulty. */
  #readString(bytes: Uint8Array, from: number): number {
    const reader = (this.#text ??= new JsonUnescaper(this.#fail, true));
    const end = reader.run(bytes, from, this.#limit);
    if (end === this.#limit) return end;
    const text = reader.takeText();
    if (this.#state === IN_KEY) this.#endKey(text, end);
    else this.#place(text);
    return end + 1;
  }

  #startFile(spot: JsonSpot, index: number): number {
    this.#state = IN_FILE;
    const sink = this.#options.onFile?.(spot, this.#path(), this.#base + index);
    this.#file ??= new JsonFile(this.#fail);
    if (sink) this.#file.start(sink);
    return index + 1;
  }

  #readFile(bytes: Uint8Array, from: number): number {
    return this.#file?.read(bytes, from, this.#base) ?? from;
  }

  #endFile(index: number): number {
    this.#place(this.#file?.end(this.#base + index));
    return index + 1;
  }

  #startNumber(bytes: Uint8Array, index: number): number {
    const limit = this.#limit;
    const negative = bytes[index] === octet.MINUS;
    const first = negative ? index + 1 : index;
    let value = 0;
    let i = first;
    for (; i < limit; i++) {
      const digit = (bytes[i] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    const digits = i - first;
    const simple =
      i < limit && !isNumberOctet(bytes[i] ?? 0) && digits > 0 && digits <= SAFE_DIGITS;
    if (!simple || (digits > 1 && bytes[first] === 0x30)) {
      this.#state = IN_NUMBER;
      return this.#readNumber(bytes, index);
    }
    this.#place(negative ? -value : value);
    return i;
  }

  #readNumber(bytes: Uint8Array, from: number): number {
    const limit = this.#limit;
    let i = from;
    while (i < limit && isNumberOctet(bytes[i] ?? 0)) i++;
    this.#number += readText(bytes, from, i);
    if (i < limit) this.#endNumber(i, bytes[i]);
    return i;
  }

  #endNumber(index: number, next: number | undefined): void {
    const text = this.#number;
    const fault = findNumberFault(text);
    if (fault >= 0) {
      const byte = fault < text.length ? text.charCodeAt(fault) : next;
      throw this.#unexpected(index - text.length + fault, byte, "a number as JSON writes it");
    }
    this.#number = "";
    this.#place(Number(text));
  }

  #startLiteral(bytes: Uint8Array, index: number, literal: string): number {
    this.#state = IN_LITERAL;
    this.#literal = literal;
    this.#matched = 0;
    return this.#readLiteral(bytes, index);
  }

  #readLiteral(bytes: Uint8Array, from: number): number {
    const literal = this.#literal;
    let i = from;
    for (; i < this.#limit && this.#matched < literal.length; i++) {
      const byte = bytes[i];
      if (byte !== literal.charCodeAt(this.#matched))
        throw this.#unexpected(i, byte, `"${literal}"`);
      this.#matched++;
    }
    if (this.#matched === literal.length)
      this.#place(literal === "null" ? null : literal === "true");
    return i;
  }

  /** Where the machine is: open containers, and the member or item that is begun. */
  #path(): PointerStep[] {
    const path = this.#tree.path();
    if (between.has(this.#state)) path.pop();
    return path;
  }

  #error(code: FaultCode, index: number, detail: string, limit?: Fault["limit"]): WaybillError {
    const place = { pointer: formatPointer(this.#path()), offset: this.#base + index };
    return new WaybillError({ code, detail, ...place, ...(limit && { limit }) });
  }

  #exceeded(code: FaultCode, name: "depthMax" | "keysMax", index: number, what: string): Error {
    const detail = `The JSON document is ${what} at octet ${this.#base + index}.`;
    return this.#error(code, index, detail, { name, value: this.#options.limits[name] });
  }

  #tooLarge(index: number): WaybillError {
    const value = this.#options.limits.valueBytesMax;
    const detail = `There are more than ${value} octets of values, files aside.`;
    return this.#error("body-too-large", index, detail, { name: "valueBytesMax", value });
  }

  #unexpected(index: number, byte: number | undefined, expected: string): WaybillError {
    const at = `at octet ${this.#base + index}: expected ${expected}.`;
    const what = byte === undefined ? "end" : describeOctet(byte);
    return this.#error("malformed-json", index, `Unexpected ${what} ${at}`);
  }

  // For the string readers, which know no offsets.
  readonly #fail: JsonFail = (index, expected) =>
    this.#unexpected(index, this.#chunk[index], expected);
}
