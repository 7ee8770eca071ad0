// A handler that tells how many octets went in and out, and in which style they came. Changes nothing of either.
import { essenceOf, parseMediaType } from "../base/media-type.js";
import type { HttpHandler, HttpRequest, HttpResponse } from "../http/exchange.js";
import { isStream } from "../http/open-blob.js";

export interface OctetMeter {
  count(direction: "in" | "out", octets: number): void;
  /** One more request that is being answered, or one less. */
  running(by: 1 | -1): void;
  /** A request that brought octets, once it is answered. */
  brought(style: BodyStyle, status: number): void;
}

export type BodyStyle = "tus" | "draft" | "form" | "json" | "batch" | "raw";

export function countedOctets(handler: HttpHandler, meter: OctetMeter): HttpHandler {
  return async (request) => {
    meter.running(1);
    try {
      const response = await handler(counting(request, meter));
      if (request.body.present) meter.brought(styleOf(request), response.status);
      return counted(response, meter);
    } finally {
      meter.running(-1);
    }
  };
}

function counting(request: HttpRequest, meter: OctetMeter): HttpRequest {
  const { body } = request;
  if (!body.present) return request;
  const pump: typeof body.pump = (write, pace) =>
    body.pump((chunk) => {
      meter.count("in", chunk.length);
      return write(chunk);
    }, pace);
  return { ...request, body: { present: true, pump } };
}

function counted(response: HttpResponse, meter: OctetMeter): HttpResponse {
  const { body } = response;
  if (body === undefined) return response;
  if (!isStream(body)) {
    meter.count("out", Buffer.byteLength(body));
    return response;
  }
  // No generator: one that was never begun does not give up what is behind it.
  const inner = body[Symbol.asyncIterator]();
  const iterator: AsyncIterator<Uint8Array> = {
    async next() {
      const result = await inner.next();
      if (!result.done) meter.count("out", result.value.length);
      return result;
    },
    async return() {
      await inner.return?.();
      return { done: true, value: undefined };
    },
  };
  return { ...response, body: { [Symbol.asyncIterator]: () => iterator } };
}

function styleOf({ headers }: HttpRequest): BodyStyle {
  if (headers["tus-resumable"] !== undefined) return "tus";
  if (headers["upload-complete"] !== undefined) return "draft";
  const type = parseMediaType(headers["content-type"] ?? "");
  if (!type) return "raw";
  if (essenceOf(type) === "multipart/mixed") return "batch";
  if (type.type === "multipart") return "form";
  return /(^|\+)json$/.test(type.subtype) ? "json" : "raw";
}
