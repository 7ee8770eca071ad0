// `Upload-Checksum` (tus 1.0 "Checksum"): what the octets of one request must turn out to be.
import { createHash } from "node:crypto";
import { WaybillError } from "../base/fault.js";
import { Crc32c } from "../upload/crc32c.js";

export const tusAlgorithms = ["sha1", "sha256", "crc32c"] as const;

export interface TusChecksum {
  update(bytes: Uint8Array): unknown;
  /** Throws `checksum-mismatch`. */
  verify(): void;
}

/** Undefined where none is said. Throws `malformed-header`, also for an algorithm that is not known. */
export function parseTusChecksum(said: string | undefined): TusChecksum | undefined {
  if (said === undefined) return undefined;
  const [, name = "", text = ""] = /^(\S+) ([A-Za-z0-9+/]+={0,2})$/.exec(said) ?? [];
  const algorithm = tusAlgorithms.find((each) => each === name);
  if (!algorithm) {
    const detail = `The header Upload-Checksum needs one of ${tusAlgorithms.join(", ")}, and base64.`;
    throw new WaybillError({ code: "malformed-header", detail });
  }
  const hash = algorithm === "crc32c" ? new Crc32c() : createHash(algorithm);
  return {
    update: (bytes) => hash.update(bytes),
    verify() {
      if (hash.digest().equals(Buffer.from(text, "base64"))) return;
      const detail = `The octets are not those of the ${algorithm} in Upload-Checksum.`;
      throw new WaybillError({ code: "checksum-mismatch", detail });
    },
  };
}
