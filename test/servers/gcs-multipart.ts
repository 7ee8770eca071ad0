// Parts of a multipart body that is all there (RFC 2046 §5.1), for the fake of Google Cloud Storage.
import { Refusal } from "./gcs-refusal.js";

export interface BodyPart {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

export function splitMultipart(
  { headers }: { readonly headers: Readonly<Record<string, string>> },
  body: Buffer,
): BodyPart[] {
  const [, quoted, plain] =
    /boundary=(?:"([^"]+)"|([^;]+))/i.exec(headers["content-type"] ?? "") ?? [];
  const delimiter = Buffer.from(`\r\n--${quoted ?? plain ?? ""}`);
  const whole = Buffer.concat([Buffer.from("\r\n"), body]);
  const parts: BodyPart[] = [];
  let at = whole.indexOf(delimiter);
  for (;;) {
    const next = at === -1 ? -1 : whole.indexOf(delimiter, at + delimiter.length);
    if (next === -1) break;
    parts.push(parsePart(whole.subarray(whole.indexOf("\r\n", at + delimiter.length) + 2, next)));
    at = next;
  }
  if (at === -1 || whole.subarray(at + delimiter.length).toString("latin1", 0, 2) !== "--")
    throw new Refusal(400, "invalid", "Malformed multipart body.");
  return parts;
}

function parsePart(bytes: Buffer): BodyPart {
  const end = bytes.indexOf("\r\n\r\n");
  if (end === -1) throw new Refusal(400, "invalid", "Malformed multipart body.");
  const lines = bytes.toString("utf8", 0, end).split("\r\n");
  const headers = lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return { headers: Object.fromEntries(headers), bytes: bytes.subarray(end + 4) };
}
