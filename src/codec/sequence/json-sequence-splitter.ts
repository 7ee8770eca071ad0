// Where the JSON texts of a sequence begin and end: JSON Lines and NDJSON (a line each), and JSON Text
// Sequences (RFC 7464: a record separator before each). Neither separator can stand within a JSON text, so
// nothing of it is looked at here.
import { WaybillError } from "../../base/fault.js";
import { describeOctet } from "../encoding/encoding-fault.js";

export type JsonFraming = "json-lines" | "json-seq";

/** Told of the items in order. What it throws reaches the caller. */
export interface JsonSequenceHandler {
  /** `offset`: its first octet. Lines and records with nothing in them are no items. */
  onItem(offset: number): void;
  /** A view that must not be written to, never empty. */
  onData(bytes: Uint8Array, offset: number): void;
  onItemEnd(): void;
}

export interface JsonSequenceSplitter {
  /** Throws `malformed-json` for octets before the first record separator. */
  write(chunk: Uint8Array): void;
  end(): void;
}

const lineFeed = 0x0a;
const recordSeparator = 0x1e;

export function createJsonSequenceSplitter(
  framing: JsonFraming,
  handler: JsonSequenceHandler,
): JsonSequenceSplitter {
  const separator = framing === "json-lines" ? lineFeed : recordSeparator;
  let begun = framing === "json-lines";
  let inItem = false;
  let base = 0;

  const skip = (chunk: Uint8Array, from: number): number => {
    for (let i = from; i < chunk.length; i++) {
      const octet = chunk[i] ?? 0;
      if (octet === separator) begun = true;
      else if (!begun) throw noSeparator(octet, base + i);
      else if (!isBlank(octet)) return i;
    }
    return chunk.length;
  };

  return {
    write(chunk) {
      let i = 0;
      while (i < chunk.length) {
        if (!inItem) {
          i = skip(chunk, i);
          if (i === chunk.length) break;
          inItem = true;
          handler.onItem(base + i);
        }
        const found = chunk.indexOf(separator, i);
        const end = found < 0 ? chunk.length : found;
        if (end > i) handler.onData(chunk.subarray(i, end), base + i);
        i = end;
        if (found < 0) break;
        inItem = false;
        handler.onItemEnd();
      }
      base += chunk.length;
    },
    end() {
      if (inItem) handler.onItemEnd();
      inItem = false;
    },
  };
}

function isBlank(octet: number): boolean {
  return octet === 0x20 || octet === 0x09 || octet === 0x0d || octet === lineFeed;
}

function noSeparator(octet: number, offset: number): WaybillError {
  const detail = `Unexpected ${describeOctet(octet)} at octet ${offset}: a JSON text sequence begins with the octet 1E (RFC 7464).`;
  return new WaybillError({ code: "malformed-json", detail, offset });
}
