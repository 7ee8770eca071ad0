// The plan of a whole document: what each operation is and accepts. Routes and acts are known at once;
// bodies, responses and collections are compiled when they are first asked for, and then kept.
import { WaybillError } from "../base/fault.js";
import { arrayOr, isObject, objectOr } from "../base/json.js";
import type { OpenApiDocument } from "../openapi/document.js";
import { listOperations, type Operation } from "../openapi/operation.js";
import { actOf as conventionOf, type Act } from "./act.js";
import { bodyPlanOf, type BodyPlan } from "./body-plan.js";
import { collectionPlanOf, type CollectionPlan } from "./collection-plan.js";
import { createCompiler, type Compiler, type PlanOptions } from "./compiler.js";
import { compile, once } from "./once.js";
import { listPlanOf, listShapeOf, type ListPlan } from "./list-plan.js";
import { joinSegments, parameterOf, segmentsOf, shapeOf } from "./path-template.js";
import { querystringPlanOf, type QuerystringPlan } from "./querystring-plan.js";
import { responsePlanOf, type ResponsePlan } from "./response-plan.js";

export interface Plan {
  readonly document: OpenApiDocument;
  /** Path of the first server's URL, without a trailing slash; empty when there is none. */
  readonly basePath: string;
  readonly operations: readonly OperationPlan[];
  /** Names by which lists are filtered, found without compiling what the lists are of. */
  filterNames(): Set<string>;
}

export interface OperationPlan {
  readonly operation: Operation;
  readonly act: Act;
  /** Alternatives of security schemes, by name; none, or an empty one at the end, when the operation is open to all. */
  readonly security: readonly (readonly string[])[];
  /** What a 401 says in `WWW-Authenticate` (RFC 9110 §11.6.1), one for each scheme. */
  readonly challenges: readonly string[];
  readonly body: BodyPlan | undefined;
  /** Of the parameter that is the whole query string. */
  readonly querystring: QuerystringPlan | undefined;
  readonly response: ResponsePlan;
  /** Of the act's collection; undefined where the act has none. */
  readonly collection: CollectionPlan | undefined;
  /** Collections above it whose resource, named in the path, must be there: the outermost first. */
  readonly parents: readonly CollectionPlan[];
  /** For lists. */
  readonly list: ListPlan | undefined;
}

export function createPlan(document: OpenApiDocument, options?: PlanOptions): Plan {
  const compiler = createCompiler(document, options);
  const parts = operationsOf(compiler);
  const operations = parts.all.map((each) => operationPlanOf(compiler, parts, each));
  const filterNames = (): Set<string> =>
    new Set(parts.all.flatMap((each) => filtersOf(compiler, each)));
  return Object.freeze({ document, basePath: basePathOf(document), operations, filterNames });
}

// Without what the collection knows: which names are hidden, and which one is the id in other words.
function filtersOf(compiler: Compiler, { operation, response }: Lazily): string[] {
  const asks = operation.parameters.some(({ in: place }) => place === "query");
  if (operation.method !== "GET" || !asks || operation.trouble !== undefined) return [];
  try {
    const { parameters } = operation;
    const list = compile(() =>
      listPlanOf(compiler, { parameters, schema: response().schema, hidden: noNames }),
    );
    return [...list.filters.keys()].filter((name) => name !== "id");
  } catch (error) {
    if (!(error instanceof WaybillError)) throw error;
    return []; // told when it is asked for
  }
}

/** Every operation with its lazily compiled body and response, and the collections they make up. */
interface Parts {
  readonly all: readonly Lazily[];
  collection(path: string): CollectionPlan;
  parents(path: string): CollectionPlan[];
  act(operation: Operation): Act;
}

interface Lazily {
  readonly operation: Operation;
  readonly segments: readonly string[];
  readonly body: () => BodyPlan | undefined;
  readonly response: () => ResponsePlan;
}

