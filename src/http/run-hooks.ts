// Hooks around an act. They see plain file references where the act sees received files.
import { ReceivedFile, type FileReference } from "../base/file-reference.js";
import { isObject, setOwn } from "../base/json.js";
import type { HttpResponse } from "./exchange.js";
import type { OperationContext, OperationHooks, OperationResult } from "./hooks.js";
import { keyOfFile, type OperationRun } from "./operation-run.js";

export interface HookedRun {
  readonly run: OperationRun;
  readonly hooks: OperationHooks | undefined;
  readonly requestId: string;
  readonly principal: unknown;
  readonly value: unknown;
  readonly act: (value: unknown) => Promise<HttpResponse>;
}

export async function runHooks({
  run,
  hooks,
  requestId,
  principal,
  value,
  act,
}: HookedRun): Promise<HttpResponse> {
  if (!hooks) return act(value);
  const received = new Map<FileReference, ReceivedFile>();
  const context: OperationContext = {
    operationId: run.plan.operation.operationId,
    request: run.request,
    requestId,
    params: run.params,
    query: run.query,
    principal,
    value: toReferences(value, received),
    readFile: (file) => run.readBlob(keyOfFile(run, file.id)),
  };
  await hooks.before?.(context);
  const response = hooks.handle
    ? responseOf(await hooks.handle(context))
    : await act(toReceived(context.value, received));
  return (await hooks.after?.(context, response)) ?? response;
}

function toReferences(value: unknown, received: Map<FileReference, ReceivedFile>): unknown {
  return mapValue(value, (each) => {
    if (!(each instanceof ReceivedFile)) return undefined;
    received.set(each.reference, each);
    return each.reference;
  });
}

function toReceived(value: unknown, received: ReadonlyMap<unknown, ReceivedFile>): unknown {
  return mapValue(value, (each) => received.get(each));
}

/** A copy in which `replace` has the say at each place where it gives something. */
function mapValue(value: unknown, replace: (value: unknown) => unknown): unknown {
  const replaced = replace(value);
  if (replaced !== undefined) return replaced;
  if (Array.isArray(value)) return value.map((item) => mapValue(item, replace));
  if (!isObject(value)) return value;
  const out = {};
  for (const [name, inner] of Object.entries(value)) setOwn(out, name, mapValue(inner, replace));
  return out;
}

function responseOf({ status, headers = {}, body }: OperationResult): HttpResponse {
  if (body === undefined) return { status: status ?? 204, headers };
  const asIs =
    headers["content-type"] !== undefined &&
    (typeof body === "string" || body instanceof Uint8Array);
  if (asIs) return { status: status ?? 200, headers, body };
  return {
    status: status ?? 200,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
}
