// The files and the named schemas that references lead to: base URIs, `$id`, `$anchor`, `$self`
// (OAS §4.6 "Resolving references", JSON Schema 2020-12 §8.2). Found when a reference asks for them.
import { isObject } from "../base/json.js";
import { parsePointer } from "../base/pointer.js";
import { DocumentError } from "./document-error.js";

export interface ResourceIndex {
  /** Base URI of the document. */
  readonly base: string;
  /** What `ref` names, as seen from `holder`, the object that has it. Throws DocumentError. */
  lookUp(ref: string, holder: object): Located;
  /** The resource that a node of the document or of another file belongs to. */
  resourceOf(node: object): SchemaResource;
  /** Documents elsewhere that are referred to, directly or through files, and are not known yet. */
  missing(): string[];
}

export interface Located {
  readonly node: unknown;
  /** The same for every reference that leads here: `#/…` within the document, else with its file. */
  readonly canonical: string;
  /** Its document says `$dynamicRef` or `$dynamicAnchor`. */
  readonly dynamic: boolean;
  /** It stands in the document itself. */
  readonly own: boolean;
}

/** One tree: the document, another file, or a schema with an `$id` of its own. */
export interface SchemaResource {
  readonly uri: string;
  readonly root: unknown;
  /** By `$anchor` and `$dynamicAnchor`. */
  readonly anchors: ReadonlyMap<string, unknown>;
  readonly dynamicAnchors: ReadonlySet<string>;
  /** What all trees of one document share. */
  readonly document: { readonly uri: string; dynamic: boolean };
}

/** A text from elsewhere, parsed, and the URI that it really came from. */
export interface ReadTree {
  readonly uri: string;
  readonly node: unknown;
}

export interface ResourceIndexOptions {
  /** URI of the document; undefined for one that came from no file. */
  readonly uri: string | undefined;
  /** Reads the document at a URI. Throws DocumentError. */
  readonly read: (uri: string) => ReadTree;
  readonly uses: KeywordUse;
}

/** Whether the document may have `$id`, and `$dynamicRef` or `$dynamicAnchor`. */
export interface KeywordUse {
  readonly ids: boolean;
  readonly dynamic: boolean;
}

type Holder = Readonly<Record<string, unknown>>;

/** Base of a document that came from no file: relative references then name nothing that could be read. */
const noUri = "waybill://document/";

/** Base URI of a document (OAS 3.2 §4.1.2.2.1 `$self`; RFC 3986 §5.1). */
export function baseUriOf(root: Holder, uri: string | undefined): string {
  const said = ["$self", "$id"].map((key) => root[key]).find((each) => typeof each === "string");
  return withoutFragment(new URL(said ?? "", uri ?? noUri).href);
}

export function createResourceIndex(root: Holder, options: ResourceIndexOptions): ResourceIndex {
  const base = baseUriOf(root, options.uri);
  const trees = new Map<string, SchemaResource>();
  /** Base URI of every node that was looked at. */
  const bases = new WeakMap<object, string>();
  const referred = new Set<string>();
  let indexed = false;

  const addTree: Collecting["addTree"] = (uri, node, document = { uri, dynamic: false }) => {
    const anchors = new Map<string, unknown>();
    const dynamicAnchors = new Set<string>();
    const tree = { uri, root: node, anchors, dynamicAnchors, document };
    trees.set(uri, tree);
    collect(tree, { anchors, dynamicAnchors, bases, referred, addTree });
    return tree;
  };

  const readTree = (uri: string): SchemaResource => {
    const { uri: from, node } = options.read(uri);
    const own = isObject(node) ? baseUriOf(node, from) : from;
    const tree = trees.get(own) ?? addTree(own, node);
    trees.set(uri, tree);
    return tree;
  };

  const treeOf = (uri: string): SchemaResource => {
    indexAll();
    return trees.get(uri) ?? readTree(uri);
  };

  const indexAll = (): void => {
    if (indexed) return;
    indexed = true;
    addTree(base, root); // looks at the whole document: only for references that need it
  };

  const locate = (ref: string, from: string): Located => {
    const hash = ref.indexOf("#");
    const file = hash < 0 ? ref : ref.slice(0, hash);
    const fragment = decode(hash < 0 ? "" : ref.slice(hash + 1), ref);
    const uri = file === "" ? from : resolveUri(file, from, ref);
    const { dynamic } = options.uses;
    if (uri === base && isPointer(fragment))
      return { node: stepsTo(root, fragment, ref), canonical: `#${fragment}`, dynamic, own: true };
    const tree = treeOf(uri);
    const canonical = tree.uri === base ? `#${fragment}` : `${tree.uri}#${fragment}`;
    return {
      node: nodeIn(tree, fragment, ref),
      canonical,
      dynamic: tree.document.dynamic,
      own: tree.document.uri === base,
    };
  };

  return {
    base,
    lookUp(ref, holder) {
      if (options.uses.ids) indexAll(); // any holder may stand under an `$id`, which is its base then
      const from = bases.get(holder) ?? base;
      try {
        return locate(ref, from);
      } catch (error) {
        // Strictly, `#` is the schema with the `$id`; many who write one mean the document.
        if (from === base || !ref.startsWith("#/components/")) throw error;
        return locate(ref, trees.get(from)?.document.uri ?? base);
      }
    },
    resourceOf(node) {
      indexAll();
      return treeOf(bases.get(node) ?? base);
    },
    missing() {
      indexAll();
      const unknown = new Set<string>();
      for (const uri of referred) {
        // What is read here may refer to more: the set grows while it is walked.
        if (!trees.has(uri) && !attempt(() => readTree(uri))) unknown.add(uri);
      }
      return [...unknown];
    },
  };
}