function operationPlanOf(
  compiler: Compiler,
  parts: Parts,
  { operation, body, response }: Lazily,
): OperationPlan {
  const actOf = once(() => actOrNone(parts, operation));
  const security = securityOf(compiler.document, operation);
  const querystring = once(() => querystringPlanOf(compiler, operation));
  const list = once(() => {
    const act = actOf();
    const hidden = act.kind === "list" ? parts.collection(act.collection).read.hidden : noNames;
    const { parameters } = operation;
    return listPlanOf(compiler, { parameters, schema: response().schema, hidden });
  });
  return Object.freeze({
    operation,
    get act() {
      return actOf();
    },
    security,
    challenges: challengesOf(compiler.document, security),
    get body() {
      return body();
    },
    get querystring() {
      return querystring();
    },
    get response() {
      return response();
    },
    get collection() {
      const act = actOf();
      return "collection" in act ? compile(() => parts.collection(act.collection)) : undefined;
    },
    get parents() {
      const act = actOf();
      return "collection" in act ? compile(() => parts.parents(act.collection)) : [];
    },
    get list() {
      return actOf().kind === "list" ? list() : undefined;
    },
  });
}

const noNames: ReadonlySet<string> = new Set();

function actOrNone(parts: Parts, operation: Operation): Act {
  if (operation.trouble !== undefined) return { kind: "none", reason: operation.trouble };
  try {
    return compile(() => parts.act(operation));
  } catch (error) {
    if (!(error instanceof WaybillError)) throw error;
    return { kind: "none", reason: error.message };
  }
}

function operationsOf(compiler: Compiler): Parts {
  const all = listOperations(compiler.document).map((operation) => ({
    operation,
    segments: segmentsOf(operation.path),
    body: once(() => bodyPlanOf(compiler, operation)),
    response: once(() => responsePlanOf(compiler, operation)),
  }));
  const byPath = groupByPath(all);
  const on = (path: string, method: string): Lazily | undefined =>
    byPath.get(path)?.find(({ operation }) => operation.method === method);
  const itemPathOf = (path: string): string | undefined =>
    byPath.has(`${path}/{}`) ? `${path}/{}` : undefined;

  const plans = new Map<string, CollectionPlan>();
  const collection = (path: string): CollectionPlan => {
    const known = plans.get(path);
    if (known) return known;
    const made = makeCollection(path);
    plans.set(path, made);
    return made;
  };

  const makeCollection = (path: string): CollectionPlan => {
    const item = itemPathOf(path);
    const create = on(path, "POST");
    const writers = [create, item && on(item, "PUT"), item && on(item, "PATCH")].filter(isPresent);
    const readers = [item && on(item, "GET"), create, item && on(item, "PUT")].filter(isPresent);
    const bodies = writers.flatMap(({ body }) => body() ?? []);
    return collectionPlanOf(compiler, {
      path,
      bodies,
      requestSchemas: writers
        .flatMap(({ operation }) => bodySchemas(compiler, operation))
        .filter(isPresent),
      createSchemas: create ? bodySchemas(compiler, create.operation) : [],
      responseSchemas: [
        ...readers.flatMap(({ response }) => response().schema ?? []),
        listShapeOf(compiler, on(path, "GET")?.response().schema)?.itemSchema ?? [],
      ].flat(),
      itemOperation: item === undefined ? undefined : byPath.get(item)?.[0]?.operation,
      filePaths: item === undefined ? new Map() : filePathsOf(item, byPath),
      putPathOf: (property, many) =>
        item === undefined ? undefined : putPathOf(item, property, many),
      hasBelow: item !== undefined && hasBelow(item, byPath),
    });
  };

  // One file is put, or posted in the same sense; to an array of them files are added.
  const putPathOf = (item: string, property: string, many: boolean): string | undefined => {
    const at = `${item}/${property}`;
    const put = (many ? undefined : on(at, "PUT")) ?? on(at, "POST");
    return put?.operation.trouble === undefined ? put?.operation.path : undefined;
  };

  const isFileProperty = (path: string, property: string): boolean => {
    if (collection(path).files.has(property)) return true;
    const item = itemPathOf(path);
    const file = item === undefined ? undefined : `${item}/${property}`;
    return file !== undefined && isFileResource(on(file, "PUT"), on(file, "GET"), property);
  };

  const act = (operation: Operation): Act =>
    conventionOf(operation, {
      isFileProperty,
      isFileArray: (path, property) => collection(path).files.get(property)?.many === true,
      answersList: (each) =>
        listShapeOf(compiler, responsePlanOf(compiler, each).schema) !== undefined,
      isCollection: (path) => itemPathOf(path) !== undefined || on(path, "POST") !== undefined,
    });

  // Only collections that something can be created in: of others no resource can be there.
  const parents = (path: string): CollectionPlan[] => {
    const segments = segmentsOf(path);
    return segments.flatMap((segment, index) => {
      const above = joinSegments(segments.slice(0, index));
      const held = segment === "{}" && on(above, "POST") && itemPathOf(above) !== undefined;
      return held ? [collection(above)] : [];
    });
  };

  return { all, collection, parents, act };
}

