// Multipart bodies (RFC 2046 §5.1, RFC 7578) as they come: octets in, parts out. No I/O, no buffering:
// data is handed on as views of the chunk it came in. Every cut of a body gives the same parts. Must not
// know schemas, files or HTTP; what a part means and how large it may be is the handler's to say.
import { type Fault, type FaultCode, type PartPlace, WaybillError } from "../../base/fault.js";
import type { Limits } from "../../base/limits.js";
import { BoundarySearch } from "./boundary-search.js";
import { CommonHead, commonLinesMax } from "./common-head.js";
import {
  DelimiterLine,
  lineCloses,
  lineIsData,
  lineOpenEnded,
  lineTailMax,
  type LineVerdict,
} from "./delimiter-line.js";
import { HeaderBlock } from "./header-block.js";
import { bytesOfLatin1, readLatin1 } from "./latin1.js";
import type { MultipartHandler } from "./multipart-handler.js";
import { checkBoundary } from "./parse-boundary.js";
import { OctetViews } from "./octet-views.js";
import type { PartFault } from "./part-fault.js";
import { type PartHead, readPartHead } from "./part-head.js";
import { PartialMatch } from "./partial-match.js";
import { ChunkWords } from "./standing-text.js";

export type { MultipartHandler } from "./multipart-handler.js";
export type { PartHead } from "./part-head.js";

export interface MultipartDecoderOptions {
  /** 1 to 70 characters, without the leading dashes; see `parseBoundary`. */
  readonly boundary: string;
  /** In `form-data`, the default, every part must have a name; in the others not even a disposition. */
  readonly subtype?: "form-data" | "mixed" | "related";
  readonly limits: Pick<Limits, "partsMax" | "headerBytesMax" | "headersMax" | "nameBytesMax">;
  /** Refuse what no client need send: a preamble, an epilogue, padding on delimiter lines. Default false. */
  readonly strict?: boolean;
  /** Take a bare LF for a line end too. Default false. */
  readonly lineFeed?: boolean;
  /** For a body in a part of another: that part, with the octet at which this body begins. */
  readonly within?: PartPlace;
  readonly handler: MultipartHandler;
}

/**
 * Both throw `WaybillError` (`malformed-multipart`, `malformed-header`, `part-without-name`,
 * `header-too-large`, `name-too-long`, `too-many-parts`) or what the handler threw, and the same again
 * ever after.
 */
export interface MultipartDecoder {
  /** Takes any piece of the body. The handler may keep the views that it got until the chunk is reused. */
  write(chunk: Uint8Array): void;
  /** The body has ended: throws unless the closing delimiter was there. */
  end(): void;
}

export function createMultipartDecoder(options: MultipartDecoderOptions): MultipartDecoder {
  return new DecoderMachine(options);
}

// States. Between delimiters octets are data, in a part or in the preamble.
const data = 0;
const line = 1;
const headers = 2;
const epilogue = 3;

const dashes = 2;

class DecoderMachine implements MultipartDecoder {
  private readonly options: MultipartDecoderOptions;
  private readonly handler: MultipartHandler;
  /** CR LF - - boundary. CR and LF stand in it only once, so a mismatch never restarts within it. */
  private readonly delimiter: Uint8Array;
  /** Where the octets to search for begin in it: 1 where the CR may be absent. */
  private readonly searchFrom: 0 | 1;
  private readonly words = new ChunkWords();
  private readonly search: BoundarySearch;
  private readonly needleLength: number;
  private beginnings: OctetViews | undefined;
  private partial: PartialMatch | undefined;
  private readonly line: DelimiterLine;
  private readonly block: HeaderBlock;
  /** Undefined where the limits rule such heads out. */
  private readonly common: CommonHead | undefined;
  private readonly partFault: PartFault;
  private lineTail: Uint8Array | undefined;

  private state: 0 | 1 | 2 | 3 = data;
  /** Octets of the body, and of what it is in, before this chunk. */
  private base: number;
  /** Octets `heldFrom` to `held` of the delimiter were seen and not handed on. A body begins as if after a CRLF. */
  private heldFrom = dashes;
  private held = dashes;
  private lineTailSize = 0;
  private inPart = false;
  private index = -1;
  private partOffset = 0;
  private blockOffset = 0;
  private name: string | undefined;
  private failure: { readonly error: unknown } | undefined;
  private ended = false;

  constructor(options: MultipartDecoderOptions) {
    const { limits, lineFeed = false } = options;
    this.options = options;
    this.handler = options.handler;
    this.base = options.within?.offset ?? 0;
    this.delimiter = bytesOfLatin1(`\r\n--${checkBoundary(options.boundary)}`);
    this.searchFrom = lineFeed ? 1 : 0;
    const { delimiter } = this;
    this.search = new BoundarySearch(lineFeed ? delimiter.subarray(1) : delimiter, this.words);
    this.needleLength = this.search.needle.length;
    this.line = new DelimiterLine(lineFeed);
    this.partFault = (code, detail, at, limit) =>
      this.fault(code, detail, this.blockOffset + at, limit);
    this.block = new HeaderBlock({
      bytesMax: limits.headerBytesMax,
      linesMax: limits.headersMax,
      lineFeed,
      fault: this.partFault,
    });
    const isAllowed = limits.headersMax >= commonLinesMax;
    this.common = isAllowed ? new CommonHead(limits.nameBytesMax, this.words) : undefined;
  }

