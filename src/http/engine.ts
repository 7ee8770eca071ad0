// From request to response: match route, negotiate, decode, act, answer. Knows no framework, no
// storage, and no document but through its plan.
import { performance } from "node:perf_hooks";
import type { BodyOptions, MemoryBudget, TakeItem } from "../body/body-context.js";
import { createValidators, type Validators } from "../body/validator.js";
import type { Clock } from "../base/clock.js";
import { WaybillError } from "../base/fault.js";
import { createUuid } from "../base/id.js";
import type { Limits } from "../base/limits.js";
import { once } from "../plan/once.js";
import type { OperationPlan, Plan } from "../plan/plan.js";
import type { Answers } from "../resource/answers.js";
import type { Transact } from "../resource/transact.js";
import type { ResourcesOf } from "../resource/resources.js";
import {
  discardAfter,
  type RequestFiles,
  type RequestFilesOptions,
} from "../upload/request-files.js";
import type { UploadBinding, Uploads } from "../upload/uploads.js";
import { actHandlers, checkParents } from "./acts.js";
import { isBatchable, performBatch, type Entered } from "./batch.js";
import { sendable } from "./check-head.js";
import { excuseOf, withoutDraftState } from "./draft-body.js";
import { failureHeaders, failureOf, isOurs, uploadFailureHeaders } from "./failure.js";
import type { HttpHandler, HttpRequest, HttpResponse } from "./exchange.js";
import type { Authenticate, Hooks, OperationHooks } from "./hooks.js";
import { beginIdempotent, isKeyed } from "./idempotency.js";
import { createValueReader } from "./read-value.js";
import { runHooks } from "./run-hooks.js";
import { withOverride } from "./method-override.js";
import type { OperationRun } from "./operation-run.js";
import { optionsOf, unmatched } from "./other-methods.js";
import { principalKey } from "./principal-key.js";
import { problemResponse } from "./problem.js";
import { originOf, parseTarget, type RequestTarget } from "./request-target.js";
import { createRouter, type RouteMatch } from "./router.js";
import {
  fileNameIn,
  isOnUpload,
  namedFile,
  plansOn,
  routesOf,
  type Match,
  type Page,
  type Target,
} from "./routes.js";

export type { Page } from "./routes.js";

export interface EngineOptions {
  readonly plan: Plan;
  readonly resources: ResourcesOf;
  readonly answers: Answers;
  readonly transact: Transact;
  readonly limits: Limits;
  readonly clock: Clock;
  /** `by` is who may name uploads in the request; without it nobody may. */
  readonly openFiles: (
    how: Pick<RequestFilesOptions, "by" | "mayRepeat" | "isOwnUrl" | "gone">,
  ) => RequestFiles;
  /** Absent where there are none. */
  readonly uploads?: Uploads;
  readonly openBlob: OperationRun["openBlob"];
  /** Absent where files are sent by the server. */
  readonly signedUrl?: NonNullable<OperationRun["signedUrl"]>;
  readonly hooks?: Hooks;
  readonly authenticate?: Authenticate;
  readonly bodyOptions?: BodyOptions;
  /** Pages beside the document's operations, which win over them. */
  readonly pages?: readonly Page[];
  /** Where clients reach this server, if not where they say: `https://api.example.com`. */
  readonly publicUrl?: string;
  /** Changes of what is there need a condition, such as If-Match, or are answered with 428 (RFC 6585 §3). */
  readonly requireConditions?: boolean;
  readonly observe?: (exchange: Exchange) => void;
}

/** One exchange, for logs and metrics. */
export interface Exchange {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  readonly operationId: string | undefined;
  readonly status: number;
  readonly durationMs: number;
  /** Codes of the faults, if any. */
  readonly faults: readonly string[];
  /** What is behind a 500 or 503. */
  readonly error: unknown;
}

/** What is known of a request by the time it fails. */
interface Progress {
  readonly requestId: string;
  operation: OperationPlan | undefined;
  error: unknown;
}

