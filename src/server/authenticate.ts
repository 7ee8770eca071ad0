// Credentials from the configuration against the document's security schemes (OAS §4.8.27).
import { createHash, timingSafeEqual } from "node:crypto";
import { isObject, objectOr } from "../base/json.js";
import type { Authenticate } from "../http/hooks.js";
import type { OpenApiDocument } from "../openapi/document.js";

export interface Credential {
  /** Name of a security scheme in the document. */
  readonly scheme: string;
  /** The bearer token, API key, or `user:password`. */
  readonly secret: string;
  /** Who it is; default the scheme's name. */
  readonly principal: string | undefined;
}

type Headers = Readonly<Record<string, string | undefined>>;

/** Throws a TypeError for a scheme that the document does not have or that cannot be checked here. */
export function authenticateBy(
  document: OpenApiDocument,
  credentials: readonly Credential[],
): Authenticate {
  const schemes = objectOr(objectOr(document.root["components"])["securitySchemes"]);
  const readers = new Map<string, SecretReader>();
  for (const { scheme } of credentials) {
    const reader = readerOf(document.resolve(schemes[scheme]).node);
    if (!reader)
      throw new TypeError(
        `credentials: ${scheme} is no bearer, basic or API key scheme of the document.`,
      );
    readers.set(scheme, reader);
  }
  return ({ headers, target }, security) => {
    const holder = (scheme: string): Credential | undefined => {
      const said = readers.get(scheme)?.(headers, target);
      return said === undefined
        ? undefined
        : credentials.find((each) => each.scheme === scheme && isEqual(each.secret, said));
    };
    for (const names of security) {
      const found = names.map(holder);
      if (found.length > 0 && found.every((each) => each !== undefined))
        return found[0]?.principal ?? names[0];
    }
    return undefined;
  };
}

type SecretReader = (headers: Headers, target: string) => string | undefined;

function readerOf(scheme: unknown): SecretReader | undefined {
  if (!isObject(scheme)) return undefined;
  const { type, in: place, name } = scheme;
  const http = typeof scheme["scheme"] === "string" ? scheme["scheme"].toLowerCase() : "";
  if (type === "http" && http === "bearer")
    return ({ authorization }) => after(authorization, "bearer ");
  if (type === "http" && http === "basic")
    return ({ authorization }) => decodeBasic(after(authorization, "basic "));
  if (type !== "apiKey" || typeof name !== "string") return undefined;
  if (place === "header") return (headers) => headers[name.toLowerCase()];
  if (place === "query")
    return (_, target) =>
      new URLSearchParams(target.slice(target.indexOf("?") + 1)).get(name) ?? undefined;
  return place === "cookie" ? ({ cookie }) => cookieOf(cookie, name) : undefined;
}

function after(field: string | undefined, prefix: string): string | undefined {
  return field?.toLowerCase().startsWith(prefix) ? field.slice(prefix.length).trim() : undefined;
}

function decodeBasic(said: string | undefined): string | undefined {
  return said === undefined ? undefined : Buffer.from(said, "base64").toString("utf8");
}

function cookieOf(field: string | undefined, name: string): string | undefined {
  const pair = field?.split(";").find((each) => each.trim().startsWith(`${name}=`));
  return pair?.trim().slice(name.length + 1);
}

// Digests have one length, so the comparison tells nothing of the secret by its time.
function isEqual(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
