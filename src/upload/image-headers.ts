// The headers of the two image formats in common use that sharp does not read.
import type { Measured } from "./inspect-image.js";

/** BITMAPFILEHEADER and BITMAPINFOHEADER, or the older BITMAPCOREHEADER. */
export function readBmp(head: Uint8Array): Measured | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.byteLength < 30) return undefined;
  const headerBytes = view.getUint32(14, true);
  const core = headerBytes === 12;
  if (!core && (headerBytes < 40 || headerBytes > 124)) return undefined;
  const width = core ? view.getUint16(18, true) : view.getInt32(18, true);
  // Negative for rows from top to bottom.
  const height = core ? view.getUint16(20, true) : Math.abs(view.getInt32(22, true));
  const depth = view.getUint16(core ? 24 : 28, true);
  const planes = view.getUint16(core ? 22 : 26, true);
  if (planes !== 1 || ![0, 1, 2, 4, 8, 16, 24, 32].includes(depth)) return undefined;
  return width > 0 && height > 0 ? { width, height, frames: 1 } : undefined;
}

/** ICONDIR: the largest of its images; 0 stands for 256. */
export function readIco(head: Uint8Array): Measured | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const count = view.byteLength < 22 ? 0 : view.getUint16(4, true);
  if (count === 0 || view.byteLength < 6 + count * 16) return undefined;
  let largest: Measured | undefined;
  for (let i = 0; i < count; i++) {
    const width = view.getUint8(6 + i * 16) || 256;
    const height = view.getUint8(7 + i * 16) || 256;
    if (!largest || width * height > largest.width * largest.height) {
      largest = { width, height, frames: count };
    }
  }
  return largest;
}
