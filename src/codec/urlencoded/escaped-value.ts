// Undoes the escapes of one value after another that come in pieces. An escape may be cut anywhere.
import { openEscape, percentDecode } from "./percent-decode.js";

export class EscapedValue {
  private readonly onData: (bytes: Uint8Array, offset: number) => void;
  /** The beginning of an escape that the last piece ended in, a copy. */
  private open: Uint8Array | undefined;
  private openOffset = 0;

  constructor(onData: (bytes: Uint8Array, offset: number) => void) {
    this.onData = onData;
  }

  /** `piece` is not empty; `offset` is that of its first octet, as sent. */
  write(piece: Uint8Array, offset: number): void {
    const { open } = this;
    const bytes = open ? joined(open, piece) : piece;
    const start = open ? this.openOffset : offset;
    const end = bytes.length - openEscape(bytes);
    this.openOffset = start + end;
    this.open = end < bytes.length ? bytes.slice(end) : undefined;
    if (end > 0)
      this.onData(percentDecode(end < bytes.length ? bytes.subarray(0, end) : bytes), start);
  }

  /** The value has ended: what began like an escape is none. */
  end(): void {
    const { open } = this;
    this.open = undefined;
    if (open) this.onData(open, this.openOffset);
  }
}

function joined(open: Uint8Array, piece: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(open.length + piece.length);
  bytes.set(open);
  bytes.set(piece, open.length);
  return bytes;
}
