// Verifies V4 signatures of Google Cloud Storage, of URLs and of POST policies, by the public key of a service account, as
// cloud.google.com/storage/docs/authentication/canonical-requests, …/signatures and …/xml-api/post-object-forms say.
// Knows no server. Throws a `Refusal` for what the service refuses.
import { createHash, verify, type KeyObject } from "node:crypto";
import { Refusal } from "./gcs-refusal.js";

export interface SignedUrlRequest {
  readonly method: string;
  /** As it stands in the request, with the host that was asked. */
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Signer {
  readonly email: string;
  readonly key: KeyObject;
  readonly nowMs: number;
}

const algorithm = "GOOG4-RSA-SHA256";
const weekSeconds = 604_800;

/** For a request by a signed URL. */
export function verifySignedUrl({ method, url, headers }: SignedUrlRequest, signer: Signer): void {
  const query = new Map(url.searchParams);
  const asked = (name: string): string => {
    const value = query.get(name);
    if (value === undefined) throw denied(`${name} is missing.`);
    return value;
  };
  if (asked("X-Goog-Algorithm") !== algorithm) throw denied("Another algorithm.");
  const date = asked("X-Goog-Date");
  const scope = scopeOf(asked("X-Goog-Credential"), date, signer.email);
  const seconds = Number(asked("X-Goog-Expires"));
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > weekSeconds)
    throw new Refusal(400, "InvalidArgument", "X-Goog-Expires is from 1 to 604800.");
  const fromMs = parseDate(date);
  if (signer.nowMs < fromMs - 900_000) throw denied("Not valid yet.");
  if (signer.nowMs > fromMs + seconds * 1000)
    throw new Refusal(400, "ExpiredToken", "The signature has expired.");
  const names = asked("X-Goog-SignedHeaders").split(";");
  if (!names.includes("host")) throw denied("The host is not signed.");
  // "Any x-goog- header that is sent must be signed."
  const loose = Object.keys(headers).find(
    (name) => name.startsWith("x-goog-") && !names.includes(name),
  );
  if (loose !== undefined) throw denied(`${loose} is not signed.`);
  const signature = Buffer.from(asked("X-Goog-Signature"), "hex");
  // Clients sign the host without its port; the service has only the one that needs none.
  const isTrue = [url.host, url.hostname].some((host) => {
    const canonical = canonicalRequest({ method, url, headers: { ...headers, host } }, names);
    const text = [algorithm, date, scope, createHash("sha256").update(canonical).digest("hex")];
    return verify("sha256", Buffer.from(text.join("\n")), signer.key, signature);
  });
  if (!isTrue) throw denied("The signature is another one.", "SignatureDoesNotMatch");
}

function canonicalRequest(
  { method, url, headers }: SignedUrlRequest,
  names: readonly string[],
): string {
  const query = [...url.searchParams]
    .filter(([name]) => name !== "X-Goog-Signature")
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`);
  const lines = names.map((name) => {
    const value = headers[name];
    if (value === undefined) throw denied(`${name} is signed, and was not sent.`);
    return `${name}:${value.trim().replace(/\s+/g, " ")}\n`;
  });
  const payload = headers["x-goog-content-sha256"] ?? "UNSIGNED-PAYLOAD";
  const parts = [method, url.pathname, query.join("&"), lines.join(""), names.join(";"), payload];
  return parts.join("\n");
}

/** A form's fields but for the file, whose length is asked of. */
export interface PolicyRequest {
  readonly bucket: string;
  /** In the order of the form, names in lower case. */
  readonly fields: ReadonlyMap<string, string>;
  readonly fileBytes: number;
}

/** For a form with a policy. */
export function verifyPolicy({ bucket, fields, fileBytes }: PolicyRequest, signer: Signer): void {
  const asked = (name: string): string => {
    const value = fields.get(name);
    if (value === undefined) throw denied(`The field ${name} is missing.`);
    return value;
  };
  const encoded = asked("policy");
  if (asked("x-goog-algorithm") !== algorithm) throw denied("Another algorithm.");
  scopeOf(asked("x-goog-credential"), asked("x-goog-date"), signer.email);
  const signature = Buffer.from(asked("x-goog-signature"), "hex");
  if (!verify("sha256", Buffer.from(encoded), signer.key, signature))
    throw denied("The signature is another one.", "SignatureDoesNotMatch");
  const policy: Policy = JSON.parse(Buffer.from(encoded, "base64").toString());
  if (signer.nowMs > Date.parse(policy.expiration)) throw refused("The policy has expired.");
  const open = new Set([...fields.keys()].filter((name) => !isFree(name)));
  const given = new Map([...fields, ["bucket", bucket]]);
  for (const condition of policy.conditions.flatMap(conditionsOf)) {
    if (condition.rule === "content-length-range") {
      if (fileBytes < condition.min) throw new Refusal(400, "EntityTooSmall", "Too few octets.");
      if (fileBytes > condition.max) throw new Refusal(400, "EntityTooLarge", "Too many octets.");
      continue;
    }
    const value = given.get(condition.field) ?? "";
    const holds =
      condition.rule === "eq" ? value === condition.value : value.startsWith(condition.value);
    if (!holds) throw refused(`The policy says otherwise of ${condition.field}.`);
    open.delete(condition.field);
  }
  if (open.size > 0) throw refused(`The policy says nothing of ${[...open].join(", ")}.`);
}

interface Policy {
  readonly expiration: string;
  readonly conditions: readonly (Readonly<Record<string, string>> | readonly (string | number)[])[];
}

type Condition =
  | { readonly rule: "eq" | "starts-with"; readonly field: string; readonly value: string }
  | { readonly rule: "content-length-range"; readonly min: number; readonly max: number };

function conditionsOf(given: Policy["conditions"][number]): Condition[] {
  if (!isList(given))
    return Object.entries(given).map(([field, value]) => ({
      rule: "eq",
      field: field.toLowerCase(),
      value,
    }));
  const [rule, first, second] = given;
  if (rule === "content-length-range") return [{ rule, min: Number(first), max: Number(second) }];
  if (rule !== "eq" && rule !== "starts-with") throw refused(`There is no condition ${rule}.`);
  return [{ rule, field: String(first).replace(/^\$/, "").toLowerCase(), value: String(second) }];
}

function isList(given: Policy["conditions"][number]): given is readonly (string | number)[] {
  return Array.isArray(given);
}

function isFree(name: string): boolean {
  return ["x-goog-signature", "policy", "file"].includes(name) || name.startsWith("x-ignore-");
}

function scopeOf(credential: string, date: string, email: string): string {
  const [who, ...scope] = credential.split("/");
  if (who !== email) throw denied("Another account.");
  const wanted = [date.slice(0, 8), "auto", "storage", "goog4_request"];
  if (scope.join("/") !== wanted.join("/")) throw denied("Another scope.");
  return scope.join("/");
}

/** `20190201T090000Z` */
function parseDate(text: string): number {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  if (parts.length === 0) throw denied("X-Goog-Date is no time.");
  const [year, month, day, hours, minutes, seconds] = parts;
  return Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function denied(detail: string, code = "AccessDenied"): Refusal {
  return new Refusal(403, code, detail);
}

function refused(detail: string): Refusal {
  return new Refusal(400, "InvalidPolicyDocument", detail);
}
