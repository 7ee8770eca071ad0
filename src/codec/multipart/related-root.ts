// Which part of a multipart/related body is the root (RFC 2387 §3): the one that `start` names by its
// Content-ID, else the first.
import { WaybillError } from "../../base/fault.js";
import type { MediaType } from "../../base/media-type.js";
import type { PartHead } from "./part-head.js";

export interface RelatedRoot {
  /** To be asked of every part, in order. */
  isRoot(head: PartHead): boolean;
  /** After the last part: throws `malformed-multipart` when none had the Content-ID of `start`. */
  end(): void;
}

export function createRelatedRoot(contentType: MediaType): RelatedRoot {
  const said = contentType.parameters.get("start");
  const start = said === undefined ? undefined : bareId(said);
  let found = false;
  return {
    isRoot(head) {
      if (found || (start !== undefined && contentIdOf(head) !== start)) return false;
      found = true;
      return true;
    },
    end() {
      if (found || start === undefined) return;
      const detail = "No part has the Content-ID that the start parameter names.";
      throw new WaybillError({ code: "malformed-multipart", detail });
    },
  };
}

function contentIdOf({ headers }: PartHead): string | undefined {
  for (const [name, value] of headers) if (name === "content-id") return bareId(value);
  return undefined;
}

// Written with its angle brackets (RFC 2392), and by many without.
function bareId(text: string): string {
  const id = text.trim();
  return id.startsWith("<") && id.endsWith(">") ? id.slice(1, -1) : id;
}
