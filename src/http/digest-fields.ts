// Integrity fields (RFC 9530) as their text: dictionaries of structured fields (RFC 9651). Knows no bodies.
import { WaybillError } from "../base/fault.js";
import { parametersPattern } from "./structured-item.js";

/** The algorithms that are active (RFC 9530 §5), by the names that node:crypto has for them. */
const algorithms: ReadonlyMap<string, { readonly hash: string; readonly bytes: number }> = new Map([
  ["sha-256", { hash: "sha256", bytes: 32 }],
  ["sha-512", { hash: "sha512", bytes: 64 }],
]);

export interface Digest {
  /** `Content-Digest`, `Repr-Digest` or `Content-MD5`. */
  readonly field: string;
  readonly algorithm: string;
  /** As node:crypto names it. */
  readonly hash: string;
  readonly octets: Buffer;
}

const key = /\s*([a-z*][a-z0-9_.*-]*)/y;
const byteSequence = /=:([A-Za-z0-9+/]*={0,2}):/y;
const weight = /=(10|\d)(?![\d.])/y;
const parameters = new RegExp(`${parametersPattern}[\\x20\\t]*`, "y");

/** Those that can be checked; other algorithms are passed over (RFC 9530 §2). Throws `malformed-header`. */
export function parseDigests(field: string, text: string): Digest[] {
  const digests = new Map<string, Digest>();
  for (const [algorithm, value] of parseDictionary(field, text, byteSequence)) {
    const known = algorithms.get(algorithm);
    if (!known) continue;
    const octets = Buffer.from(value, "base64");
    if (octets.length !== known.bytes)
      throw malformed(field, `has a ${algorithm} that is not ${known.bytes} octets long`);
    digests.set(algorithm, { field, algorithm, hash: known.hash, octets });
  }
  return [...digests.values()];
}

/** Base64 of 128 bits (RFC 1864 §2). Throws `malformed-header`. */
export function parseContentMd5(text: string): Digest {
  const octets = Buffer.from(text, "base64");
  if (octets.length !== 16 || octets.toString("base64") !== text.trim())
    throw malformed("Content-MD5", "is not the base64 of 16 octets");
  return { field: "Content-MD5", algorithm: "md5", hash: "md5", octets };
}

/** Whether a recipient asks for sha-256 by its Want-Content-Digest (RFC 9530 §4). Throws `malformed-header`. */
export function wantsSha256(text: string | undefined): boolean {
  const wanted = new Map(parseDictionary("Want-Content-Digest", text ?? "", weight));
  return (wanted.get("sha-256") ?? "0") !== "0";
}

/** Whether a recipient takes sha-256, by its Want-Repr-Digest (RFC 9530 §4): unless it says 0. Throws `malformed-header`. */
export function takesSha256(text: string | undefined): boolean {
  const wanted = parseDictionary("Want-Repr-Digest", text ?? "", weight);
  return new Map(wanted).get("sha-256") !== "0";
}

/** `sha-256=:…:`, from hexadecimal. */
export function formatSha256(hex: string): string {
  return `sha-256=:${Buffer.from(hex, "hex").toString("base64")}:`;
}

/** Members in order: of equal keys the last counts (RFC 9651 §4.2.2). */
function parseDictionary(field: string, text: string, value: RegExp): [string, string][] {
  const members: [string, string][] = [];
  let at = 0;
  const take = (expression: RegExp): string => {
    expression.lastIndex = at;
    const match = expression.exec(text);
    if (!match) throw malformed(field, "is no dictionary of its kind (RFC 9530)");
    at = expression.lastIndex;
    return match[1] ?? "";
  };
  while (at < text.length) {
    members.push([take(key), take(value)]);
    take(parameters);
    if (at === text.length) break;
    if (text[at++] !== "," || at === text.length) throw malformed(field, "ends in no member");
  }
  return members;
}

function malformed(field: string, what: string): WaybillError {
  return new WaybillError({ code: "malformed-header", detail: `The header ${field} ${what}.` });
}
