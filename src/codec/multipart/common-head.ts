// The head that nearly every part has, read without taking it apart header by header: a name, perhaps a
// filename, perhaps a type, as browsers and fetch write them. Says nothing to any other, which the
// general reader then reads; where this one speaks, both say the same.
import type { HeaderFields } from "./header-fields.js";
import { bytesOfLatin1 } from "./latin1.js";

const opening = 'Content-Disposition: form-data; name="';
const filenameOpening = '; filename="';
const typeOpening = "\r\nContent-Type: ";
const valueStart = "Content-Disposition: ".length;
const blankLine = 4;

/** How such a head begins. */
export const commonOpening: Uint8Array = bytesOfLatin1(opening);

export interface CommonHead {
  readonly name: string;
  readonly filename: string | undefined;
  readonly mediaType: string | undefined;
  readonly headers: HeaderFields["all"];
}

/** `text`: ASCII that begins with `commonOpening`, up to and with the empty line. */
export function readCommonHead(text: string): CommonHead | undefined {
  if (text.includes("\\")) return undefined;
  const lineEnd = text.indexOf("\r");
  const nameEnd = text.indexOf('"', opening.length);
  let filename: string | undefined;
  let end = nameEnd + 1;
  if (end !== lineEnd) {
    const start = end + filenameOpening.length;
    if (nameEnd < 0 || text.slice(end, start) !== filenameOpening) return undefined;
    const filenameEnd = text.indexOf('"', start);
    end = filenameEnd + 1;
    if (end !== lineEnd) return undefined;
    filename = text.slice(start, filenameEnd);
  }
  const name = text.slice(opening.length, nameEnd);
  const disposition = ["content-disposition", text.slice(valueStart, lineEnd)] as const;
  if (lineEnd + blankLine === text.length) {
    return { name, filename, mediaType: undefined, headers: [disposition] };
  }
  const typeStart = lineEnd + typeOpening.length;
  const typeEnd = text.length - blankLine;
  if (text.slice(lineEnd, typeStart) !== typeOpening || typeEnd <= typeStart) return undefined;
  if (text.indexOf("\r", typeStart) !== typeEnd) return undefined;
  if (isBlank(text.charCodeAt(typeStart)) || isBlank(text.charCodeAt(typeEnd - 1)))
    return undefined;
  const mediaType = text.slice(typeStart, typeEnd);
  return { name, filename, mediaType, headers: [disposition, ["content-type", mediaType]] };
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}
