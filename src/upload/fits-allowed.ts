// Does a file fit what a schema allows? Goes by the bytes; the client's word counts only for types
// that no bytes tell.
import { covers, essenceOf, isJson, isRange, isXml, parseMediaType } from "../base/media-type.js";
import { isContainer, isSameFamily, isTextType, mayBeOfType } from "./media-families.js";
import { hasSignature } from "./sniff.js";
import { firstCharacter } from "./text-head.js";
import type { MediaType } from "../base/media-type.js";
import type { Sniffed } from "./sniff.js";

export interface Candidate {
  readonly sniffed: Sniffed;
  /** The first octets of the file. */
  readonly head: Uint8Array;
}

/** `allowed` are media types or ranges; none, or any of octets, allow everything. */
export function fitsAllowed(candidate: Candidate, allowed: readonly string[]): boolean {
  const ranges = allowed.flatMap((each) => parseMediaType(each) ?? []);
  if (ranges.length === 0) return true;
  return ranges.some((range) => fits(candidate, range));
}

function fits(candidate: Candidate, range: MediaType): boolean {
  const essence = essenceOf(range);
  if (essence === "*/*" || essence === "application/octet-stream") return true;
  const found = parseMediaType(candidate.sniffed.mediaType);
  if (!found) return false;
  if (essence === "text/*" || (!isRange(range) && isTextType(range))) {
    return fitsText(candidate, range, found);
  }
  if (isRange(range)) return fitsRange(candidate, range, found);
  const { by } = candidate.sniffed;
  if (by === "signature" && isSameFamily(essenceOf(found), essence)) return true;
  if (hasSignature(essence)) return false;
  // Nobody knows the first bytes of this type: anything fits that is not seen to be something else.
  return (
    by !== "signature" || isContainer(essenceOf(found)) || essenceOf(found) === "application/xml"
  );
}

/** `image/*` needs an image by its bytes; `application/*` takes what nothing contradicts. */
function fitsRange({ sniffed }: Candidate, range: MediaType, found: MediaType): boolean {
  if (range.type === "application" || range.type === "model") return covers(range, found);
  return sniffed.by === "signature" && mayBeOfType(essenceOf(found), range.type);
}

function fitsText({ sniffed, head }: Candidate, range: MediaType, found: MediaType): boolean {
  if (!sniffed.text) return false;
  const [want, have] = [essenceOf(range), essenceOf(found)];
  if (want === "text/html") return have !== "application/pdf";
  // A page is nobody's plain text: it runs in a browser that is told so.
  if (have === "text/html" || have === "application/xhtml+xml") return want === have;
  if (isXml(range)) return firstCharacter(head) === "<";
  if (isJson(range)) return /^[[{"\-0-9tfn]$/.test(firstCharacter(head));
  return sniffed.by === "text" || isTextType(found);
}
