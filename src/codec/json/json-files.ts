// The files of one document on their way to their sinks: decoded as the document is read, written once the
// chunk has been, one after the other, and put into the value when all is there.
import { WaybillError } from "../../base/fault.js";
import { isObject, setOwn } from "../../base/json.js";
import type { Limits } from "../../base/limits.js";
import { formatPointer } from "../../base/pointer.js";
import type { PointerStep } from "../../base/pointer.js";
import { createByteDecoder } from "../encoding/byte-decoder.js";
import type { ByteDecoder, DecodingPolicy } from "../encoding/byte-decoder.js";
import type { ContentEncoding } from "../encoding/content-encoding.js";
import { createFileTextDecoder } from "../encoding/file-text-decoder.js";
import type { JsonSpot, JsonStringSink } from "./json-options.js";
import { createSpillSink } from "./spill-sink.js";
import type { ByteSink } from "./spill-sink.js";

/** One file of a document. */
export interface JsonFilePlace {
  readonly spot: JsonSpot;
  readonly path: readonly PointerStep[];
  /** The path as a JSON Pointer. */
  readonly pointer: string;
  /** The octet of the document at which the string begins. */
  readonly offset: number;
  /** What a `data:` URI says of itself, lower case. */
  readonly mediaType?: string;
}

export interface JsonFilesOptions<Result> {
  /** How files are encoded; all but `identity` may be `data:` URIs instead. Default `base64`. */
  readonly encoding?: ContentEncoding | ((place: JsonFilePlace) => ContentEncoding);
  readonly policy?: DecodingPolicy;
  /** Files of fewer octets become a `Uint8Array`, larger ones are for `open`. Default 64 KiB. */
  readonly thresholdBytes?: number;
  /** Called once for each file that is not small. Without it all files stay in memory. */
  readonly open?: (place: JsonFilePlace) => ByteSink<Result> | Promise<ByteSink<Result>>;
}

type FileLimits = Pick<Limits, "fileBytesMax" | "valueBytesMax">;

const thresholdBytesDefault = 64 * 1024;

/** Stands in the value until the file is written. */
interface FileSlot {
  readonly place: JsonFilePlace;
  result: unknown;
}

export class JsonFiles<Result> {
  readonly #options: JsonFilesOptions<Result>;
  readonly #limits: FileLimits;
  #tasks: (() => void | Promise<void>)[] = [];
  readonly #sinks: ByteSink<unknown>[] = [];
  readonly #slots: FileSlot[] = [];
  /** Octets that files may still keep in memory, all together. */
  #memoryBytes: number;

  constructor(options: JsonFilesOptions<Result>, limits: FileLimits) {
    this.#options = options;
    this.#limits = limits;
    this.#memoryBytes = limits.valueBytesMax;
  }

  start(spot: JsonSpot, path: readonly PointerStep[], offset: number): JsonStringSink {
    let place: JsonFilePlace = { spot, path, pointer: formatPointer(path), offset };
    const slot: FileSlot = { place, result: undefined };
    const decoder = this.#createDecoder(place, (mediaType) => (place = { ...place, mediaType }));
    const { fileBytesMax } = this.#limits;
    let size = 0;
    let sink: ByteSink<unknown> | undefined;
    const take = (decode: () => Uint8Array): void => {
      const bytes = placed(place, decode);
      size += bytes.length;
      if (size > fileBytesMax) throw tooLarge(place, fileBytesMax);
      if (bytes.length === 0) return;
      this.#tasks.push(() => (sink ??= this.#openSink(() => place)).write(bytes));
    };
    return {
      write: (bytes, at) => take(() => decoder.write(bytes, at)),
      end: (at) => {
        take(() => decoder.end(at));
        this.#slots.push(slot);
        this.#tasks.push(async () => {
          slot.result = await (sink ??= this.#openSink(() => place)).close();
          if (slot.result instanceof Uint8Array) this.#memoryBytes -= slot.result.length;
        });
        return slot;
      },
    };
  }

  /** Writes what the last chunk brought. */
  async drain(): Promise<void> {
    const tasks = this.#tasks;
    this.#tasks = [];
    for (const task of tasks) await task();
  }

  /** The value with every file in its place; `value` itself is changed. */
  settle(value: unknown): unknown {
    const top = { value };
    for (const slot of this.#slots) replace(top, ["value", ...slot.place.path], slot);
    return top.value;
  }

  /** Undoes every file, whatever else goes wrong. */
  async abort(): Promise<void> {
    this.#tasks = [];
    await Promise.allSettled(this.#sinks.map(async (sink) => sink.abort()));
  }

  #createDecoder(place: JsonFilePlace, onType: (mediaType: string) => void): ByteDecoder {
    const { encoding = "base64", policy = {} } = this.#options;
    const chosen = typeof encoding === "function" ? encoding(place) : encoding;
    return chosen === "identity"
      ? createByteDecoder(chosen)
      : createFileTextDecoder({ encoding: chosen, policy, onMediaType: onType });
  }

  #openSink(place: () => JsonFilePlace): ByteSink<unknown> {
    const { open, thresholdBytes = open ? thresholdBytesDefault : Infinity } = this.#options;
    const sink = createSpillSink<unknown>({
      // One more than may be kept: that many no longer fit.
      thresholdBytes: Math.min(thresholdBytes, this.#memoryBytes + 1),
      open: () => {
        if (open) return open(place());
        throw tooMuchMemory(place(), this.#limits.valueBytesMax);
      },
    });
    this.#sinks.push(sink);
    return sink;
  }
}

/** A later member of the same name may have taken the slot's place. */
function replace(top: object, path: readonly PointerStep[], slot: FileSlot): void {
  let parent: unknown = top;
  for (const step of path.slice(0, -1)) parent = memberOf(parent, step);
  const last = path.at(-1) ?? "";
  if (memberOf(parent, last) !== slot) return;
  if (Array.isArray(parent)) parent[Number(last)] = slot.result;
  else if (isObject(parent)) setOwn(parent, String(last), slot.result);
}

function memberOf(parent: unknown, step: PointerStep): unknown {
  if (Array.isArray(parent)) return parent[Number(step)];
  return isObject(parent) && Object.hasOwn(parent, step) ? parent[step] : undefined;
}

/** A decoder knows octets only: adds whose they are. */
function placed({ pointer }: JsonFilePlace, decode: () => Uint8Array): Uint8Array {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof WaybillError)) throw error;
    const [first, ...others] = error.faults;
    const faults = others.map((fault) => ({ pointer, ...fault }));
    throw new WaybillError([{ pointer, ...first }, ...faults], { cause: error });
  }
}

function tooLarge({ pointer, offset }: JsonFilePlace, value: number): WaybillError {
  const detail = `The file is larger than ${value} octets.`;
  const limit = { name: "fileBytesMax", value };
  return new WaybillError({ code: "file-too-large", detail, pointer, offset, limit });
}

function tooMuchMemory({ pointer, offset }: JsonFilePlace, value: number): WaybillError {
  const detail = `The document's files have more than ${value} octets together.`;
  const limit = { name: "valueBytesMax", value };
  return new WaybillError({ code: "body-too-large", detail, pointer, offset, limit });
}
