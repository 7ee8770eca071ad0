// The row of an upload of which nothing is there yet.
import { createUuid } from "../base/id.js";
import type { UploadRole, UploadRow } from "../db/uploads.js";
import { baseName } from "./file-intake.js";
import type { Reservation } from "./resumable.js";
import { digestOfToken } from "./upload-token.js";
import type { UploadBinding } from "./uploads.js";

export interface Reserving {
  readonly binding: UploadBinding;
  readonly token: string;
  readonly nowMs: number;
  readonly expiresMs: number;
  readonly role: UploadRole | null;
}

export function reservedRow(
  { size, filename, declaredType, sha256, sha512, target, metadata, concat, direct }: Reservation,
  { binding, token, nowMs, expiresMs, role }: Reserving,
): UploadRow {
  return {
    ...binding,
    id: createUuid(nowMs),
    key: direct?.key ?? createUuid(nowMs),
    state: "reserved",
    tokenDigest: digestOfToken(token),
    size,
    sha256: sha256?.toLowerCase() ?? null,
    sha512: sha512 ?? null,
    target: target ?? null,
    received: 0,
    epoch: 0,
    leaseUntil: 0,
    filename: baseName(filename) ?? null,
    declaredType: declaredType ?? null,
    role,
    metadata: metadata ?? null,
    concat: concat ?? null,
    direct: direct?.to ?? null,
    session: direct?.session ?? null,
    version: null,
    createdAt: nowMs,
    expiresAt: nowMs + expiresMs,
    blob: undefined,
  };
}