  write(chunk: Uint8Array): void {
    if (this.failure !== undefined) throw this.failure.error;
    try {
      if (this.ended) throw this.fault("malformed-multipart", "The body had ended.", this.base);
      this.run(chunk);
      this.words.forget();
      this.base += chunk.length;
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }

  end(): void {
    if (this.failure !== undefined) throw this.failure.error;
    if (this.ended) return;
    try {
      this.finish();
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }

  private run(chunk: Uint8Array): void {
    if (this.isShortData(chunk)) {
      this.handler.onData(chunk, this.base);
      return;
    }
    let at = 0;
    while (at < chunk.length) {
      if (this.state === data) at = this.readData(chunk, at);
      else if (this.state === headers) at = this.readHeaders(chunk, at);
      else if (this.state === line) at = this.readLine(chunk, at);
      else at = this.readEpilogue(chunk, at);
    }
  }

  // In a part, too short for a delimiter, and with no beginning of one at its end.
  private isShortData(chunk: Uint8Array): boolean {
    const { length } = chunk;
    if (length >= this.needleLength || this.held !== 0 || !this.inPart) return false;
    return length > 0 && this.undecidedFrom(chunk, 0) === length;
  }

  // After the closing delimiter's line nothing is looked at. Without a line end it may end with the
  // body (RFC 2046 §5.1.1, close-delimiter).
  private finish(): void {
    if (this.state === line && this.line.closing) this.turn(lineCloses, this.partOffset);
    if (this.state !== epilogue) {
      const detail = "The multipart body ends before its closing delimiter: it is missing.";
      throw this.fault("malformed-multipart", detail, this.base);
    }
    this.ended = true;
  }

  private readData(chunk: Uint8Array, from: number): number {
    const { delimiter } = this;
    let { held } = this;
    if (held === 0) return this.searchData(chunk, from, from);
    let at = from;
    while (at < chunk.length && held < delimiter.length && chunk[at] === delimiter[held]) {
      at++;
      held++;
    }
    this.held = held;
    if (held === delimiter.length) {
      this.state = line;
      this.line.begin(chunk, chunk.length);
      this.lineTailSize = 0;
    } else if (at < chunk.length) {
      this.release(this.base + at);
      return this.searchData(chunk, at, at);
    }
    return at;
  }

  // `start`: the first octet not handed on; `from`: the first that may begin a delimiter.
  private searchData(chunk: Uint8Array, start: number, from: number): number {
    const { delimiter, searchFrom } = this;
    let at = from;
    for (;;) {
      const found = this.search.find(chunk, at);
      if (found < 0) return this.holdBack(chunk, start);
      const lineAt = found + delimiter.length - searchFrom;
      const verdict = this.line.begin(chunk, lineAt);
      const next = this.line.end;
      if (verdict === lineIsData) {
        at = next;
        this.search.restart();
        continue;
      }
      const end = found > start && searchFrom === 1 && chunk[found - 1] === 13 ? found - 1 : found;
      this.emit(chunk, start, end);
      if (verdict !== lineOpenEnded) {
        this.blockOffset = this.base + next;
        this.turn(verdict, this.base + found + dashes - searchFrom);
        return next;
      }
      this.state = line;
      this.held = delimiter.length;
      this.heldFrom = end === found ? searchFrom : 0;
      this.lineTailSize = 0;
      this.keepLine(chunk, lineAt);
      return chunk.length;
    }
  }

  // No delimiter in the chunk: its end may still be the beginning of one.
  private holdBack(chunk: Uint8Array, start: number): number {
    const { length } = chunk;
    const end = this.undecidedFrom(chunk, start);
    this.heldFrom = end < length && chunk[end] === 10 ? 1 : 0;
    this.held = length - end + this.heldFrom;
    this.emit(chunk, start, end);
    if (end === length) this.held = 0;
    return length;
  }

  private undecidedFrom(chunk: Uint8Array, start: number): number {
    const { length } = chunk;
    this.partial ??= new PartialMatch(this.search.needle);
    const at = length - this.partial.lengthAtEnd(chunk, start);
    if (this.searchFrom === 0 || at === start) return at;
    // Where lines may end in LF alone, a CR before it, or one at the end, may belong to them.
    return chunk[at - 1] === 13 ? at - 1 : at;
  }

  // The rest of a line whose boundary was complete, in an earlier chunk or at the start of this data.
  private readLine(chunk: Uint8Array, from: number): number {
    const verdict = this.line.scan(chunk, from);
    const at = this.line.end;
    const offset = this.base + from - this.lineTailSize - this.delimiter.length + dashes;
    if (verdict === lineOpenEnded) {
      this.keepLine(chunk, from);
    } else if (verdict === lineIsData) {
      this.state = data;
      this.release(this.base + from - this.lineTailSize);
      const tail = this.lineTail?.slice(0, this.lineTailSize);
      if (tail) this.emit(tail, 0, tail.length, this.base + from - tail.length);
      return this.searchData(chunk, from, at);
    } else {
      this.blockOffset = this.base + at;
      this.turn(verdict, offset);
    }
    return at;
  }

  // Padding may be of spaces or tabs, so unlike the delimiter it must be kept while it is undecided.
  private keepLine(chunk: Uint8Array, from: number): void {
    this.lineTail ??= new Uint8Array(lineTailMax);
    this.lineTail.set(chunk.subarray(from), this.lineTailSize);
    this.lineTailSize += chunk.length - from;
  }

  // A delimiter is complete: one part ends, another may begin.
  private turn(verdict: LineVerdict, offset: number): void {
    const { strict = false, limits } = this.options;
    if (this.inPart) this.handler.onPartEnd();
    this.inPart = false;
    this.held = 0;
    this.name = undefined;
    if (strict && this.line.padded) {
      throw this.fault("malformed-multipart", "A delimiter line has spaces after it.", offset);
    }
    if (verdict === lineCloses) {
      this.state = epilogue;
      return;
    }
    if (this.index + 1 >= limits.partsMax) {
      const limit = { name: "partsMax", value: limits.partsMax };
      const detail = `The body has more than ${limits.partsMax} parts.`;
      throw this.fault("too-many-parts", detail, offset, limit);
    }
    this.index++;
    this.partOffset = offset;
    this.block.reset();
    this.state = headers;
  }

  private readHeaders(chunk: Uint8Array, from: number): number {
    const { block, common } = this;
    if (common && block.isFresh) {
      const stop = Math.min(chunk.length, from + this.options.limits.headerBytesMax);
      const end = common.find(chunk, from, stop);
      if (end >= 0)
        return this.open(common.read(chunk, from, end, this.index, this.partOffset), end);
    }
    const end = block.scan(chunk, from);
    return end < 0 ? chunk.length : this.open(this.readHead(block.octets(chunk, from, end)), end);
  }

  private readHead(octets: Uint8Array): PartHead {
    const { common, index, partOffset, block } = this;
    const { subtype = "form-data", limits } = this.options;
    const { length } = octets;
    if (common?.find(octets, 0, length) === length) {
      return common.read(octets, 0, length, index, partOffset);
    }
    return readPartHead(readLatin1(octets, 0, length), {
      index,
      offset: partOffset,
      nonAscii: block.hasNonAscii,
      form: subtype === "form-data",
      nameBytesMax: limits.nameBytesMax,
      fault: this.partFault,
    });
  }

  private open(head: PartHead, end: number): number {
    this.name = head.name;
    this.inPart = true;
    this.state = data;
    // The empty line's CRLF is also the one before the next delimiter (RFC 2046 §5.1.1: the body of a
    // part may be absent).
    this.held = dashes;
    this.heldFrom = dashes;
    this.search.restart();
    this.handler.onPart(head);
    return end;
  }

  private readEpilogue(chunk: Uint8Array, from: number): number {
    if (this.options.strict === true) {
      const detail = "There are octets after the closing delimiter.";
      throw this.fault("malformed-multipart", detail, this.base + from);
    }
    return chunk.length;
  }

  // What was held back is no delimiter: its octets are known, so they need not have been kept.
  private release(end: number): void {
    const { held, heldFrom } = this;
    this.held = 0;
    if (held > heldFrom && this.inPart) {
      this.beginnings ??= new OctetViews(this.delimiter);
      this.handler.onData(this.beginnings.view(heldFrom, held), end - (held - heldFrom));
    } else if (!this.inPart) this.refusePreamble();
  }

  private emit(bytes: Uint8Array, start: number, end: number, offset = this.base + start): void {
    if (end <= start) return;
    if (!this.inPart) this.refusePreamble();
    else if (start === 0 && end === bytes.length) this.handler.onData(bytes, offset);
    else this.handler.onData(bytes.subarray(start, end), offset);
  }

  private refusePreamble(): void {
    if (this.options.strict !== true) return;
    const detail = "The body does not begin with a delimiter.";
    throw this.fault("malformed-multipart", detail, this.options.within?.offset ?? 0);
  }

  private fault(
    code: FaultCode,
    detail: string,
    offset: number,
    limit?: Fault["limit"],
  ): WaybillError {
    const { within } = this.options;
    const inside = this.inPart || this.state === headers || within !== undefined;
    const { name, index } = within ?? { name: this.name, index: this.index };
    const part = { index, offset: this.partOffset, ...(name !== undefined && { name }) };
    return new WaybillError({
      code,
      detail,
      offset,
      ...(inside && { part }),
      ...(limit && { limit }),
    });
  }
}
