// `Upload-Checksum` (tus 1.0 "Checksum"): what the octets of one request must turn out to be, said before them
// or, where `Trailer` announces it, after them.
import { createHash } from "node:crypto";
import { WaybillError } from "../base/fault.js";
import { Crc32c } from "../upload/crc32c.js";
import type { HttpRequest } from "./exchange.js";

export const tusAlgorithms = ["sha1", "sha256", "crc32c"] as const;
type Algorithm = (typeof tusAlgorithms)[number];

export interface TusChecksum {
  /** Nothing of the request counts before it is verified. */
  readonly isExpected: boolean;
  update(bytes: Uint8Array): void;
  /** Once, after the last octet. Throws `checksum-mismatch`, and `malformed-header` for what is said after them. */
  verify(): void;
}

interface Said {
  readonly algorithm: Algorithm;
  readonly octets: Buffer;
}

/** Throws `malformed-header`, also for an algorithm that is not known. */
export function expectTusChecksum(request: HttpRequest): TusChecksum {
  const { headers } = request;
  const early = headers["upload-checksum"] === undefined ? [] : [parse(headers["upload-checksum"])];
  const isAnnounced = (headers["trailer"] ?? "")
    .toLowerCase()
    .split(/[ \t]*,[ \t]*/)
    .includes("upload-checksum");
  // Which one it will be is known at the end.
  const wanted = isAnnounced ? tusAlgorithms : early.map(({ algorithm }) => algorithm);
  const hashes = new Map(wanted.map((name) => [name, hashOf(name)]));
  return {
    isExpected: hashes.size > 0,
    update(bytes) {
      for (const hash of hashes.values()) hash.update(bytes);
    },
    verify() {
      const late = lateOf(request, isAnnounced);
      const found = new Map([...hashes].map(([name, hash]) => [name, hash.digest()]));
      for (const { algorithm, octets } of [...early, ...late])
        if (!found.get(algorithm)?.equals(octets)) throw mismatch(algorithm);
    },
  };
}

// What comes without being announced comes too late: some of the octets may count already.
function lateOf({ trailers }: HttpRequest, isAnnounced: boolean): Said[] {
  const said = trailers?.()["upload-checksum"];
  if (isAnnounced && said === undefined)
    throw malformed("was announced in Trailer and did not come");
  if (!isAnnounced && said !== undefined)
    throw malformed("came after the body unannounced; it needs Trailer");
  return said === undefined ? [] : [parse(said)];
}

function parse(said: string): Said {
  const [, name = "", text = ""] = /^(\S+) ([A-Za-z0-9+/]+={0,2})$/.exec(said) ?? [];
  const algorithm = tusAlgorithms.find((each) => each === name);
  if (!algorithm) throw malformed(`needs one of ${tusAlgorithms.join(", ")}, and base64`);
  return { algorithm, octets: Buffer.from(text, "base64") };
}

function hashOf(name: Algorithm): Pick<Crc32c, "update" | "digest"> {
  if (name === "crc32c") return new Crc32c();
  return createHash(name);
}

function malformed(what: string): WaybillError {
  return new WaybillError({
    code: "malformed-header",
    detail: `The header Upload-Checksum ${what}.`,
  });
}

function mismatch(algorithm: Algorithm): WaybillError {
  const detail = `The octets are not those of the ${algorithm} in Upload-Checksum.`;
  return new WaybillError({ code: "checksum-mismatch", detail });
}
