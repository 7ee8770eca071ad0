// Finds the route of a request path among OpenAPI path templates, with a trie over path segments.
// Knows nothing of servers, base paths or what a route's value means.
import { matchPattern, parsePattern, type SegmentPattern } from "./segment-pattern.js";

export interface Route<T> {
  /** Upper-case. */
  readonly method: string;
  /** A path template, e.g. `/things/{id}` (OAS Paths Object). */
  readonly path: string;
  readonly value: T;
}

export type RouteMatch<T> =
  | {
      readonly kind: "match";
      readonly value: T;
      /** Decoded; without a prototype. */
      readonly params: Readonly<Record<string, string>>;
    }
  /** The path is there, the method is not. HEAD is listed where GET is; OPTIONS only where it is a route. */
  | { readonly kind: "method"; readonly allow: readonly string[] }
  | { readonly kind: "none" };

export interface Router<T> {
  /** `rawPath` as sent, without the query. Anything that is no path (`*`, ``) or is badly encoded is `none`. */
  find(method: string, rawPath: string): RouteMatch<T>;
}

interface Target<T> {
  readonly value: T;
  readonly names: readonly string[];
}

interface Node<T> {
  readonly literals: Map<string, Node<T>>;
  /** Most literal characters first. */
  readonly patterns: { readonly pattern: SegmentPattern; readonly node: Node<T> }[];
  readonly targets: Map<string, Target<T>>;
}

interface Found<T> {
  readonly node: Node<T>;
  readonly values: readonly string[];
}

/** Of routes with the same method and the same shape of path, the first counts. */
export function createRouter<T>(routes: readonly Route<T>[]): Router<T> {
  const root = createNode<T>();
  for (const route of routes) insert(root, route);

  return {
    find(method, rawPath) {
      const segments = decodePath(rawPath);
      if (!segments) return { kind: "none" };
      const exact = answer(walk(root, segments, 0, []), method);
      if (exact.kind === "match") return exact;
      const other = answer(walk(root, toggleTrailingSlash(segments), 0, []), method);
      return other.kind === "match" || exact.kind === "none" ? other : exact;
    },
  };
}

function createNode<T>(): Node<T> {
  return { literals: new Map(), patterns: [], targets: new Map() };
}

function insert<T>(root: Node<T>, route: Route<T>): void {
  const names: string[] = [];
  let node = root;
  for (const segment of route.path.replace(/^\//, "").split("/")) {
    const pattern = parsePattern(segment);
    names.push(...pattern.names);
    node = pattern.names.length > 0 ? patternChild(node, pattern) : literalChild(node, pattern);
  }
  if (!node.targets.has(route.method)) {
    node.targets.set(route.method, { value: route.value, names });
  }
}

function literalChild<T>(node: Node<T>, pattern: SegmentPattern): Node<T> {
  const literal = pattern.literals.join("");
  const child = node.literals.get(literal) ?? createNode<T>();
  node.literals.set(literal, child);
  return child;
}

function patternChild<T>(node: Node<T>, pattern: SegmentPattern): Node<T> {
  const known = node.patterns.find((entry) => entry.pattern.key === pattern.key);
  if (known) return known.node;
  const child = createNode<T>();
  node.patterns.push({ pattern, node: child });
  node.patterns.sort((a, b) => b.pattern.weight - a.pattern.weight);
  return child;
}

// Concrete paths before their templated counterparts (OAS Paths Object). Every node is visited at most once.
function walk<T>(
  node: Node<T>,
  segments: readonly string[],
  depth: number,
  values: readonly string[],
): Found<T> | undefined {
  const segment = segments[depth];
  if (segment === undefined) return node.targets.size > 0 ? { node, values } : undefined;
  const literal = node.literals.get(segment);
  const found = literal && walk(literal, segments, depth + 1, values);
  if (found) return found;
  for (const { pattern, node: child } of node.patterns) {
    const own = matchPattern(pattern, segment);
    const below = own && walk(child, segments, depth + 1, [...values, ...own]);
    if (below) return below;
  }
  return undefined;
}

function answer<T>(found: Found<T> | undefined, method: string): RouteMatch<T> {
  if (!found) return { kind: "none" };
  const { targets } = found.node;
  // RFC 9110 §9.3.2: HEAD is GET without the content.
  const target = targets.get(method) ?? (method === "HEAD" ? targets.get("GET") : undefined);
  if (!target) return { kind: "method", allow: allowed(targets.keys()) };
  const params: Record<string, string> = Object.create(null);
  for (const [i, name] of target.names.entries()) params[name] = found.values[i] ?? "";
  return { kind: "match", value: target.value, params };
}

function allowed(methods: Iterable<string>): string[] {
  const names = new Set(methods);
  if (names.has("GET")) names.add("HEAD");
  return [...names].sort();
}

// Decoded after splitting, so that an encoded slash stays within its segment (RFC 3986 §2.4).
function decodePath(rawPath: string): string[] | undefined {
  if (!rawPath.startsWith("/")) return undefined;
  const segments = rawPath.slice(1).split("/");
  if (!rawPath.includes("%")) return segments;
  try {
    return segments.map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

function toggleTrailingSlash(segments: readonly string[]): readonly string[] {
  return segments.at(-1) === "" ? segments.slice(0, -1) : [...segments, ""];
}