export function createEngine(options: EngineOptions): HttpHandler {
  const router = createRouter<Target>(routesOf(options));
  const validators = createValidators();
  const reader = createValueReader({ ...options, validators });
  const hooksOf = ({ operation }: OperationPlan): OperationHooks | undefined =>
    options.hooks?.[operation.operationId];

  const uploadsPath = once(() => options.plan.operations.find(isStaging)?.operation.path);

  const dispatch = async (
    received: HttpRequest,
    target: RequestTarget,
    progress: Progress,
  ): Promise<HttpResponse> => {
    const request = withOverride(received, (method) =>
      isOnUpload(router.find(method, target.path)),
    );
    const direct = router.find(request.method, target.path);
    const named = direct.kind === "match" ? undefined : namedFile(router, request, target);
    const match = named ?? direct;
    if (match.kind === "method" && request.method === "OPTIONS")
      return optionsOf(plansOn(router, target, match.allow), match.allow, {
        limits: options.limits,
        uploads: uploadsPath() === undefined ? undefined : options.uploads,
      });
    if (match.kind !== "match") return unmatched(request, match, progress.requestId);
    if ("page" in match.value) return match.value.page.handle(request);
    const { operation } = match.value;
    progress.operation = operation;
    const filename = named && fileNameIn(target.path);
    const mayRepeat = isKeyed(request, operation);
    const entered = await enter({ request, target, match, filename, operation, mayRepeat });
    return discardAfter(entered.run.files, () => perform(entered, progress.requestId));
  };

  /** From here on the files of the request are the caller's to discard. */
  const enter = async (found: Found): Promise<Entered> => {
    const { request, operation, mayRepeat, authRequest = request } = found;
    const principal = await authenticated(options, authRequest, operation);
    const by = bindingOf(operation, principal);
    // What comes first is bytes: nothing in it names others that came before.
    const isStaged = isStaging(operation);
    const files = options.openFiles({
      by: isStaged ? undefined : by,
      mayRepeat,
      gone: request.gone,
      isOwnUrl: (url) => isBelow(url, originOf(request, options.publicUrl)),
    });
    const around = { uploadsPath, again: handle };
    const run = runOf(options, validators, { ...found, ...around, principal: by.principal, files });
    return { run, hooks: hooksOf(operation), principal };
  };

  /** One request of a batch: of what can be undone, and by nobody's code but this. */
  const enterEmbedded =
    (outer: OperationRun) =>
    async (request: HttpRequest): Promise<Entered> => {
      const target = parseTarget(request.target);
      const direct = router.find(request.method, target.path);
      const match = direct.kind === "match" ? direct : namedFile(router, request, target);
      if (!match || !("operation" in match.value)) throw notFound(request, direct);
      const { operation } = match.value;
      const hooks = hooksOf(operation);
      if (!isBatchable(operation.act) || hooks?.handle || hooks?.item)
        throw notBatchable(operation);
      const filename = match === direct ? undefined : fileNameIn(target.path);
      const mayRepeat = outer.idempotent !== undefined;
      // Credentials in the query are those of the request around it as well.
      const query = [target.queryText, outer.queryText].filter((text) => text !== "").join("&");
      const authRequest = { ...request, target: `${target.path}?${query}` };
      const entered = await enter({
        request,
        target,
        match,
        filename,
        operation,
        mayRepeat,
        authRequest,
      });
      if (outer.idempotent) entered.run.files.repeats(outer.idempotent.isAnswered);
      return entered;
    };

  const perform = async (entered: Entered, requestId: string): Promise<HttpResponse> => {
    const { run, hooks } = entered;
    // Items that are handed on as they come are not at hand to be compared.
    const isWhole = !hooks?.handle && !hooks?.item;
    const idempotent = isWhole ? beginIdempotent(options.answers, run) : undefined;
    if (idempotent) run.files.repeats(idempotent.isAnswered);
    try {
      return await performOnce({ ...entered, run: { ...run, idempotent } }, requestId);
    } finally {
      idempotent?.end();
    }
  };

  const performOnce = async (entered: Entered, requestId: string): Promise<HttpResponse> => {
    const { run, hooks } = entered;
    const { act } = run.plan;
    if (act.kind === "batch") {
      return performBatch({
        run,
        transact: options.transact,
        enter: enterEmbedded(run),
        readThen: (each, memory, work) => readThen(each, { requestId, memory }, work),
      });
    }
    const handler = act.kind === "none" ? undefined : actHandlers[act.kind];
    if (!handler && !hooks?.handle) throw notImplemented(run.plan);
    if (!hooks?.handle) {
      refusePartial(run);
      // What it would refuse now it may have done the first time.
      if (!run.idempotent) {
        await checkParents(run);
        await handler?.prepare?.(run);
      }
      const answer = await handler?.answer?.(run);
      if (answer) return answer;
    }
    return readThen(entered, { requestId }, (final) => {
      if (!handler) throw notImplemented(run.plan);
      return handler.perform(run, withoutDraftState(run.plan, final));
    });
  };

  const readThen = async (
    { run, hooks, principal }: Entered,
    { requestId, memory }: { requestId: string; memory?: MemoryBudget },
    act: (value: unknown) => Promise<HttpResponse>,
  ): Promise<HttpResponse> => {
    const querystring = await reader.querystring(run);
    // Code that does it instead has the value as the schema wants it.
    const isExcused = hooks?.handle ? undefined : excuseOf(run);
    const read = async (takeItem?: TakeItem): Promise<unknown> => {
      const value = await reader.body(run, { takeItem, isExcused, memory });
      run.idempotent?.read(value);
      return value;
    };
    return runHooks({ run, hooks, requestId, principal, querystring, read, act });
  };

  const handle: HttpHandler = async (request) => {
    const started = performance.now();
    const progress: Progress = {
      requestId: requestIdOf(request, options.clock),
      operation: undefined,
      error: undefined,
    };
    const target = parseTarget(request.target);
    let faults: readonly string[] = [];
    let response: HttpResponse;
    try {
      response = await sendable(await dispatch(request, target, progress));
    } catch (error) {
      const failure = failureOf(error);
      if (isOurs(failure)) progress.error = error;
      faults = failure.faults.map(({ code }) => code);
      response = problemResponse(
        failure,
        {
          ...failureHeaders(failure, progress.operation),
          ...uploadFailureHeaders(request, failure, progress.operation),
        },
        progress.requestId,
      );
    }
    observeQuietly(options, {
      requestId: progress.requestId,
      method: request.method,
      path: target.path,
      operationId: progress.operation?.operation.operationId,
      status: response.status,
      durationMs: performance.now() - started,
      faults,
      error: progress.error,
    });
    return { ...response, headers: { ...response.headers, "x-request-id": progress.requestId } };
  };
  return handle;
}

