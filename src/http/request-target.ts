// The target of a request: its path, its query, and the origin that the client sees.
import type { HttpRequest } from "./exchange.js";

export interface RequestTarget {
  /** As sent. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The same as sent, without the `?`. */
  readonly queryText: string;
}

/** Origin-form, or absolute-form (RFC 9112 §3.2.2). */
export function parseTarget(target: string): RequestTarget {
  const relative = /^https?:\/\//i.test(target)
    ? target.replace(/^https?:\/\/[^/?#]*/i, "")
    : target;
  const question = relative.indexOf("?");
  if (question < 0) return { path: relative, query: new URLSearchParams(), queryText: "" };
  const queryText = relative.slice(question + 1);
  return { path: relative.slice(0, question), query: new URLSearchParams(queryText), queryText };
}

/** `http://host:port`, from the configured public URL or from what the client sent. */
export function originOf(
  { scheme, authority }: HttpRequest,
  publicUrl: string | undefined,
): string {
  if (publicUrl !== undefined) return publicUrl.replace(/\/+$/, "");
  return isHost(authority) ? `${scheme}://${authority}` : "";
}

// A Host that is none must not get into URLs that are handed on.
function isHost(authority: string): boolean {
  return /^[a-z0-9._~%\-[\]:]+$/i.test(authority);
}
