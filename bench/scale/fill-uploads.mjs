// Uploads whose time is over an hour ago, and that nobody has attached: rows by SQL in one go. Their bytes are the
// caller's to store, under the same keys.
import { dialects } from "./fill-resources.mjs";

/** The key of number `i`, from 1. */
export function uploadKey(i) {
  return `01900000-0000-7000-8000-${i.toString(16).padStart(12, "0")}`;
}

/** SQL texts. */
export function fillUploads(dialect, { count, size, nowMs }) {
  const { numbers, hex } = dialects[dialect];
  const id = `'01900000-0000-7000-8000-' || ${hex(12)}`;
  const [createdAt, expiresAt] = [nowMs - 25 * 3_600_000, nowMs - 3_600_000];
  return [
    `INSERT INTO blob (id, key, size, sha256, media_type, created_at)
      ${numbers(count)} SELECT ${id}, ${id}, ${size}, ${hex(64)}, 'application/octet-stream', ${createdAt} FROM number`,
    `INSERT INTO upload (id, key, state, token_digest, size, received, epoch, lease_until, created_at, expires_at, blob_id)
      ${numbers(count)} SELECT ${id}, ${id}, 'verified', ${hex(64)}, ${size}, ${size}, 0, 0, ${createdAt}, ${expiresAt}, ${id}
      FROM number`,
  ];
}
