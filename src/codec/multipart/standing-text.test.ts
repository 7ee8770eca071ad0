import { expect, it } from "vitest";
import { ChunkWords, StandingText } from "./standing-text.js";

const texts = ["\r\n", "\r\n--a", "\r\n--abcd", "\r\n--abcde", `\r\n--${"aB3-".repeat(17)}`];
const manyLooks = 100;

// The first looks at a chunk are octet by octet, later ones by eight.
it("stands where every octet is the same, and nowhere else, however often a chunk was looked at", () => {
  for (const text of texts.map((each) => Buffer.from(each))) {
    const standing = new StandingText(text);
    for (const wrongAt of [-1, ...text.keys()])
      for (const wrong of [0, 0x7f, 0x80, 0xf0, 0xff]) {
        const chunk = Buffer.concat([Buffer.from("abc"), text, Buffer.from("xyz")]);
        if (wrongAt >= 0) chunk[3 + wrongAt] = wrong;
        const words = new ChunkWords();
        for (let look = 0; look < manyLooks; look++)
          expect([wrongAt, standing.standsAt(3, 3 + text.length, chunk, words)]).toEqual([
            wrongAt,
            wrongAt < 0,
          ]);
      }
  }
});

it("does not stand where it would go on after the end that is given", () => {
  const text = Buffer.from("\r\n--boundary");
  const standing = new StandingText(text);
  const words = new ChunkWords();
  for (let look = 0; look < manyLooks; look++)
    for (const stop of [0, 1, 8, text.length - 1, text.length])
      expect(standing.standsAt(0, stop, text, words)).toBe(stop === text.length);
});

it("is looked for in the chunk at hand, whichever was before", () => {
  const standing = new StandingText(Buffer.from("\r\n--boundary"));
  const words = new ChunkWords();
  const [right, wrong] = [Buffer.from("\r\n--boundary"), Buffer.from("\r\n--bOundary")];
  for (const chunk of [right, wrong, right])
    for (let look = 0; look < manyLooks; look++)
      expect(standing.standsAt(0, chunk.length, chunk, words)).toBe(chunk === right);
});
