// Writes multipart/byteranges (RFC 9110 §14.6) as it is read, its length known beforehand.
import { randomBytes } from "node:crypto";
import { formatContentRange, type ByteRange } from "./byte-ranges.js";
import type { ServedFile } from "./file-response.js";

export interface ByterangesBody {
  readonly boundary: string;
  /** Octets of the whole body. */
  readonly size: number;
  readonly body: AsyncIterable<Uint8Array>;
}

interface Piece {
  readonly head: Uint8Array;
  readonly range: ByteRange;
}

/** One part for each range, in the given order, each read from the file when its turn comes. */
export function byterangesBody(
  file: Pick<ServedFile, "mediaType" | "size" | "read">,
  ranges: readonly ByteRange[],
): ByterangesBody {
  // Random, so that no file can contain it on purpose.
  const boundary = randomBytes(18).toString("hex");
  const pieces = ranges.map((range): Piece => {
    const contentRange = formatContentRange(range, file.size);
    const lines = `\r\n--${boundary}\r\nContent-Type: ${file.mediaType}\r\nContent-Range: ${contentRange}`;
    return { head: Buffer.from(`${lines}\r\n\r\n`, "latin1"), range };
  });
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`, "latin1");
  const size = pieces.reduce(
    (sum, { head, range }) => sum + head.length + range.end - range.start,
    tail.length,
  );
  return { boundary, size, body: writePieces(file, pieces, tail) };
}

async function* writePieces(
  file: Pick<ServedFile, "read">,
  pieces: readonly Piece[],
  tail: Uint8Array,
): AsyncIterable<Uint8Array> {
  for (const { head, range } of pieces) {
    yield head;
    yield* file.read(range);
  }
  yield tail;
}
