// How a file is cut for a direct upload in parts.
import { describe, expect, it } from "vitest";
import { partsOf } from "./direct-parts.js";

describe("the parts of a file", () => {
  it.each([1, 16_777_216, 16_777_217, 100_000_000_001, 5 * 2 ** 40])("are all of %d", (size) => {
    const parts = partsOf(size);
    let at = 0;
    for (const part of parts) {
      expect(part.offset).toBe(at);
      at += part.size;
    }
    expect(at).toBe(size);
    expect(parts.length).toBeLessThanOrEqual(1400);
    const sizes = parts.map((part) => part.size);
    // S3 wants as much of all but the last, and no service takes more at once.
    expect(Math.min(...sizes.slice(0, -1), Infinity)).toBeGreaterThanOrEqual(5_242_880);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4000 * 1_048_576);
  });
});
