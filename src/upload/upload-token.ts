// Attach tokens: 256 random bits behind a prefix. Only their digest is kept, so that nobody who reads the
// database can use one; it has nothing to do with where the bytes are.
import { createHash, randomBytes } from "node:crypto";
import { uploadTokenPrefix } from "../base/upload-reference.js";

export function createUploadToken(): string {
  return uploadTokenPrefix + randomBytes(32).toString("base64url");
}

export function digestOfToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
