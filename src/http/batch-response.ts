// The answer to a batch: the responses in order, as messages of their own (RFC 9112 §10.2) or as one JSON array.
import { isUtf8 } from "node:buffer";
import { STATUS_CODES } from "node:http";
import { parseMediaType } from "../base/media-type.js";
import type { HttpResponse } from "./exchange.js";
import { jsonResponse } from "./json-response.js";
import type { WholeResponse } from "./whole-response.js";

export interface BatchAnswer {
  readonly contentId: string | undefined;
  readonly response: WholeResponse;
}

export interface BatchForm {
  readonly accept: string | undefined;
  /** Of multipart: one that cannot be foretold. */
  readonly boundary: string;
}

export function batchResponse(
  answers: readonly BatchAnswer[],
  { accept, boundary }: BatchForm,
): HttpResponse {
  if (prefersJson(accept)) return jsonResponse(200, answers.map(asJson));
  const parts = answers.flatMap((each) => [`--${boundary}\r\n`, ...asMessage(each), "\r\n"]);
  const pieces = [...parts, `--${boundary}--\r\n`].map((each) => Buffer.from(each));
  return {
    status: 200,
    headers: { "content-type": `multipart/mixed; boundary=${boundary}` },
    body: Buffer.concat(pieces),
  };
}

/** RFC 9110 §12.5.1, as far as it tells these two apart. */
function prefersJson(accept = "*/*"): boolean {
  let json = 0;
  let multipart = 0;
  for (const range of accept.split(",", 100)) {
    const type = parseMediaType(range.trim());
    if (!type) continue;
    const weight = Number(type.parameters.get("q") ?? "1");
    if (type.type === "application" && (type.subtype === "json" || type.subtype === "*"))
      json = Math.max(json, weight);
    if (type.type === "multipart" || type.type === "*") multipart = Math.max(multipart, weight);
  }
  return json > multipart;
}

function asJson({ contentId, response }: BatchAnswer): object {
  const { status, headers } = response;
  return {
    status,
    headers,
    ...(contentId === undefined ? {} : { contentId }),
    ...asValue(response),
  };
}

/** JSON as it is meant, other text as text, and what is no text as base64. */
function asValue({ headers, body = "" }: WholeResponse): { body?: unknown; base64?: string } {
  if (body.length === 0) return {};
  const octets = Buffer.from(body);
  if (!isUtf8(octets)) return { base64: octets.toString("base64") };
  const text = octets.toString();
  if (!/\bjson\b/.test(String(headers["content-type"] ?? ""))) return { body: text };
  try {
    return { body: JSON.parse(text) as unknown };
  } catch {
    return { body: text };
  }
}

/** Its head, and its octets. */
function asMessage({ contentId, response }: BatchAnswer): [string, string | Uint8Array] {
  const { status, headers, body = "" } = response;
  const lines = Object.entries(headers)
    .filter(([name]) => !framing.has(name.toLowerCase()))
    .flatMap(([name, value]) => [value].flat().map((each) => `${name}: ${each}`));
  const length = status === 204 ? [] : [`content-length: ${Buffer.byteLength(body)}`];
  const head = [
    "content-type: application/http; msgtype=response",
    ...(contentId === undefined ? [] : [`content-id: <${contentId}>`]),
    "",
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    ...lines,
    ...length,
    "",
    "",
  ];
  return [head.join("\r\n"), body];
}

// Where a message ends, its octets say.
const framing = new Set(["content-length", "transfer-encoding"]);
