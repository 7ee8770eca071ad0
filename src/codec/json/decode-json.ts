// A JSON document read from a stream: the value, with its files decoded and kept or handed to sinks on the way.
// Reads on only when the sinks have taken what there was.
import { WaybillError } from "../../base/fault.js";
import { defaultLimits } from "../../base/limits.js";
import type { Limits } from "../../base/limits.js";
import { readOctets } from "../multipart/octet-source.js";
import type { OctetReader, OctetSource } from "../multipart/octet-source.js";
import { createJsonDecoder } from "./json-decoder.js";
import type { JsonDecoder, JsonDecoderOptions } from "./json-decoder.js";
import { JsonFiles } from "./json-files.js";
import type { JsonFilesOptions } from "./json-files.js";

export type JsonLimits = Pick<
  Limits,
  "bodyBytesMax" | "fileBytesMax" | "valueBytesMax" | "depthMax" | "keysMax"
>;

export interface DecodeJsonOptions<Result>
  extends JsonFilesOptions<Result>, Pick<JsonDecoderOptions, "spot" | "duplicateKeys"> {
  /** Each by name; see `defaultLimits`. `valueBytesMax` holds for the document and, once more, for files in memory. */
  readonly limits?: Partial<JsonLimits>;
}

/**
 * The value. Where a file stood is a `Uint8Array`, or what its sink closed with. Rejects with what
 * `createJsonDecoder` throws, `malformed-encoding`, `file-too-large`, `body-too-large`, or what a sink did;
 * then every sink is aborted, also those that had closed, and the source is closed.
 */
export async function decodeJson<Result = never>(
  source: OctetSource,
  options: DecodeJsonOptions<Result> = {},
): Promise<unknown> {
  const limits = { ...defaultLimits, ...options.limits };
  const files = new JsonFiles(options, limits);
  const decoder = createJsonDecoder({
    ...options,
    limits,
    onFile: (spot, path, offset) => files.start(spot, path, offset),
  });
  const reader = readOctets(source);
  try {
    await readAll(reader, limits.bodyBytesMax, async (chunk) => {
      await attempt(files, () => decoder.write(chunk));
    });
    return files.settle(await endOf(files, decoder));
  } catch (error) {
    await files.abort();
    throw error;
  } finally {
    await reader.close();
  }
}

async function endOf(files: JsonFiles<unknown>, decoder: JsonDecoder): Promise<unknown> {
  let value: unknown;
  await attempt(files, () => (value = decoder.end()));
  return value;
}

/** What stands before a fault is written first, so that the first error is the same at any cut. */
async function attempt(files: JsonFiles<unknown>, step: () => void): Promise<void> {
  try {
    step();
  } finally {
    await files.drain();
  }
}

async function readAll(
  reader: OctetReader,
  bytesMax: number,
  take: (chunk: Uint8Array) => Promise<void>,
): Promise<void> {
  let size = 0;
  for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
    const room = bytesMax - size;
    await take(chunk.length > room ? chunk.subarray(0, room) : chunk);
    if (chunk.length > room) throw tooLarge(bytesMax);
    size += chunk.length;
  }
}

function tooLarge(value: number): WaybillError {
  const detail = `The body is longer than ${value} octets.`;
  const limit = { name: "bodyBytesMax", value };
  return new WaybillError({ code: "body-too-large", detail, offset: value, limit });
}