function runOf(
  engine: EngineOptions,
  validators: Validators,
  found: Found & Pick<OperationRun, "principal" | "files" | "uploadsPath" | "again">,
): OperationRun {
  const origin = originOf(found.request, engine.publicUrl);
  return {
    request: found.request,
    plan: found.operation,
    params: found.match.params,
    query: found.target.query,
    queryText: found.target.queryText,
    path: found.target.path,
    filename: found.filename,
    origin,
    base: origin + engine.plan.basePath,
    resources: engine.resources(found.principal),
    validators,
    limits: engine.limits,
    files: found.files,
    uploads: engine.uploads,
    principal: found.principal,
    openBlob: engine.openBlob,
    signedUrl: engine.signedUrl,
    uploadsPath: found.uploadsPath,
    again: found.again,
    idempotent: undefined,
    requireConditions: engine.requireConditions === true,
  };
}

// A log that fails must not turn a success into a failure.
function observeQuietly({ observe }: EngineOptions, exchange: Exchange): void {
  try {
    observe?.(exchange);
  } catch {}
}

interface Found {
  readonly request: HttpRequest;
  readonly target: RequestTarget;
  readonly match: Match;
  readonly filename: string | undefined;
  readonly operation: OperationPlan;
  readonly mayRepeat: boolean;
  /** Who asks is found by this one; default the request itself. */
  readonly authRequest?: HttpRequest;
}

/** Who asks, and for what, as far as uploads are bound to it. */
function bindingOf({ act, operation }: OperationPlan, principal: unknown): UploadBinding {
  return {
    principal: principalKey(principal),
    operation: operation.operationId,
    property: "property" in act ? act.property : null,
  };
}

async function authenticated(
  { authenticate }: EngineOptions,
  request: HttpRequest,
  plan: OperationPlan,
): Promise<unknown> {
  const principal = await authenticate?.(request, plan.security);
  const isOpen = plan.security.length === 0 || plan.security.some(({ length }) => length === 0);
  if (isOpen || (principal !== undefined && principal !== null)) return principal;
  const schemes = plan.security.map((names) => names.join(" and ")).join(", or ");
  throw new WaybillError({
    code: "unauthorized",
    detail: `The operation needs credentials: ${schemes}.`,
  });
}

function isBelow(url: string, origin: string): boolean {
  return (
    URL.canParse(url) && URL.canParse(origin) && new URL(url).origin === new URL(origin).origin
  );
}

// The client's id if it is a sane one: it ends up in logs and headers.
function requestIdOf({ headers }: HttpRequest, clock: Clock): string {
  const said = headers["x-request-id"];
  return said !== undefined && /^[\w.:-]{1,128}$/.test(said) ? said : createUuid(clock.now());
}

function notBatchable({ operation: { method, path } }: OperationPlan): WaybillError {
  const detail = `${method} ${path} cannot be part of a batch: it is no change that could be undone.`;
  return new WaybillError({ code: "bad-request", detail });
}

function notFound({ method }: HttpRequest, { kind }: RouteMatch<unknown>): WaybillError {
  if (kind !== "method")
    return new WaybillError({
      code: "unknown-path",
      detail: "No operation of this API has this path.",
    });
  const detail = `${method} is not one of the methods of this path.`;
  return new WaybillError({ code: "method-not-allowed", detail });
}

function isStaging({ act }: OperationPlan): boolean {
  return act.kind === "stage-upload";
}

function notImplemented({ operation, act }: OperationPlan): WaybillError {
  const why = act.kind === "none" ? `: ${act.reason}` : "";
  return new WaybillError({
    code: "not-implemented",
    detail: `${operation.method} ${operation.path} fits no convention${why}.`,
  });
}

// RFC 9110 §14.5: a partial PUT needs an agreement that nobody has made here.
function refusePartial({ plan, request }: OperationRun): void {
  if (!plan.body || request.headers["content-range"] === undefined) return;
  const detail = "Content-Range has no meaning in a request here; send the whole.";
  throw new WaybillError({ code: "partial-put", detail });
}
