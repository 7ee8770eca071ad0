// What every decoder here throws.
import { WaybillError } from "../../base/fault.js";

/** `malformed-encoding` at an absolute octet offset; `detail` is a sentence. */
export function createEncodingFault(offset: number, detail: string): WaybillError {
  return new WaybillError({ code: "malformed-encoding", detail, offset });
}

/** An octet as people read it: `"%"` or `octet 0x0a`. */
export function describeOctet(byte: number): string {
  if (byte > 0x20 && byte < 0x7f) return JSON.stringify(String.fromCharCode(byte));
  return `octet 0x${byte.toString(16).padStart(2, "0")}`;
}
