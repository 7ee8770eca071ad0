// The checks of one file's bytes, the same in every style of upload: its type, and, for images, that
// it can be read and is not too large. Knows nothing of where the bytes come from.
import { WaybillError } from "../base/fault.js";
import { fitsAllowed } from "./fits-allowed.js";
import { sniffMediaType } from "./sniff.js";
import type { FileIntent } from "../base/sink.js";
import type { Sniffed } from "./sniff.js";

/** What the first octets say. Rejects with `file-type-not-allowed` or `not-an-image`. */
export async function checkType(head: Uint8Array, intent: FileIntent): Promise<Sniffed> {
  const sniffed = await sniffMediaType(head, intent.declaredType);
  const isImage = sniffed.by === "signature" && sniffed.mediaType.startsWith("image/");
  if (intent.imagePixelsMax !== undefined && !isImage) {
    throw new WaybillError({
      code: "not-an-image",
      detail: `The file is not an image: ${seen(head, sniffed)}.`,
    });
  }
  if (fitsAllowed({ sniffed, head }, intent.allowedTypes)) return sniffed;
  const detail = `The file is not ${either(intent.allowedTypes)}: ${seen(head, sniffed)}.`;
  throw new WaybillError({ code: "file-type-not-allowed", detail });
}

function seen(head: Uint8Array, { mediaType, by }: Sniffed): string {
  if (head.length === 0) return "it is empty";
  // The client's own word is not repeated as if the bytes had said so.
  return by === "declaration"
    ? "its bytes are of no known type"
    : `by its bytes it is ${mediaType}`;
}

function either(types: readonly string[]): string {
  const last = types.at(-1) ?? "";
  return types.length > 1 ? `${types.slice(0, -1).join(", ")} or ${last}` : last;
}
