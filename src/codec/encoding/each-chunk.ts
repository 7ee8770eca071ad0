// The chunks of any source, one at a time. Who stops reading closes it.
import { readOctets } from "../multipart/octet-source.js";
import type { OctetSource } from "../multipart/octet-source.js";

export async function* eachChunk(source: OctetSource): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = readOctets(source);
  try {
    for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next())
      yield chunk;
  } finally {
    await reader.close();
  }
}
