// What is told of a file that was staged: by whom and how it may be attached.
import { formatDateTime } from "../base/date-time.js";
import type { FileReference } from "../base/file-reference.js";
import type { HttpResponse } from "./exchange.js";
import { jsonResponse } from "./json-response.js";

export interface Staged {
  readonly token: string;
  readonly expiresAt: number;
  readonly reference: FileReference;
}

export function stagedResponse(
  status: number,
  { token, expiresAt, reference }: Staged,
  headers: Readonly<Record<string, string>>,
): HttpResponse {
  const { mediaType, size, sha256, filename } = reference;
  const shown = {
    upload: token,
    expiresAt: formatDateTime(expiresAt),
    mediaType,
    size,
    sha256,
    filename,
  };
  return jsonResponse(status, shown, { ...headers, "cache-control": "no-store" });
}
