// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): what makes something, be it a resource, an upload, an
// attachment or several, is done once, and answered the same when it is sent again.
import { createHash } from "node:crypto";
import { canonicalText } from "../base/canonical-text.js";
import { WaybillError } from "../base/fault.js";
import { ReceivedFile } from "../base/file-reference.js";
import { isObject, setOwn } from "../base/json.js";
import type { Act } from "../plan/act.js";
import { fillTemplate } from "../plan/path-template.js";
import type { OperationPlan } from "../plan/plan.js";
import type { Answers } from "../resource/answers.js";
import type { Change } from "../resource/resources.js";
import type { HttpRequest, HttpResponse } from "./exchange.js";
import { pathValues, type OperationRun } from "./operation-run.js";
import { refuseNameless } from "./principal-key.js";

/** One request with a key, while it is under way. */
export interface IdempotentRequest {
  /** Its value as it was read, before any code of the operation has changed it. */
  read(value: unknown): void;
  /** Whether its key was used before, for this or for another. */
  isAnswered(): Promise<boolean>;
  /** What it was answered before. */
  earlier(): Promise<HttpResponse | undefined>;
  /** Within the transaction that does what was asked for. */
  keep(sql: Parameters<NonNullable<Change["record"]>>[0], response: HttpResponse): Promise<void>;
  /** What it was answered before has come to nothing: it is done anew. */
  forget(): Promise<void>;
  end(): void;
}

export function isKeyed({ headers }: HttpRequest, { act }: OperationPlan): boolean {
  return making.has(act.kind) && headers["idempotency-key"] !== undefined;
}

const making = new Set<string>([
  "create",
  "put-file",
  "add-file",
  "stage-upload",
  "batch",
] satisfies Act["kind"][]);

/** Undefined without a key, and where nothing is made. Throws `malformed-header`, and `request-in-progress`. */
export function beginIdempotent(
  answers: Answers,
  run: OperationRun,
): IdempotentRequest | undefined {
  const field = run.request.headers["idempotency-key"];
  if (field === undefined || !isKeyed(run.request, run.plan)) return undefined;
  const { principal } = run;
  refuseNameless(principal);
  const { method, path } = run.plan.operation;
  const operation = `${method} ${shapeless(fillTemplate(path, pathValues(run)))}`;
  const name = { principal, operation, key: parseKey(field) };
  const end = answers.begin(name);
  let digest = digestOf(undefined);
  return {
    read(value) {
      digest = digestOf(value);
    },
    isAnswered: () => answers.has(name),
    async earlier() {
      const found = await answers.find(name, digest);
      return (
        found && {
          status: found.status,
          headers: found.headers,
          ...(found.body === null ? {} : { body: found.body }),
        }
      );
    },
    keep(sql, { status, headers, body }) {
      const text = typeof body === "string" ? body : null;
      return answers.keep(sql, name, { digest, status, headers, body: text });
    },
    forget: () => answers.forget(name),
    end,
  };
}

// The same with a slash at its end and without.
function shapeless(path: string): string {
  return path.replace(/\/+$/, "");
}

// A String (RFC 8941 §3.3.3), as the draft says, or the bare text that most clients send.
function parseKey(field: string): string {
  const quoted = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/.exec(field)?.[1]?.replace(/\\(.)/g, "$1");
  const key = quoted ?? (/^[!#-+\--[\]-~]*$/.test(field) ? field : "");
  if (key !== "" && key.length <= 255) return key;
  const detail =
    "The Idempotency-Key must be a text of 1 to 255 characters, in quotes or without spaces, commas and quotes.";
  throw new WaybillError({ code: "malformed-header", detail });
}

// The value, and of its files what is kept of them; one that was named by a URL is what that says, whatever is there
// now. How they were carried, and under which boundary, is no matter.
function digestOf(value: unknown): string {
  return createHash("sha256")
    .update(canonicalText(withDigests(value)))
    .digest("base64url");
}

function identityOf({ fetchedFrom, reference }: ReceivedFile): unknown {
  if (fetchedFrom !== undefined) return { url: fetchedFrom };
  const { sha256, mediaType, filename } = reference;
  return { sha256, mediaType, ...(filename === undefined ? {} : { filename }) };
}

function withDigests(value: unknown): unknown {
  if (value instanceof ReceivedFile) return identityOf(value);
  if (Array.isArray(value)) return value.map(withDigests);
  if (!isObject(value)) return value;
  const out = {};
  for (const [name, inner] of Object.entries(value)) setOwn(out, name, withDigests(inner));
  return out;
}
