// The answer to a batch: the responses in order, as messages of their own (RFC 9112 §10.2) or as one JSON array.
import { STATUS_CODES } from "node:http";
import { parseMediaType } from "../base/media-type.js";
import type { HttpResponse } from "./exchange.js";
import { jsonResponse } from "./json-response.js";

export interface BatchAnswer {
  readonly contentId: string | undefined;
  readonly response: HttpResponse;
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
  const parts = answers.map((each) => `--${boundary}\r\n${asMessage(each)}\r\n`);
  return {
    status: 200,
    headers: { "content-type": `multipart/mixed; boundary=${boundary}` },
    body: `${parts.join("")}--${boundary}--\r\n`,
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
  const { status, headers, body } = response;
  const text = textOf(body);
  const isJson = /\bjson\b/.test(String(headers["content-type"] ?? ""));
  return {
    status,
    headers,
    ...(contentId === undefined ? {} : { contentId }),
    ...(text === "" ? {} : { body: isJson ? (JSON.parse(text) as unknown) : text }),
  };
}

function asMessage({ contentId, response }: BatchAnswer): string {
  const { status, headers, body } = response;
  const text = textOf(body);
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((each) => `${name}: ${each}`),
  );
  const length = status === 204 ? [] : [`content-length: ${Buffer.byteLength(text)}`];
  return [
    "content-type: application/http; msgtype=response",
    ...(contentId === undefined ? [] : [`content-id: <${contentId}>`]),
    "",
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    ...lines,
    ...length,
    "",
    text,
  ].join("\r\n");
}

// What a batch may ask for is answered by texts, unless code of the operation answers something else.
function textOf(body: HttpResponse["body"]): string {
  if (body === undefined || typeof body === "string") return body ?? "";
  return body instanceof Uint8Array ? Buffer.from(body).toString() : "";
}
