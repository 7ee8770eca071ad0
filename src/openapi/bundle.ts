// A document that is complete in itself: what its references lead to elsewhere is brought into
// `components`, each thing once, so that recursion stays recursion. What cannot be had stays a reference.
import { arrayOr, isObject, objectOr, setOwn, stringOr } from "../base/json.js";
import { formatPointer, parsePointer } from "../base/pointer.js";
import { DocumentError } from "./document-error.js";
import type { OpenApiDocument } from "./document.js";
import { childKind, type ObjectKind } from "./object-kinds.js";
import { nodesMax, refuseUnwritable, tooLarge } from "./refuse-unwritable.js";
import { restBeside, type Located } from "./resource-index.js";

type Node = Record<string, unknown>;

/** Where what was elsewhere is kept; others than these are put in place of their reference. */
const sections: Partial<Record<ObjectKind, string>> = {
  schema: "schemas",
  response: "responses",
  parameter: "parameters",
  example: "examples",
  requestBody: "requestBodies",
  header: "headers",
  securityScheme: "securitySchemes",
  link: "links",
  callback: "callbacks",
};

const ownNames = new Set(["$id", "$schema", "$anchor"]);

/** The root of the bundled document; the given one is left as it is. Throws DocumentError. */
export function bundleDocument(document: OpenApiDocument): Readonly<Node> {
  const bundled = bundledRoot(document);
  refuseUnwritable(bundled, "The bundled document");
  return bundled;
}

function bundledRoot(document: OpenApiDocument): Readonly<Node> {
  const bundler = createBundler(document);
  const root = objectOr(bundler.copy(document.root, "root"));
  const brought = bundler.brought();
  if (brought.size === 0) return root;
  const components: Node = { ...objectOr(root["components"]) };
  for (const [section, nodes] of brought)
    components[section] = { ...objectOr(components[section]), ...nodes };
  return { ...root, components };
}

interface Bundler {
  copy(node: unknown, kind: ObjectKind): unknown;
  /** By section of `components`. */
  brought(): ReadonlyMap<string, Node>;
}

