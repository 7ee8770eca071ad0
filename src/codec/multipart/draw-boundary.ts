// A boundary that nobody can foretell (CVE-2025-22150) and that is in none of the octets at hand.
import { BoundarySearch } from "./boundary-search.js";
import { bytesOfLatin1 } from "./latin1.js";

// All of them may stand in a media type's parameter without quotes.
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const prefix = "----WaybillBoundary";
/** 6 bits each: 144 in all. */
const charactersDrawn = 24;

export type FillRandom = (bytes: Uint8Array<ArrayBuffer>) => void;

const fillRandom: FillRandom = (bytes) => void crypto.getRandomValues(bytes);

export function drawBoundary(bodies: readonly Uint8Array[], fill: FillRandom = fillRandom): string {
  for (;;) {
    const boundary = prefix + drawCharacters(fill);
    if (!occursIn(boundary, bodies)) return boundary;
  }
}

/** Do the two dashes and the boundary stand anywhere in the bodies? At a line's start or not: parsers differ. */
export function occursIn(boundary: string, bodies: readonly Uint8Array[]): boolean {
  const search = new BoundarySearch(bytesOfLatin1(`--${boundary}`));
  return bodies.some((body) => {
    search.restart();
    return search.find(body, 0) >= 0;
  });
}

function drawCharacters(fill: FillRandom): string {
  const bytes = new Uint8Array(charactersDrawn);
  fill(bytes);
  let text = "";
  for (const byte of bytes) text += alphabet.charAt(byte & 63);
  return text;
}
