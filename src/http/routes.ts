// The operations and pages of one API as routes, and what a path may say beyond its route.
import type { OperationPlan, Plan } from "../plan/plan.js";
import type { HttpRequest, HttpResponse } from "./exchange.js";
import type { RequestTarget } from "./request-target.js";
import type { Route, RouteMatch, Router } from "./router.js";

export interface Page {
  readonly path: string;
  readonly handle: (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;
}

export type Match = Extract<RouteMatch<Target>, { kind: "match" }>;
export type Target = { readonly operation: OperationPlan } | { readonly page: Page };

export function routesOf({
  plan,
  pages = [],
}: {
  readonly plan: Plan;
  readonly pages?: readonly Page[];
}): Route<Target>[] {
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
export function namedFile(
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

export function fileNameIn(path: string): string | undefined {
  try {
    return decodeURIComponent(path.slice(path.lastIndexOf("/") + 1));
  } catch {
    return undefined; // malformed percent-encoding: a file without a name
  }
}

/** Does it lead to one of the operations on uploads? */
export function isOnUpload(match: RouteMatch<Target>): boolean {
  const target = match.kind === "match" ? match.value : undefined;
  return (
    target !== undefined && "operation" in target && target.operation.act.kind.endsWith("-upload")
  );
}

export function plansOn(
  router: Router<Target>,
  { path }: RequestTarget,
  methods: readonly string[],
): OperationPlan[] {
  return methods.flatMap((method) => {
    const match = router.find(method, path);
    return match.kind === "match" && "operation" in match.value ? [match.value.operation] : [];
  });
}
