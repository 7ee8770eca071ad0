// Holds the limits that depend on what a part is: how many fields and files, and the octets of each.
// Stands between a decoder and the handler that the parts are for; parts of nested bodies count as well.
import { type FaultCode, WaybillError } from "../../base/fault.js";
import type { Limits } from "../../base/limits.js";
import type { MultipartHandler } from "./multipart-handler.js";
import type { PartHead } from "./part-head.js";
import { placeOf } from "./part-place.js";

export interface LimitPartsOptions {
  readonly limits: Pick<
    Limits,
    "partsMax" | "fieldsMax" | "filesMax" | "fieldBytesMax" | "fileBytesMax"
  >;
  /** By default what has a filename. */
  readonly isFile?: ((head: PartHead) => boolean) | undefined;
  readonly handler: MultipartHandler;
}

const hasFilename = (head: PartHead): boolean => head.filename !== undefined;

/** Throws `too-many-parts`, `too-many-fields`, `too-many-files`, `field-too-large`, `file-too-large`. */
export function limitParts({
  limits,
  isFile = hasFilename,
  handler,
}: LimitPartsOptions): MultipartHandler {
  const counts = { parts: 0, fields: 0, files: 0 };
  let current: PartHead | undefined;
  let file = false;
  let size = 0;

  const count = (what: keyof typeof counts, head: PartHead): void => {
    const name = `${what}Max` as const;
    const value = limits[name];
    if (++counts[what] <= value) return;
    const detail = `The body has more than ${value} ${what}.`;
    const fault = { code: countCodes[what], detail, offset: head.offset, part: placeOf(head) };
    throw new WaybillError({ ...fault, limit: { name, value } });
  };

  const refuseSize = (offset: number): never => {
    const name = file ? "fileBytesMax" : "fieldBytesMax";
    const value = limits[name];
    const detail = `A ${file ? "file" : "field"} has more than ${value} octets.`;
    const code = file ? "file-too-large" : "field-too-large";
    const part = current && placeOf(current);
    throw new WaybillError({ code, detail, offset, ...(part && { part }), limit: { name, value } });
  };

  return {
    onPart(head) {
      current = head;
      file = isFile(head);
      size = 0;
      count("parts", head);
      count(file ? "files" : "fields", head);
      handler.onPart(head);
    },
    onData(bytes, offset) {
      const left = (file ? limits.fileBytesMax : limits.fieldBytesMax) - size;
      size += bytes.length;
      if (bytes.length <= left) {
        handler.onData(bytes, offset);
        return;
      }
      // As much as may be, so that the handler sees the same however the body was cut.
      if (left > 0) handler.onData(bytes.subarray(0, left), offset);
      refuseSize(offset + left);
    },
    onPartEnd: () => handler.onPartEnd(),
  };
}

const countCodes: Record<"parts" | "fields" | "files", FaultCode> = {
  parts: "too-many-parts",
  fields: "too-many-fields",
  files: "too-many-files",
};
