// What an upload's state is in header fields (draft-ietf-httpbis-resumable-upload-11 §4.1).
import type { WaybillError } from "../base/fault.js";
import type { Resumables, ResumableUpload } from "../upload/resumable.js";
import type { HttpRequest } from "./exchange.js";
import { formatBooleanItem, parseBooleanItem } from "./structured-item.js";

/** §4.3.2. */
export function stateFields(row: ResumableUpload, limits: Limited): Record<string, string> {
  const length = row.isWhole ? row.received : row.size;
  return {
    "upload-offset": String(row.received),
    "upload-complete": formatBooleanItem(row.isWhole),
    ...(length === null ? {} : { "upload-length": String(length) }),
    "upload-limit": formatUploadLimit(limits.bytesMax, row.remainingMs),
    "cache-control": "no-store",
  };
}

type Limited = Pick<Resumables, "bytesMax" | "expiresMs">;

/** Of an upload that is yet to be made. */
export function limitFields({ bytesMax, expiresMs }: Limited): Record<string, string> {
  return { "upload-limit": formatUploadLimit(bytesMax, expiresMs) };
}

/** §4.1.4: octets, and seconds. */
function formatUploadLimit(bytesMax: number, remainingMs: number): string {
  return `max-size=${bytesMax}, max-age=${Math.max(0, Math.floor(remainingMs / 1000))}`;
}

/** With every failure of a request to create or to append (§4.1.2): is there any sense in going on? */
export function ietfFailureHeaders(
  { headers }: HttpRequest,
  failure: WaybillError,
): Record<string, string> {
  const isSaid = parseBooleanItem(headers["upload-complete"]) !== undefined;
  if (!isSaid || headers["tus-resumable"] !== undefined) return {};
  const [{ code, offsets, limit }] = failure.faults;
  return {
    "upload-complete": formatBooleanItem(code === "upload-rejected"),
    ...(offsets ? { "upload-offset": String(offsets.expected) } : {}),
    ...(code === "file-too-large" && limit ? { "upload-limit": `max-size=${limit.value}` } : {}),
  };
}
