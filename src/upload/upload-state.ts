// What the state of an upload means for whoever asks.
import type { UploadRow } from "../db/uploads.js";

export function isWhole({ state, role, target }: UploadRow): boolean {
  if (state === "stored") return role === "part";
  return state === "attached" || (state === "verified" && target === null);
}

/** What copies parts is nobody's, and a signed URL is asked for nothing. */
export function mayBeTakenOver({ role, direct }: UploadRow): boolean {
  return role !== "joined" && direct === null;
}

/** Not all octets are there, and more may come. */
export function isOpen({ state }: UploadRow): boolean {
  return state === "reserved" || state === "receiving";
}

export function isOver(row: UploadRow, nowMs: number): boolean {
  return row.state !== "attached" && (hasEnded(row) || row.expiresAt <= nowMs);
}

/** Without a resource that has its bytes. */
export function hasEnded({ state }: UploadRow): boolean {
  return state === "expired" || state === "aborted" || state === "rejected";
}
