// A stored blob as the answer to GET and HEAD, opened before it is answered and closed after it was sent.
import { WaybillError } from "../base/fault.js";
import type { FileReference } from "../base/file-reference.js";
import { preconditionFailed } from "./act-target.js";
import type { HttpRequest, HttpResponse } from "./exchange.js";
import { fileResponse } from "./file-response.js";
import { closeAfter, type OpenBlob } from "./open-blob.js";
import { problemResponse } from "./problem.js";

export interface ServedBlob {
  readonly reference: FileReference;
  readonly etag: string;
  readonly filename: string;
  /** Milliseconds since the Unix epoch. */
  readonly modifiedMs: number;
}

/** Takes the blob over: it is closed however this ends. */
export async function blobResponse(
  request: HttpRequest,
  served: ServedBlob,
  blob: OpenBlob,
): Promise<HttpResponse> {
  try {
    return await closeAfter(answerOf(request, served, blob), blob);
  } catch (error) {
    await blob.close();
    throw error;
  }
}

function answerOf(
  request: HttpRequest,
  { reference, etag, filename, modifiedMs }: ServedBlob,
  blob: OpenBlob,
): HttpResponse {
  const { size, mediaType, sha256 } = reference;
  const response = fileResponse(request, {
    size,
    mediaType,
    etag,
    modifiedMs,
    sha256,
    filename,
    // Of an empty file there is nothing to read; the store's ranges include their last octet.
    read: ({ start, end }) => (end > start ? blob.read({ start, end: end - 1 }) : nothing()),
  });
  if (response.status === 412) return problemResponse(preconditionFailed(), response.headers);
  if (response.status === 416) return problemResponse(unsatisfiable(size), response.headers);
  return response;
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

function unsatisfiable(size: number): WaybillError {
  const detail = `None of the ranges is within the ${size} octets of the file.`;
  return new WaybillError({ code: "range-not-satisfiable", detail });
}
