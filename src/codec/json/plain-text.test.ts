import { expect, it } from "vitest";
import { isPlainText } from "./plain-text.js";

it("sees every control character and every octet past ASCII, at every place and alignment", () => {
  const bytes = new Uint8Array(140).fill(0x41);
  for (let from = 0; from < 8; from++) {
    for (let at = from; at < 136; at++) {
      for (const [byte, want] of [
        [0x00, false],
        [0x1f, false],
        [0x20, true],
        [0x7f, true],
        [0x80, false],
        [0xff, false],
      ] as const) {
        bytes[at] = byte;
        expect(isPlainText(bytes, from, 136)).toBe(want);
        bytes[at] = 0x41;
      }
    }
  }
  bytes[3] = 0;
  bytes[136] = 0;
  expect(isPlainText(bytes, 4, 136)).toBe(true);
});
