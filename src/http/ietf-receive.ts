// The octets of one request on their way into its upload (draft-ietf-httpbis-resumable-upload-11 §4.2.2, §4.4.2).
import { WaybillError } from "../base/fault.js";
import type { Resumables } from "../upload/resumable.js";
import type { HttpRequest } from "./exchange.js";
import { progressOf } from "./ietf-interim.js";
import type { OperationRun } from "./operation-run.js";
import { verifyDigest } from "./verify-digest.js";

export interface UploadPiece {
  readonly id: string;
  readonly offset: number;
  /** Of the upload when the request was let in. */
  readonly epoch: number;
  /** Of the whole upload; null while unknown. */
  readonly size: number | null;
  /** Does the upload end with it? */
  readonly complete: boolean;
  /** Does the client know where it is? */
  readonly isKnown: boolean;
  /** Those whose digests are of the content. */
  readonly headers: HttpRequest["headers"];
}

/**
 * What came before a failure counts, unless it was to be held against a digest. Rejects with
 * `inconsistent-upload-length` for more or fewer octets than were said; more of them end the upload.
 */
export async function receivePiece(
  run: OperationRun,
  uploads: Resumables,
  piece: UploadPiece,
): Promise<void> {
  const { id, offset, epoch, size, complete, isKnown } = piece;
  const body = verifyDigest(run.request.body, piece.headers);
  if (size !== null && offset + contentLength(run) > size) throw await tooLong(uploads, id, size);
  const writer = await uploads.append(id, run.principal, {
    offset,
    epoch,
    size: size ?? undefined,
    whole: body !== run.request.body,
    completes: complete,
    isKnown,
    progress: progressOf(run),
  });
  let end = offset;
  const pump = (): Promise<void> =>
    body.pump((chunk) => {
      end += chunk.length;
      return writer.write(chunk);
    }, run.limits);
  try {
    if (body.present) await Promise.race([pump(), writer.superseded]);
    if (complete && size !== null && end !== size) throw tooShort(end, size);
  } catch (error) {
    await writer.stop();
    throw size !== null && end > size ? await tooLong(uploads, id, size) : error;
  }
  await writer.end();
}

function contentLength({ request }: OperationRun): number {
  return Number(request.headers["content-length"] ?? 0);
}

// §4.4.2: once the offset would exceed the length, nothing can be done with the upload any more.
async function tooLong(uploads: Resumables, id: string, size: number): Promise<WaybillError> {
  await uploads.reject(id);
  return otherLength(`More octets came than the ${size} of the upload, which ends with it.`);
}

function tooShort(end: number, size: number): WaybillError {
  return otherLength(`The upload is not complete: of its ${size} octets there are ${end}.`);
}

export function otherLength(detail: string): WaybillError {
  return new WaybillError({ code: "inconsistent-upload-length", detail });
}
