// The two faults that a body has of itself, whoever reads it.
import { WaybillError } from "../base/fault.js";
import type { Slowness } from "./pace-watch.js";

export function clientGone(offset: number, cause?: unknown): WaybillError {
  const detail = "The client went away before the request body was complete.";
  return new WaybillError({ code: "client-gone", detail, offset }, { cause });
}

export function requestTimeout(slowness: Slowness, offset: number): WaybillError {
  const detail =
    slowness === "silent"
      ? "Nothing more of the request body arrived in time."
      : "The request body arrived too slowly.";
  return new WaybillError({ code: "request-timeout", detail, offset });
}

/** A mistake of the caller, not of the client. */
export function readTwice(): WaybillError {
  return new WaybillError({ code: "internal", detail: "The request body was read twice." });
}
