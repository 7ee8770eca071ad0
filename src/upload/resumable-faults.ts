// What goes wrong with an upload that comes in over several requests, in words.
import { WaybillError } from "../base/fault.js";

export function noUpload(): WaybillError {
  return new WaybillError({ code: "not-found", detail: "There is no such upload of yours." });
}

export function ended(): WaybillError {
  const detail = "The upload has ended: it was given up, refused, or has expired.";
  return new WaybillError({ code: "upload-ended", detail });
}

export function otherOffset(received: number): WaybillError {
  const detail = `The upload goes on at octet ${received}.`;
  return new WaybillError({ code: "conflict", detail });
}

export function cameLate(): WaybillError {
  const detail =
    "Since this request came, another goes on with the upload, or its client has asked where it is.";
  return new WaybillError({ code: "conflict", detail });
}

export function otherSize(): WaybillError {
  return new WaybillError({ code: "conflict", detail: "The upload's length is known already." });
}

/** Its octets are of a request that its own protocol alone carries out. */
export function otherProtocol(): WaybillError {
  const detail = "The upload was begun by another protocol, and goes on by that alone.";
  return new WaybillError({ code: "forbidden", detail });
}

/** What was sent is not what was said; `detail` is the storage's own word. */
export function rejectedUpload(
  detail = "What was sent is not what was said: its size or its digest is another.",
): WaybillError {
  return new WaybillError({ code: "upload-rejected", detail });
}

/** `detail` is the storage's own word. */
export function notAllThere(
  detail = "The upload is not complete: not all that was said is there.",
): WaybillError {
  return new WaybillError({ code: "conflict", detail });
}

export function alreadyComplete(): WaybillError {
  const detail = "The upload is complete, and cannot be changed.";
  return new WaybillError({ code: "completed-upload", detail });
}

export function onlyJoined(): WaybillError {
  const detail = "The upload was made of partial ones: it takes no octets of its own.";
  return new WaybillError({ code: "forbidden", detail });
}

/** `end` is where it ends, in octets. */
export function pastEnd(end: number): WaybillError {
  const detail = `The upload ends at octet ${end}: that is its Upload-Length.`;
  return new WaybillError({ code: "file-too-large", detail });
}

/** It goes on at another server, or at this one when it is there again. */
export function stopping(): WaybillError {
  const detail = "The server is stopping: what it has is kept, and the upload goes on from there.";
  return new WaybillError({ code: "unavailable", detail });
}
