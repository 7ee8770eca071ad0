// From request to response: match route, negotiate, decode, act, answer. Knows no framework, no
// storage, and no document but through its plan.
import { performance } from "node:perf_hooks";
import type { BodyOptions, TakeItem } from "../body/body-context.js";
import { createValidators, type Validators } from "../body/validator.js";
import type { Clock } from "../base/clock.js";
import { isWaybillError, WaybillError } from "../base/fault.js";
import { createUuid } from "../base/id.js";
import type { Limits } from "../base/limits.js";
import type { OperationPlan, Plan } from "../plan/plan.js";
import type { Answers } from "../resource/answers.js";
import type { ResourcesOf } from "../resource/resources.js";
import type { RequestFiles, RequestFilesOptions } from "../upload/request-files.js";
import type { UploadBinding, Uploads } from "../upload/uploads.js";
import { actHandlers, checkParents } from "./acts.js";
import { excuseOf, withoutDraftState } from "./draft-body.js";
import type { HttpHandler, HttpRequest, HttpResponse } from "./exchange.js";
import { ietfFailureHeaders } from "./ietf-fields.js";
import type { Authenticate, Hooks, OperationHooks } from "./hooks.js";
import { beginIdempotent, isKeyed } from "./idempotency.js";
import { createValueReader } from "./read-value.js";
import { runHooks } from "./run-hooks.js";
import { withOverride } from "./method-override.js";
import { acceptHeaders } from "./negotiate.js";
import type { OperationRun } from "./operation-run.js";
import { optionsOf, unmatched } from "./other-methods.js";
import { principalKey } from "./principal-key.js";
import { problemResponse } from "./problem.js";
import { originOf, parseTarget, type RequestTarget } from "./request-target.js";
import { tusFailureHeaders } from "./tus.js";
import { createRouter, type RouteMatch, type Router } from "./router.js";

export interface EngineOptions {
  readonly plan: Plan;
  readonly resources: ResourcesOf;
  readonly answers: Answers;
  readonly limits: Limits;
  readonly clock: Clock;
  /** `by` is who may name uploads in the request; without it nobody may. */
  readonly openFiles: (
    how: Pick<RequestFilesOptions, "by" | "mayRepeat" | "isOwnUrl">,
  ) => RequestFiles;
  /** Absent where there are none. */
  readonly uploads?: Uploads;
  readonly openBlob: OperationRun["openBlob"];
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

export interface Page {
  readonly path: string;
  readonly handle: (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;
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

type Match = Extract<RouteMatch<Target>, { kind: "match" }>;
type Target = { readonly operation: OperationPlan } | { readonly page: Page };

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
      return optionsOf(plansOn(router, target, match.allow), match.allow, options);
    if (match.kind !== "match") return unmatched(request, match, progress.requestId);
    if ("page" in match.value) return match.value.page.handle(request);
    progress.operation = match.value.operation;
    const principal = await authenticated(options, request, match.value.operation);
    const by = bindingOf(match.value.operation, principal);
    // What comes first is bytes: nothing in it names others that came before.
    const isStaged = match.value.operation.act.kind === "stage-upload";
    const files = options.openFiles({
      by: isStaged ? undefined : by,
      mayRepeat: isKeyed(request, match.value.operation),
      isOwnUrl: (url) => isBelow(url, originOf(request, options.publicUrl)),
    });
    try {
      const run = runOf(options, validators, {
        request,
        target,
        match,
        filename: named && fileNameIn(target.path),
        operation: match.value.operation,
        principal: by.principal,
        files,
      });
      return await perform(run, progress.requestId, principal);
    } finally {
      await files.discardAll();
    }
  };

  const perform = async (
    run: OperationRun,
    requestId: string,
    principal: unknown,
  ): Promise<HttpResponse> => {
    const hooks = options.hooks?.[run.plan.operation.operationId];
    // Items that are handed on as they come are not at hand to be compared.
    const isWhole = !hooks?.handle && !hooks?.item;
    const idempotent = isWhole ? beginIdempotent(options.answers, run) : undefined;
    try {
      return await performOnce({ ...run, idempotent }, hooks, { requestId, principal });
    } finally {
      idempotent?.end();
    }
  };