function createBundler(document: OpenApiDocument): Bundler {
  const brought = new Map<string, Node>();
  /** The reference within the bundle, by kind and by what stands at the other end. */
  const known = new Map<string, string>();
  const inlining = new Set<string>();
  /** How many references deep what is being copied stands elsewhere. */
  let elsewhere = 0;
  let copied = 0;

  const copy = (node: unknown, kind: ObjectKind): unknown => {
    if (!isObject(node)) return node;
    // What is put in place of each reference to it may grow without an end in time.
    if (++copied > nodesMax) throw new DocumentError(tooLarge("The bundled document"));
    const located =
      typeof node["$ref"] === "string" ? locate(document, node["$ref"], node) : undefined;
    if (located?.own === false && sections[kind] === undefined) return inlined(node, located, kind);
    const out: Node = {};
    for (const [key, inner] of Object.entries(node)) {
      // Its references are the bundle's now: a base or a name of its own would lead them astray.
      if (elsewhere > 0 && kind === "schema" && ownNames.has(key)) continue;
      setOwn(out, key, member(node, kind, key, inner));
    }
    if (located) out["$ref"] = within(located, kind, stringOr(node["$ref"], ""));
    return out;
  };

  const member = (node: Node, kind: ObjectKind, key: string, inner: unknown): unknown => {
    if (kind === "schema" && key === "discriminator") return discriminator(node, inner);
    const child = childKind(kind, key, inner);
    if (!child) return inner;
    if (child.shape === "list") return arrayOr(inner).map((each) => copy(each, child.kind));
    if (child.shape === "one" || !isObject(inner)) return copy(inner, child.kind);
    const out: Node = {};
    for (const [name, each] of Object.entries(inner)) setOwn(out, name, copy(each, child.kind));
    return out;
  };

  /** The reference to what was located, as the bundle has it. */
  const within = (located: Located, kind: ObjectKind, ref: string): string => {
    // What is decoded there is no URI reference as long as a percent sign stands in it.
    if (located.own)
      return located.canonical.startsWith("#") ? located.canonical.replaceAll("%", "%25") : ref;
    if (located.dynamic) {
      embed(located.canonical.slice(0, located.canonical.indexOf("#")));
      return ref;
    }
    const section = sections[kind] ?? "schemas";
    const key = `${section} ${located.canonical}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const { name, nodes } = freeName(section, located.canonical);
    const made = `#${formatPointer(["components", section, name])}`;
    known.set(key, made);
    setOwn(nodes, name, {}); // before its content, which may lead back here
    setOwn(nodes, name, copyElsewhere(located.node, kind));
    return made;
  };

  const copyElsewhere = (node: unknown, kind: ObjectKind): unknown => {
    elsewhere++;
    const made = copy(node, kind);
    elsewhere--;
    return made;
  };

  // A schema that is reached in several ways means something else in each: it stays a resource of its own
  // (JSON Schema 2020-12 §9.3.1), and references to it stay as they are.
  const embed = (uri: string): void => {
    const key = `resource ${uri}`;
    if (known.has(key)) return;
    known.set(key, uri);
    const root = document.index.lookUp(uri, {}).node;
    const { name, nodes } = freeName("schemas", uri);
    setOwn(nodes, name, { ...objectOr(root), $id: relativeTo(document, uri) });
    for (const { ref, holder } of referencesIn(root)) {
      const located = locate(document, ref, holder);
      if (located?.own === false) embed(located.canonical.slice(0, located.canonical.indexOf("#")));
    }
  };

  // Path Items and Media Type Objects: what stands beside the reference wins.
  const inlined = (node: Node, located: Located, kind: ObjectKind): unknown => {
    const { $ref: _, ...beside } = node;
    if (inlining.has(located.canonical)) return node;
    inlining.add(located.canonical);
    const target = objectOr(copyElsewhere(located.node, kind));
    inlining.delete(located.canonical);
    return { ...target, ...objectOr(copy(beside, kind)) };
  };

  const discriminator = (holder: Node, inner: unknown): unknown => {
    if (!isObject(inner) || !isObject(inner["mapping"])) return inner;
    const mapping: Node = {};
    for (const [value, said] of Object.entries(inner["mapping"]))
      setOwn(mapping, value, mapped(holder, said));
    return { ...inner, mapping };
  };

  // A name of a component, or a URI reference (OAS §4.8.25 `mapping`).
  const mapped = (holder: Node, said: unknown): unknown => {
    if (typeof said !== "string") return said;
    const isName = /^[\w.-]+$/.test(said);
    const ref = isName ? `#${formatPointer(["components", "schemas", said])}` : said;
    const located =
      locate(document, ref, holder) ?? (isName ? locate(document, said, holder) : undefined);
    return !located || located.own ? said : within(located, "schema", said);
  };

  const freeName = (section: string, canonical: string): { name: string; nodes: Node } => {
    const nodes = brought.get(section) ?? {};
    brought.set(section, nodes);
    const taken = objectOr(objectOr(document.root["components"])[section]);
    const wanted = nameOf(canonical);
    let name = wanted;
    for (let count = 2; Object.hasOwn(taken, name) || Object.hasOwn(nodes, name); count++)
      name = `${wanted}_${count}`;
    return { name, nodes };
  };

  return { copy, brought: () => brought };
}

function locate(document: OpenApiDocument, ref: string, holder: Node): Located | undefined {
  try {
    return document.index.lookUp(ref, holder);
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return undefined;
  }
}

/** The last step of the fragment, else the file's name, in the letters that names may have (OAS §4.8.7). */
function nameOf(canonical: string): string {
  const [uri = "", fragment = ""] = canonical.split("#");
  const last = parsePointer(fragment).at(-1) || fragment;
  const file = uri.slice(uri.lastIndexOf("/") + 1).replace(/\.(?:ya?ml|json)$/i, "");
  return (last || file).replaceAll(/[^\w.-]+/g, "_") || "External";
}

function referencesIn(root: unknown): { ref: string; holder: Node }[] {
  const found: { ref: string; holder: Node }[] = [];
  const queue: unknown[] = [root];
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    if (isObject(node))
      for (const ref of [node["$ref"], node["$dynamicRef"]])
        if (typeof ref === "string") found.push({ ref, holder: node });
    if (typeof node === "object" && node !== null) queue.push(...Object.values(node));
  }
  return found;
}

// As references to it are written, wherever the bundle will be: and no folder of this machine in it.
function relativeTo({ index: { base } }: OpenApiDocument, uri: string): string {
  return restBeside(base, uri) ?? uri;
}