interface Collecting {
  readonly anchors: Map<string, unknown>;
  readonly dynamicAnchors: Set<string>;
  readonly bases: WeakMap<object, string>;
  readonly referred: Set<string>;
  readonly addTree: (
    uri: string,
    node: unknown,
    document?: SchemaResource["document"],
  ) => SchemaResource;
}

// Without recursion: documents may be deep. A node under an `$id` is part of that schema's own tree.
function collect({ root, uri, document }: SchemaResource, collecting: Collecting): void {
  const { bases, addTree } = collecting;
  const queue: unknown[] = [root];
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    if (typeof node !== "object" || node === null || bases.has(node)) continue;
    const id = isObject(node) && node !== root ? node["$id"] : undefined; // a property may be called so
    if (typeof id === "string" && URL.canParse(id, uri)) {
      addTree(withoutFragment(new URL(id, uri).href), node, document);
      continue;
    }
    bases.set(node, uri);
    if (isObject(node)) collectNames(node, uri, collecting);
    if ("$dynamicRef" in node || "$dynamicAnchor" in node) document.dynamic = true;
    queue.push(...Object.values(node));
  }
}

function collectNames(node: Holder, uri: string, collecting: Collecting): void {
  const { $anchor, $dynamicAnchor } = node;
  if (typeof $anchor === "string") collecting.anchors.set($anchor, node);
  if (typeof $dynamicAnchor === "string") {
    collecting.anchors.set($dynamicAnchor, node);
    collecting.dynamicAnchors.add($dynamicAnchor);
  }
  for (const ref of [node["$ref"], node["$dynamicRef"]]) {
    if (typeof ref === "string" && !ref.startsWith("#") && URL.canParse(ref, uri))
      collecting.referred.add(withoutFragment(new URL(ref, uri).href));
  }
}

function nodeIn(tree: SchemaResource, fragment: string, ref: string): unknown {
  if (isPointer(fragment)) return stepsTo(tree.root, fragment, ref);
  if (!tree.anchors.has(fragment)) throw new DocumentError(`The reference ${ref} names nothing.`);
  return tree.anchors.get(fragment);
}

function isPointer(fragment: string): boolean {
  return fragment === "" || fragment.startsWith("/");
}

function stepsTo(root: unknown, pointer: string, ref: string): unknown {
  let node = root;
  for (const step of parsePointer(pointer)) {
    const held = typeof node === "object" && node !== null && Object.hasOwn(node, step);
    if (!held) throw new DocumentError(`The reference ${ref} names nothing.`);
    node = (node as Record<string, unknown>)[step];
  }
  return node;
}

function resolveUri(file: string, from: string, ref: string): string {
  if (!URL.canParse(file, from))
    throw new DocumentError(`The reference ${ref} is no URI reference.`);
  return new URL(file, from).href;
}

function withoutFragment(uri: string): string {
  const hash = uri.indexOf("#");
  return hash < 0 ? uri : uri.slice(0, hash);
}

function decode(fragment: string, ref: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch (error) {
    throw new DocumentError(`The reference ${ref} is badly encoded.`, "", { cause: error });
  }
}

/** Whether the work could be done; what is wrong with it is told when it is asked for. */
function attempt(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return false;
  }
}
