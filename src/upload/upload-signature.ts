// Signed URLs of the server itself, for whom the storage has none: whoever has one may send exactly these octets, and
// nothing else. No token, and no word of where the bytes lie.
import { createHmac, timingSafeEqual } from "node:crypto";

export interface SignedUpload {
  readonly method: string;
  readonly id: string;
  /** Octets, exactly. */
  readonly size: number | null;
  readonly mediaType: string | null;
  readonly sha256: string | null;
  /** As the URL has it. */
  readonly expires: string;
}

// Stands first, so that no signature for another purpose is ever one for this.
const purpose = "waybill: send an upload";

export function signUpload(
  secret: string,
  { method, id, size, mediaType, sha256, expires }: SignedUpload,
): string {
  const text = JSON.stringify([purpose, method, id, size, mediaType, sha256, expires]);
  return createHmac("sha256", secret).update(text).digest("base64url");
}

/** In constant time. */
export function isSignature(said: string, right: string): boolean {
  const [a, b] = [Buffer.from(said), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
