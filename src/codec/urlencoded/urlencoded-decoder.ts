// application/x-www-form-urlencoded as it comes (WHATWG URL §5.1): octets in, pairs out. Values are
// handed on piece by piece, so they may be of any size. Must not know schemas, styles or value limits.
import { type Fault, type FaultCode, WaybillError } from "../../base/fault.js";
import type { Limits } from "../../base/limits.js";
import { EscapedValue } from "./escaped-value.js";
import { percentDecode } from "./percent-decode.js";

/** Told of the pairs in order. What it throws ends the decoder and reaches the caller. */
export interface UrlencodedHandler {
  /** The decoded name and the octet where its pair begins. Says how it wants the value. */
  onName(name: string, offset: number): "raw" | "decoded";
  /** A piece of the value, never empty and not to be written to; `offset` is its first octet in the body. */
  onData(bytes: Uint8Array, offset: number): void;
  /** Also after an empty or absent value. */
  onEnd(): void;
}

export interface UrlencodedDecoderOptions {
  readonly limits: Pick<Limits, "fieldsMax" | "nameBytesMax">;
  readonly handler: UrlencodedHandler;
}

/** Both throw `too-many-fields` or `name-too-long`, or what the handler threw, and the same ever after. */
export interface UrlencodedDecoder {
  write(chunk: Uint8Array): void;
  end(): void;
}

export function createUrlencodedDecoder(options: UrlencodedDecoderOptions): UrlencodedDecoder {
  return new PairMachine(options);
}

const ampersand = 38;
const equals = 61;

// "UTF-8 decode without BOM": what is no UTF-8 becomes U+FFFD, a byte order mark stays.
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

class PairMachine implements UrlencodedDecoder {
  private readonly options: UrlencodedDecoderOptions;
  private state: "between" | "name" | "value" = "between";
  private raw = false;
  private fields = 0;
  private base = 0;
  private pairOffset = 0;
  /** Of the name, as sent: at most three octets for each that the limit allows. */
  private name: Uint8Array = new Uint8Array(64);
  private nameSize = 0;
  private readonly value: EscapedValue;
  private failure: { readonly error: unknown } | undefined;
  private ended = false;

  constructor(options: UrlencodedDecoderOptions) {
    this.options = options;
    this.value = new EscapedValue((bytes, offset) => options.handler.onData(bytes, offset));
  }

  write(chunk: Uint8Array): void {
    this.guard(() => {
      if (this.ended) throw fault("malformed-urlencoded", "The body had ended.", this.base);
      let at = 0;
      while (at < chunk.length) at = this.step(chunk, at);
      this.base += chunk.length;
    });
  }

  end(): void {
    this.guard(() => {
      if (!this.ended) this.endPair();
      this.ended = true;
    });
  }

  private guard(work: () => void): void {
    if (this.failure !== undefined) throw this.failure.error;
    try {
      work();
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }

  private step(chunk: Uint8Array, from: number): number {
    if (this.state === "between") return this.begin(chunk, from);
    const named = this.state === "name";
    const stop = endOf(chunk, from, named);
    const piece = chunk.subarray(from, stop);
    if (named) this.keepName(piece);
    else if (piece.length > 0 && this.raw) this.options.handler.onData(piece, this.base + from);
    else if (piece.length > 0) this.value.write(piece, this.base + from);
    if (stop === chunk.length) return stop;
    if (chunk[stop] === equals) this.endName();
    else this.endPair();
    return stop + 1;
  }

  // Nothing between two `&` is no pair; `=` alone is one, with an empty name.
  private begin(chunk: Uint8Array, from: number): number {
    if (chunk[from] === ampersand) return from + 1;
    const { fieldsMax } = this.options.limits;
    this.pairOffset = this.base + from;
    if (++this.fields > fieldsMax) {
      const detail = `The body has more than ${fieldsMax} fields.`;
      const limit = { name: "fieldsMax", value: fieldsMax };
      throw fault("too-many-fields", detail, this.pairOffset, limit);
    }
    this.nameSize = 0;
    this.state = "name";
    return from;
  }

  // No name that fits is longer than three times its limit, so a longer one is not kept.
  private keepName(piece: Uint8Array): void {
    const sizeMax = 3 * this.options.limits.nameBytesMax;
    const size = this.nameSize + piece.length;
    if (size > sizeMax) throw this.nameTooLong();
    if (size > this.name.length) {
      const wider = new Uint8Array(Math.max(size, 2 * this.name.length));
      wider.set(this.name.subarray(0, this.nameSize));
      this.name = wider;
    }
    this.name.set(piece, this.nameSize);
    this.nameSize = size;
  }

  private endName(): void {
    const octets = percentDecode(this.name.subarray(0, this.nameSize));
    if (octets.length > this.options.limits.nameBytesMax) throw this.nameTooLong();
    this.state = "value";
    const name = utf8.decode(octets);
    this.raw = this.options.handler.onName(name, this.pairOffset) === "raw";
  }

  private endPair(): void {
    if (this.state === "between") return;
    if (this.state === "name") this.endName();
    this.value.end();
    this.state = "between";
    this.options.handler.onEnd();
  }

  private nameTooLong(): WaybillError {
    const { nameBytesMax } = this.options.limits;
    const detail = `A field's name has more than ${nameBytesMax} octets.`;
    const limit = { name: "nameBytesMax", value: nameBytesMax };
    return fault("name-too-long", detail, this.pairOffset, limit);
  }
}

// The index of what ends a name (`=` or `&`) or a value (`&`), or the chunk's length.
function endOf(chunk: Uint8Array, from: number, named: boolean): number {
  let at = from;
  while (at < chunk.length) {
    const octet = chunk[at];
    if (octet === ampersand || (named && octet === equals)) break;
    at++;
  }
  return at;
}

function fault(
  code: FaultCode,
  detail: string,
  offset: number,
  limit?: Fault["limit"],
): WaybillError {
  return new WaybillError({ code, detail, offset, ...(limit && { limit }) });
}
