// How a file is cut for a direct upload in parts: few enough that a plan can name them all.

export interface DirectPart {
  readonly offset: number;
  readonly size: number;
}

const partBytesMin = 16_777_216;
/** Of 5 TiB, parts that S3 (5 GiB) and Azure (4000 MiB) take. */
const partsMax = 1400;

/** Of one size, the last one smaller as it may be. */
export function partsOf(size: number): DirectPart[] {
  const partBytes = Math.max(partBytesMin, Math.ceil(size / partsMax));
  const count = Math.ceil(size / partBytes);
  return Array.from({ length: count }, (_, index) => {
    const offset = index * partBytes;
    return { offset, size: Math.min(partBytes, size - offset) };
  });
}
