// Hooks around an act. They see plain file references where the act sees received files.
import type { TakeItem } from "../body/body-context.js";
import { ReceivedFile } from "../base/file-reference.js";
import { isObject, setOwn } from "../base/json.js";
import type { HttpResponse } from "./exchange.js";
import type { OperationContext, OperationHooks, OperationResult } from "./hooks.js";
import { jsonResponse } from "./json-response.js";
import { isStream, readWhole, releaseBody } from "./open-blob.js";
import { keyOfFile, type OperationRun } from "./operation-run.js";

export interface HookedRun {
  readonly run: OperationRun;
  readonly hooks: OperationHooks | undefined;
  readonly requestId: string;
  readonly principal: unknown;
  readonly querystring: unknown;
  /** Reads the body; to be called once. */
  readonly read: (takeItem?: TakeItem) => Promise<unknown>;
  readonly act: (value: unknown) => Promise<HttpResponse>;
}

export async function runHooks({
  run,
  hooks,
  requestId,
  principal,
  querystring,
  read,
  act,
}: HookedRun): Promise<HttpResponse> {
  if (!hooks) return act(await read());
  const received = new Map<string, ReceivedFile>();
  const context: OperationContext = {
    operationId: run.plan.operation.operationId,
    request: run.request,
    requestId,
    params: run.params,
    query: run.query,
    querystring: toReferences(querystring, received),
    principal,
    value: undefined,
    readFile: (file) => readWhole(() => run.openBlob(keyOfFile(run, file.id))),
  };
  const takeItem: TakeItem = (item, index) =>
    hooks.item?.(context, toReferences(item, received), index);
  context.value = toReferences(await read(hooks.item && takeItem), received);
  await hooks.before?.(context);
  if (hooks.handle) await run.files.takeClaimed();
  const response = hooks.handle
    ? responseOf(await hooks.handle(context))
    : await act(toReceived(context.value, received));
  return finalResponse(hooks, context, response);
}

async function finalResponse(
  { after }: OperationHooks,
  context: OperationContext,
  response: HttpResponse,
): Promise<HttpResponse> {
  try {
    const other = await after?.(context, response);
    // Another stream may well read this one.
    if (other && !isStream(other.body)) await releaseBody(response);
    return other ?? response;
  } catch (error) {
    await releaseBody(response);
    throw error;
  }
}

function toReferences(value: unknown, received: Map<string, ReceivedFile>): unknown {
  return mapValue(value, (each) => {
    if (!(each instanceof ReceivedFile)) return undefined;
    received.set(each.reference.id, each);
    return each.reference;
  });
}

// By id, so that a hook may copy the value as it likes.
function toReceived(value: unknown, received: ReadonlyMap<string, ReceivedFile>): unknown {
  return mapValue(value, (each) => {
    const id = isObject(each) ? each["id"] : undefined;
    const file = typeof id === "string" ? received.get(id) : undefined;
    return isObject(each) && file?.reference.sha256 === each["sha256"] ? file : undefined;
  });
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
  return jsonResponse(status ?? 200, body, headers);
}
