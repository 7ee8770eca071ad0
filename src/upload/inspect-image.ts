// Is it an image that can be read, and how large is it? Reads headers, never decodes pixels: a small
// file may hold a picture too large for any memory.
import { WaybillError } from "../base/fault.js";
import { readBmp, readIco } from "./image-headers.js";

export interface ImageSize {
  /** Pixels, as shown: after the orientation that the file asks for. */
  readonly width: number;
  readonly height: number;
}

/** Bytes, or the path of a local file. */
export type ImageSource = Uint8Array | string;

export interface InspectOptions {
  /** By the bytes. */
  readonly mediaType: string;
  /** The first octets of the file. */
  readonly head: Uint8Array;
  /** Width times height, summed over the frames. */
  readonly pixelsMax: number;
}

/** Rejects with `not-an-image` or `image-too-large`. */
export async function inspectImage(
  source: ImageSource,
  { mediaType, head, pixelsMax }: InspectOptions,
): Promise<ImageSize> {
  const own =
    mediaType === "image/bmp" ? readBmp : mediaType === "image/x-icon" ? readIco : undefined;
  const found = own ? own(head) : await measure(source);
  if (!found) throw new WaybillError({ code: "not-an-image", detail: unreadable });
  if (found.width * found.height * found.frames > pixelsMax) throw tooLarge(found, pixelsMax);
  return { width: found.width, height: found.height };
}

const unreadable = "The file is not an image that can be read.";

export interface Measured extends ImageSize {
  readonly frames: number;
}

function tooLarge({ width, height, frames }: Measured, value: number): WaybillError {
  const size = `${width} × ${height} pixels${frames > 1 ? ` in each of ${frames} frames` : ""}`;
  return new WaybillError({
    code: "image-too-large",
    detail: `The image has ${size}; at most ${value} pixels are allowed in all.`,
    limit: { name: "imagePixelsMax", value },
  });
}

async function measure(source: ImageSource): Promise<Measured | undefined> {
  // Loaded at the first image: it is the slowest thing to load, and many APIs have none.
  const { default: sharp } = await import("sharp");
  sharp.cache(false);
  sharp.concurrency(1);
  // The limit is ours to check: sharp's does not count frames, and its error is only a sentence.
  const image = sharp(source, { limitInputPixels: false, failOn: "none" });
  const found = await image.metadata().catch(() => undefined);
  if (!found || !(found.width > 0) || !(found.height > 0)) return undefined;
  return { ...(found.autoOrient ?? found), frames: found.pages ?? 1 };
}
