// One generation of an object, read as a stream, by the client that the SDK authenticates: the SDK's own stream of a file
// ends with everybody's connections when it is left early. What breaks off goes on where it was, of the same generation.
import type { GaxiosResponse } from "gaxios";
import { WaybillError } from "../base/fault.js";
import { notThere } from "./bucket-fault.js";
import type { Bucket } from "./bucket.js";
import { gcsFault, statusOf, type GcsConnection } from "./gcs-connection.js";
import { chunksWithin } from "./within.js";

type How = Parameters<Bucket["read"]>[1];

/** How often it may break off without one octet more. */
const triesMax = 3;

export async function* readGcs(
  connection: GcsConnection,
  name: string,
  { range, version }: How,
): AsyncGenerator<Uint8Array> {
  let generation = version;
  let start = range?.start ?? 0;
  let end = range?.end;
  const crc = range ? undefined : new connection.sdk.CRC32C();
  let wanted: string | undefined;
  for (let tries = 0; ;) {
    const answer = await open(connection, { name, generation, start, end });
    if (!answer) return;
    generation = answer.generation;
    wanted ??= answer.crc32c;
    end = start + answer.size - 1;
    try {
      for await (const chunk of chunksWithin(answer.stream, connection.waitMs)) {
        start += chunk.length;
        tries = 0;
        crc?.update(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
        yield chunk;
      }
      if (start > end) break;
      throw new Error(`${end + 1 - start} octets are missing.`);
    } catch (error) {
      if (start > end) break;
      if (++tries >= triesMax) throw gcsFault(error);
    }
  }
  if (crc && wanted !== undefined && crc.toString() !== wanted)
    throw new WaybillError({ code: "unavailable", detail: "The storage has sent other octets." });
}

interface Wanted {
  readonly name: string;
  readonly generation: string | undefined;
  readonly start: number;
  /** Inclusive; undefined for all there is. */
  readonly end: number | undefined;
}

interface Answer {
  readonly stream: AsyncIterable<unknown>;
  readonly size: number;
  readonly generation: string;
  readonly crc32c: string | undefined;
}

/** Undefined where there are no such octets. */
async function open(
  { ask, storage, bucketName }: GcsConnection,
  { name, generation, start, end }: Wanted,
): Promise<Answer | undefined> {
  const path = `${encodeURIComponent(bucketName)}/o/${encodeURIComponent(name)}`;
  const range = start === 0 && end === undefined ? {} : { range: `bytes=${start}-${end ?? ""}` };
  try {
    const { data, headers }: GaxiosResponse<AsyncIterable<unknown> | null> = await ask(() =>
      storage.authClient.request({
        url: `${storage.apiEndpoint}/storage/v1/b/${path}`,
        params: { alt: "media", ...(generation === undefined ? {} : { generation }) },
        // Of octets that are coded on their way, no checksum and no length would be right.
        headers: { "accept-encoding": "identity", ...range },
        responseType: "stream",
        retry: true,
        retryConfig: {
          retry: 4,
          noResponseRetries: 4,
          statusCodesToRetry: [
            [408, 408],
            [429, 429],
            [500, 599],
          ],
        },
      }),
    );
    if (!data) throw notThere();
    const hashes = String(headers["x-goog-hash"] ?? "");
    return {
      stream: data,
      size: Number(headers["content-length"]),
      generation: String(headers["x-goog-generation"]),
      crc32c: /crc32c=([^,]+)/.exec(hashes)?.[1],
    };
  } catch (error) {
    const fault = gcsFault(error);
    if (statusOf(fault.cause) === 416) return undefined;
    throw fault;
  }
}