// What is created below an item is named after it; the POST may be one of files, which does no harm.
function hasBelow(item: string, byPath: ReadonlyMap<string, readonly Lazily[]>): boolean {
  return [...byPath].some(
    ([path, operations]) =>
      path.startsWith(`${item}/`) &&
      operations.some(({ operation }) => operation.method === "POST"),
  );
}

function filePathsOf(
  item: string,
  byPath: ReadonlyMap<string, readonly Lazily[]>,
): Map<string, string> {
  const paths = new Map<string, string>();
  for (const [path, operations] of byPath) {
    const rest = path.startsWith(`${item}/`) ? segmentsOf(path.slice(item.length)) : [];
    const property = rest[0];
    const direct = rest.length === 1 || (rest.length === 2 && parameterOf(rest[1]) !== undefined);
    const get = operations.find(({ operation }) => operation.method === "GET");
    if (property !== undefined && direct && get) paths.set(property, get.operation.path);
  }
  return paths;
}

// A sub-resource that takes or gives bytes is a file, even if no other body has such a property.
function isFileResource(
  put: Lazily | undefined,
  get: Lazily | undefined,
  property: string,
): boolean {
  const media = put?.body()?.media ?? [];
  const raw = media.some(({ body }) => body.kind === "raw");
  const part = media.some(
    ({ body }) => "form" in body && body.form.properties.get(property)?.carried === "file",
  );
  return raw || part || get?.response().binary === true;
}

/** Of each media type; undefined where it says none. */
function bodySchemas(compiler: Compiler, operation: Operation): unknown[] {
  const body = objectOr(compiler.document.resolve(operation.node["requestBody"]).node);
  return Object.values(objectOr(body["content"])).map(
    (media) => objectOr(compiler.document.resolve(media).node)["schema"],
  );
}

function securityOf(document: OpenApiDocument, operation: Operation): string[][] {
  const requirements = arrayOr(operation.node["security"] ?? document.root["security"]);
  const schemes = requirements.filter(isObject).map((each) => Object.keys(each));
  // `{}` makes it optional, and comes last: whoever says who they are is asked by the others first.
  return schemes.toSorted((a, b) => Number(a.length === 0) - Number(b.length === 0));
}

// API keys have no registered challenge; a 401 must have one all the same.
function challengesOf(
  document: OpenApiDocument,
  security: readonly (readonly string[])[],
): string[] {
  const schemes = objectOr(objectOr(document.root["components"])["securitySchemes"]);
  const names = security.flat().map((name) => {
    const scheme = objectOr(schemes[name]);
    return scheme["type"] === "http" && scheme["scheme"] === "basic"
      ? 'Basic realm="api"'
      : scheme["type"] === "apiKey"
        ? "ApiKey"
        : "Bearer";
  });
  return [...new Set(names)];
}

function basePathOf(document: OpenApiDocument): string {
  const server = objectOr(arrayOr(document.root["servers"])[0]);
  const url = typeof server["url"] === "string" ? server["url"] : "";
  if (url.includes("{") || !URL.canParse(url, "http://localhost")) return "";
  const { pathname } = new URL(url, "http://localhost");
  return pathname.replace(/\/+$/, "");
}

function pathOf({ segments }: Lazily): string {
  return shapeOf(segments);
}

function groupByPath(all: readonly Lazily[]): Map<string, Lazily[]> {
  const groups = new Map<string, Lazily[]>();
  for (const each of all) groups.set(pathOf(each), [...(groups.get(pathOf(each)) ?? []), each]);
  return groups;
}

function isPresent<Value>(value: Value | undefined | ""): value is Value {
  return value !== undefined && value !== "";
}
