// Octets to text and back, one character an octet (ISO 8859-1), so that headers can be taken apart
// before it is known what their octets mean. Native where the runtime has it, chosen once.

interface NativeSlice {
  call(bytes: Uint8Array, start: number, end: number): string;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The octets from `start` up to `end` as characters U+0000 to U+00FF. */
export const readLatin1: (bytes: Uint8Array, start: number, end: number) => string = chooseReader();

/** The meaning of such text: UTF-8 where it is valid, else ISO 8859-1 as it stands (RFC 7578 §5.1). */
export function decodeText(latin1: string): string {
  return decodeUtf8(bytesOfLatin1(latin1)) ?? latin1;
}

/** Undefined where the octets are no UTF-8. A byte order mark is kept. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

export function bytesOfLatin1(latin1: string): Uint8Array {
  const bytes = new Uint8Array(latin1.length);
  for (let i = 0; i < latin1.length; i++) bytes[i] = latin1.charCodeAt(i);
  return bytes;
}

/** The reader that needs no Buffer; its text must be short (a header block, a name). */
export function readLatin1Portably(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const [a, b, c, d] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
    text += String.fromCharCode(a ?? 0, b ?? 0, c ?? 0, d ?? 0);
  }
  for (; at < end; at++) text += String.fromCharCode(bytes[at] ?? 0);
  return text;
}

// A native call costs as much as this many characters.
const nativeFrom = 10;

function chooseReader(): (bytes: Uint8Array, start: number, end: number) => string {
  const native = nativeSlice();
  if (!native) return readLatin1Portably;
  return (bytes, start, end) =>
    end - start < nativeFrom
      ? readLatin1Portably(bytes, start, end)
      : native.call(bytes, start, end);
}

// Not in the published types of Node, yet it has been on every Buffer since Node 4, Bun and Deno too.
function nativeSlice(): NativeSlice | undefined {
  if (!("Buffer" in globalThis)) return undefined;
  const slice: unknown = Reflect.get(globalThis.Buffer.prototype, "latin1Slice");
  return typeof slice === "function" ? (slice as NativeSlice) : undefined;
}
