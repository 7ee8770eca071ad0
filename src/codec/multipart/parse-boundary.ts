// The boundary parameter of a multipart media type (RFC 2046 §5.1.1). Knows nothing of bodies.
import { WaybillError } from "../../base/fault.js";
import type { MediaType } from "../../base/media-type.js";

const lengthMax = 70;

/**
 * The boundary that separates the parts, without the two dashes before it.
 * Throws `malformed-multipart` when there is none, or none of 1 to 70 visible ASCII characters.
 */
export function parseBoundary(contentType: MediaType): string {
  const boundary = contentType.parameters.get("boundary");
  if (boundary === undefined) throw malformed("The multipart Content-Type has no boundary.");
  return checkBoundary(boundary);
}

/** Hands back a boundary that may be used; throws `malformed-multipart` for any other. */
export function checkBoundary(boundary: string): string {
  if (boundary.length < 1 || boundary.length > lengthMax) {
    throw malformed(`The multipart boundary must have 1 to ${lengthMax} characters.`);
  }
  if (!isVisible(boundary))
    throw malformed("The multipart boundary has a character that is not allowed.");
  return boundary;
}

// Wider than `bchars`: clients send `{`, `@` or `_` in it too, and none of these can do harm. What must
// not be there is CR (the search relies on that), anything but ASCII, and a space at the end.
function isVisible(boundary: string): boolean {
  for (let i = 0; i < boundary.length; i++) {
    const code = boundary.charCodeAt(i);
    if (code < 32 || code > 126) return false;
  }
  return !boundary.endsWith(" ");
}

function malformed(detail: string): WaybillError {
  return new WaybillError({ code: "malformed-multipart", detail });
}
