// Undoes the Content-Encoding of a request body (RFC 9110 §8.4) and holds its size limits, on the octets
// received and on those decoded. Knows nothing of what the body means.
import { WaybillError } from "../base/fault.js";
import type { Limits } from "../base/limits.js";
import { contentCodings, type ContentCoding } from "./content-coding.js";
import { ContentInflater } from "./content-inflater.js";
import type { RequestBody } from "./exchange.js";

type BodyLimits = Pick<Limits, "bodyBytesMax" | "inflateRatioMax">;

/** Whom nobody needs to answer: real senders use one coding, and two only by mistake. */
const codingsMax = 2;
/** The ratio counts from here on: small bodies may well be one long run of zeros. */
const ratioFreeBytes = 1024 * 1024;

/** What a 415 says in `Accept-Encoding` (RFC 9110 §15.5.16). */
export const acceptedEncodings: readonly string[] = [...contentCodings.keys()].filter(
  (name) => name !== "x-gzip",
);

/**
 * The body without its `Content-Encoding` (`header`), in order and with back-pressure, in bounded memory.
 * `contentLength` is that of the message, in octets as sent. Throws `unsupported-content-encoding` and
 * `body-too-large` at once; its `pump` rejects with `body-too-large` and `malformed-encoding`.
 */
export function decodeContent(
  body: RequestBody,
  header: string | undefined,
  limits: BodyLimits,
  contentLength?: number,
): RequestBody {
  const codings = parseCodings(header ?? "");
  if (contentLength !== undefined && contentLength > limits.bodyBytesMax) throw tooLarge(limits);
  const meter = { receivedBytes: 0 };
  let decoded = countReceived(body, limits, meter);
  // RFC 9110 §8.4: listed in the order in which they were applied.
  for (const coding of codings.toReversed()) {
    decoded = guardDecoded(inflate(decoded, coding), limits, meter);
  }
  return decoded;
}

function parseCodings(header: string): ContentCoding[] {
  const names = header
    .split(",", 100)
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "" && name !== "identity");
  if (names.length > codingsMax) throw unsupported("More than two content codings are stacked.");
  return names.map((name) => {
    const coding = contentCodings.get(name);
    if (!coding) throw unsupported(`The content coding ${JSON.stringify(name)} is not supported.`);
    return coding;
  });
}

function countReceived(
  body: RequestBody,
  limits: BodyLimits,
  meter: { receivedBytes: number },
): RequestBody {
  return {
    present: body.present,
    pump: (write, pace) =>
      body.pump((chunk) => {
        meter.receivedBytes += chunk.length;
        if (meter.receivedBytes > limits.bodyBytesMax) throw tooLarge(limits);
        return write(chunk);
      }, pace),
  };
}

function inflate(body: RequestBody, coding: ContentCoding): RequestBody {
  return {
    present: body.present,
    async pump(write, pace) {
      if (!body.present) return;
      const inflater = new ContentInflater(coding, write);
      try {
        await body.pump((chunk) => inflater.write(chunk), pace);
        await inflater.end();
      } finally {
        inflater.close();
      }
    },
  };
}

function guardDecoded(
  body: RequestBody,
  limits: BodyLimits,
  meter: { readonly receivedBytes: number },
): RequestBody {
  let bytes = 0;
  return {
    present: body.present,
    pump: (write, pace) =>
      body.pump((chunk) => {
        bytes += chunk.length;
        if (bytes > limits.bodyBytesMax) throw tooLarge(limits);
        const ratioBytesMax = meter.receivedBytes * limits.inflateRatioMax;
        if (bytes > ratioFreeBytes && bytes > ratioBytesMax) throw tooDense(limits, bytes);
        return write(chunk);
      }, pace),
  };
}

function tooLarge({ bodyBytesMax }: BodyLimits): WaybillError {
  return new WaybillError({
    code: "body-too-large",
    detail: `The request body is larger than ${bodyBytesMax} octets.`,
    offset: bodyBytesMax,
    limit: { name: "bodyBytesMax", value: bodyBytesMax },
  });
}

function tooDense({ inflateRatioMax }: BodyLimits, offset: number): WaybillError {
  return new WaybillError({
    code: "body-too-large",
    detail: `The compressed body expands to more than ${inflateRatioMax} times its size.`,
    offset,
    limit: { name: "inflateRatioMax", value: inflateRatioMax },
  });
}

function unsupported(detail: string): WaybillError {
  return new WaybillError({ code: "unsupported-content-encoding", detail });
}
