// Uploads whose time was over an hour ago, and that nobody has attached; and bytes of others that expired two days ago,
// whose rows are gone: rows by SQL in one go. The bytes are the caller's to store.
import { dialects } from "./fill-resources.mjs";

const buried = "01900000-0000-7000-9000-";

/** The key of the bytes of number `i`, from 1. */
export function buriedKey(i) {
  return `${buried}${i.toString(16).padStart(12, "0")}`;
}

/** SQL texts. */
export function fillUploads(dialect, { count, size, nowMs }) {
  const { numbers, hex } = dialects[dialect];
  const id = `'01900000-0000-7000-8000-' || ${hex(12)}`;
  const [createdAt, expiresAt] = [nowMs - 25 * 3_600_000, nowMs - 3_600_000];
  const buriedAt = nowMs - 48 * 3_600_000;
  return [
    `INSERT INTO tombstone (key, created_at) ${numbers(count)}
      SELECT '${buried}' || ${hex(12)}, ${buriedAt} FROM number`,
    `INSERT INTO blob (id, key, size, sha256, media_type, created_at)
      ${numbers(count)} SELECT ${id}, ${id}, ${size}, ${hex(64)}, 'application/octet-stream', ${createdAt} FROM number`,
    `INSERT INTO upload (id, key, state, token_digest, size, received, epoch, lease_until, created_at, expires_at, blob_id)
      ${numbers(count)} SELECT ${id}, ${id}, 'verified', ${hex(64)}, ${size}, ${size}, 0, 0, ${createdAt}, ${expiresAt}, ${id}
      FROM number`,
  ];
}
