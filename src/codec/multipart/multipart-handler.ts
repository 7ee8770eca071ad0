// What a decoder of multipart bodies tells, and whoever stands between it and the reader passes on.
import type { PartHead } from "./part-head.js";

/** Told of the parts in order. What it throws ends the decoder and reaches the caller. */
export interface MultipartHandler {
  onPart(head: PartHead): void;
  /** A view that must not be written to, never empty; `offset` is the octet in the body of `bytes[0]`. */
  onData(bytes: Uint8Array, offset: number): void;
  onPartEnd(): void;
}