  const performOnce = async (
    run: OperationRun,
    hooks: OperationHooks | undefined,
    by: { requestId: string; principal: unknown },
  ): Promise<HttpResponse> => {
    const { act } = run.plan;
    const handler = act.kind === "none" ? undefined : actHandlers[act.kind];
    if (!handler && !hooks?.handle) throw notImplemented(run.plan);
    if (!hooks?.handle) {
      refusePartial(run);
      await checkParents(run);
      await handler?.prepare?.(run);
      const answer = await handler?.answer?.(run);
      if (answer) return answer;
    }
    const querystring = await reader.querystring(run);
    // Code that does it instead has the value as the schema wants it.
    const isExcused = hooks?.handle ? undefined : excuseOf(run);
    const read = async (takeItem?: TakeItem): Promise<unknown> => {
      const value = await reader.body(run, { takeItem, isExcused });
      run.idempotent?.read(value);
      return value;
    };
    const performAct = async (final: unknown): Promise<HttpResponse> => {
      if (!handler) throw notImplemented(run.plan);
      return handler.perform(run, withoutDraftState(run.plan, final));
    };
    return runHooks({ ...by, run, hooks, querystring, read, act: performAct });
  };

  return async (request) => {
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
      response = await dispatch(request, target, progress);
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
}

function runOf(engine: EngineOptions, validators: Validators, found: Found): OperationRun {
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
  readonly principal: string | null;
  readonly files: RequestFiles;
}

/** Who asks, and for what, as far as uploads are bound to it. */
function bindingOf({ act, operation }: OperationPlan, principal: unknown): UploadBinding {
  return {
    principal: principalKey(principal),
    operation: operation.operationId,
    property: "property" in act ? act.property : null,
  };
}

function routesOf({
  plan,
  pages = [],
}: EngineOptions): { method: string; path: string; value: Target }[] {
  const operations = plan.operations.flatMap((operation) => {
    const { method, path } = operation.operation;
    const paths = plan.basePath === "" ? [path] : [plan.basePath + path, path];
    return paths.map((each) => ({ method, path: each, value: { operation } }));
  });
  const taken = new Set(operations.map(({ method, path }) => `${method} ${path}`));
  const free = pages.filter(({ path }) => !taken.has(`GET ${path}`));
  return [
    ...operations,
    ...free.map((page) => ({ method: "GET", path: page.path, value: { page } })),
  ];
}

// `curl -T pic.png …/pic/` puts to `…/pic/pic.png`: the file name after a slash is not part of the path.
function namedFile(
  router: Router<Target>,
  { method }: HttpRequest,
  { path }: RequestTarget,
): Match | undefined {
  if (method !== "PUT" || path.endsWith("/")) return undefined;
  const match = router.find(method, path.slice(0, path.lastIndexOf("/") + 1));
  if (match.kind !== "match" || !("operation" in match.value)) return undefined;
  const { act, operation } = match.value.operation;
  return act.kind === "put-file" && operation.path.endsWith("/") ? match : undefined;
}

function fileNameIn(path: string): string | undefined {
  try {
    return decodeURIComponent(path.slice(path.lastIndexOf("/") + 1));
  } catch {
    return undefined; // malformed percent-encoding: a file without a name
  }
}

function isOnUpload(match: RouteMatch<Target>): boolean {
  const target = match.kind === "match" ? match.value : undefined;
  return (
    target !== undefined && "operation" in target && target.operation.act.kind.endsWith("-upload")
  );
}

function plansOn(
  router: Router<Target>,
  { path }: RequestTarget,
  methods: readonly string[],
): OperationPlan[] {
  return methods.flatMap((method) => {
    const match = router.find(method, path);
    return match.kind === "match" && "operation" in match.value ? [match.value.operation] : [];
  });
}

async function authenticated(
  { authenticate }: EngineOptions,
  request: HttpRequest,
  plan: OperationPlan,
): Promise<unknown> {
  const principal = await authenticate?.(request, plan.security);
  if (plan.security.length === 0 || (principal !== undefined && principal !== null))
    return principal;
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

function failureOf(error: unknown): WaybillError {
  if (isWaybillError(error)) return error;
  return new WaybillError(
    { code: "internal", detail: "Something went wrong on this side." },
    { cause: error },
  );
}

function failureHeaders(
  failure: WaybillError,
  operation: OperationPlan | undefined,
): Record<string, string> {
  if (failure.code === "unauthorized")
    return { "www-authenticate": operation?.challenges.join(", ") ?? "Bearer" };
  if (failure.code === "unavailable") return { "retry-after": "5" };
  if (failure.code === "request-in-progress") return { "retry-after": "1" };
  return operation ? acceptHeaders(failure, operation) : {};
}

/** Something on this side, which somebody there must see. */
function isOurs({ code }: WaybillError): boolean {
  return code === "internal" || code === "unavailable" || code === "insufficient-storage";
}

function uploadFailureHeaders(
  request: HttpRequest,
  failure: WaybillError,
  plan: OperationPlan | undefined,
): Record<string, string> {
  const isUpload = plan?.act.kind.endsWith("-upload") === true;
  const ietf = isUpload ? ietfFailureHeaders(request, failure) : {};
  return { ...ietf, ...tusFailureHeaders(request) };
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
