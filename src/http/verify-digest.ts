// The digests that a request says of its body, held against the octets as they come (RFC 9530, RFC 1864).
import { createHash } from "node:crypto";
import { WaybillError } from "../base/fault.js";
import { parseContentMd5, parseDigests, type Digest } from "./digest-fields.js";
import type { HttpRequest, RequestBody } from "./exchange.js";

const fields = [
  ["content-digest", "Content-Digest"],
  ["repr-digest", "Repr-Digest"],
] as const;

/**
 * The same body, whose `pump` rejects with `digest-mismatch` after its last octet when they are others than
 * said. All these fields are about the content as received, with its Content-Encoding: a coding is part of the
 * representation (RFC 9110 §8.1), and what a request encloses is all of it. Throws `malformed-header` at once.
 */
export function verifyDigest(body: RequestBody, headers: HttpRequest["headers"]): RequestBody {
  const digests = fields.flatMap(([name, field]) => {
    const text = headers[name];
    return text === undefined ? [] : parseDigests(field, text);
  });
  const md5 = headers["content-md5"];
  if (md5 !== undefined) digests.push(parseContentMd5(md5));
  if (digests.length === 0) return body;
  const hashes = new Map(digests.map(({ hash }) => [hash, createHash(hash)]));
  return {
    present: body.present,
    async pump(write, pace) {
      await body.pump((chunk) => {
        for (const hash of hashes.values()) hash.update(chunk);
        return write(chunk);
      }, pace);
      const found = new Map([...hashes].map(([name, hash]) => [name, hash.digest()]));
      const wrong = digests.filter(({ hash, octets }) => !found.get(hash)?.equals(octets));
      const [first, ...more] = wrong.map(mismatch);
      if (first) throw new WaybillError([first, ...more]);
    },
  };
}

function mismatch({ field, algorithm }: Digest): { code: "digest-mismatch"; detail: string } {
  const detail = `The body's octets are not those of the ${algorithm} in ${field}.`;
  return { code: "digest-mismatch", detail };
}
