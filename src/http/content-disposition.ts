// Content-Disposition of responses, and of requests with raw bytes (RFC 6266, RFC 8187).
// The header of a multipart part is not this one: see codec/multipart.
import { WaybillError } from "../base/fault.js";
import { isToken, parseParameters } from "../base/media-type.js";

export interface ContentDisposition {
  /** Lower-case: `attachment`, `inline`, `form-data`… */
  readonly type: string;
  /** Without any path; untrusted. */
  readonly filename?: string;
}

/** Writes `attachment; filename="zlut.pdf"; filename*=UTF-8''%C5%BElu%C5%A5.pdf`; the second name only where it says more. */
export function formatContentDisposition(
  type: "attachment" | "inline",
  filename: string | undefined,
): string {
  const name = withoutTricks(baseName(filename ?? ""));
  if (name === "") return type;
  const plain = toAscii(name);
  const quoted = `${type}; filename="${plain}"`;
  return plain === name ? quoted : `${quoted}; filename*=UTF-8''${encodeExtended(name)}`;
}

/** Reads the field of a request. Throws `malformed-header`. */
export function parseContentDisposition(field: string): ContentDisposition {
  const semicolon = field.indexOf(";");
  const type = (semicolon < 0 ? field : field.slice(0, semicolon)).trim().toLowerCase();
  const parameters = semicolon < 0 ? new Map() : parseParameters(field, semicolon);
  if (!isToken(type) || !parameters) throw malformed("is not a disposition with parameters");
  // RFC 6266 §4.3: of both, the extended one.
  const extended = parameters.get("filename*");
  const plain = parameters.get("filename");
  if (extended !== undefined) return { type, filename: baseName(decodeExtended(extended)) };
  return plain === undefined ? { type } : { type, filename: baseName(decodeField(plain)) };
}

function baseName(filename: string): string {
  return filename.slice(Math.max(filename.lastIndexOf("/"), filename.lastIndexOf("\\")) + 1);
}

// Controls have no place in a name, and bidirectional ones can make `exe.gpj` read as `jpg.exe`.
function withoutTricks(name: string): string {
  // oxlint-disable-next-line no-control-regex
  return name.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
}

// RFC 6266 Appendix D: nothing to be escaped and no percent sign, since receivers disagree about both.
function toAscii(name: string): string {
  return name
    .normalize("NFKD")
    .replace(/\p{Mark}/gu, "")
    .replace(/[^ -~]/gu, "_")
    .replace(/["%\\]/g, "_");
}

/** RFC 8187 §3.2.1, attr-char. Octet by octet, so that a lone surrogate becomes U+FFFD and no exception. */
export function encodeExtended(name: string): string {
  let text = "";
  for (const octet of Buffer.from(name, "utf8")) {
    const char = String.fromCharCode(octet);
    const hex = octet.toString(16).toUpperCase().padStart(2, "0");
    text += /[A-Za-z0-9!#$&+.^_`|~-]/.test(char) ? char : `%${hex}`;
  }
  return text;
}

function decodeExtended(value: string): string {
  const [charset = "", , text] = value.split("'", 3);
  const octets = text === undefined ? undefined : decodePercent(text);
  const isUtf8 = charset.toLowerCase() === "utf-8";
  if (!octets || !(isUtf8 || charset.toLowerCase() === "iso-8859-1")) {
    throw malformed("has a filename* that is not UTF-8''name (RFC 8187)");
  }
  const name = isUtf8 ? decodeUtf8(octets) : octets.toString("latin1");
  if (name === undefined) throw malformed("has a filename* that is no UTF-8");
  return name;
}

function decodePercent(text: string): Buffer | undefined {
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return undefined;
  const raw = text.replace(/%(..)/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(raw, "latin1");
}

// Clients write UTF-8 where RFC 9110 §5.5 has opaque octets, which arrive as one character each.
function decodeField(text: string): string {
  const isOctets = !/[^\u0000-\u00ff]/.test(text); // oxlint-disable-line no-control-regex
  return (isOctets ? decodeUtf8(Buffer.from(text, "latin1")) : undefined) ?? text;
}

function decodeUtf8(octets: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    return undefined;
  }
}

function malformed(what: string): WaybillError {
  return new WaybillError({
    code: "malformed-header",
    detail: `The Content-Disposition header ${what}.`,
  });
}
