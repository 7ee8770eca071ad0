// A picture of about 20 KB: noise, which compresses badly, from a seed.
import { writeFileSync } from "node:fs";
import sharp from "sharp";

/** Writes it, and resolves to how many octets it has. */
export async function writePicture(path) {
  const [width, height] = [82, 82];
  const pixels = Buffer.alloc(width * height * 3);
  let state = 42; // xorshift32
  for (let i = 0; i < pixels.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    pixels[i] = state;
  }
  const png = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  writeFileSync(path, png);
  return png.length;
}
