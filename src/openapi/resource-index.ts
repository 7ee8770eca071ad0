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
  /** The same of a node that came from another file, wherever it stands now; undefined for the document's own. */
  foreign(node: object): SchemaResource | undefined;
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
  readonly document: TreeDocument;
}

interface TreeDocument {
  readonly uri: string;
  /** It came over the network: it may be anyone's, whatever it calls itself. */
  readonly fetched: boolean;
  dynamic: boolean;
}

/** A text from elsewhere, parsed, and the URI that it really came from. */
export interface ReadTree {
  readonly uri: string;
  readonly node: unknown;
  readonly fetched: boolean;
}

/** Reads the document at a URI; `byFetched`: for one that was fetched itself. Throws DocumentError. */
export type ReadReference = (uri: string, byFetched: boolean) => ReadTree;

export interface ResourceIndexOptions {
  /** URI of the document; undefined for one that came from no file. */
  readonly uri: string | undefined;
  readonly read: ReadReference;
  readonly uses: KeywordUse;
  /** Of nodes that were taken over from other documents when this one was written. */
  readonly foreign?: ResourceIndex["foreign"] | undefined;
}

/** Whether the document may have `$id`, and `$dynamicRef` or `$dynamicAnchor`. */
export interface KeywordUse {
  readonly ids: boolean;
  readonly dynamic: boolean;
}

type Holder = Readonly<Record<string, unknown>>;

/** Base of a document that came from no file: relative references then name nothing that could be read. */
const noUri = "waybill://document/";

/** Base URI of a document (OAS 3.2 §4.1.2.2.1 `$self`; RFC 3986 §5.1). Throws DocumentError. */
export function baseUriOf(root: Holder, uri: string = noUri): string {
  const key = ["$self", "$id"].find((each) => typeof root[each] === "string");
  const said = key === undefined ? "" : String(root[key]);
  if (!URL.canParse(said, uri)) {
    const where = uri === noUri ? "the document" : uri;
    throw new DocumentError(`What ${where} calls itself is no URI reference: ${said}.`, `/${key}`);
  }
  return withoutFragment(new URL(said, uri).href);
}

/** The rest of a URI that lies beside or below what has this base. */
export function restBeside(base: string, uri: string): string | undefined {
  // A base without a path, such as a URN, has nothing beside it.
  const folder = URL.canParse(".", base) ? new URL(".", base).href : undefined;
  return folder !== undefined && uri.startsWith(folder) ? uri.slice(folder.length) : undefined;
}

export function createResourceIndex(root: Holder, options: ResourceIndexOptions): ResourceIndex {
  const base = baseUriOf(root, options.uri);
  const own: TreeDocument = { uri: base, fetched: false, dynamic: false };
  const trees = new Map<string, SchemaResource>();
  /** The tree of every node that was looked at. */
  const treesOfNodes = new WeakMap<object, SchemaResource>();
  const referred = new Map<string, TreeDocument>();
  let indexed = false;

  const foreign: ResourceIndex["foreign"] = (node) => {
    const tree = options.foreign?.(node) ?? treesOfNodes.get(node);
    return tree?.document.uri === base ? undefined : tree;
  };

  const addTree: Collecting["addTree"] = (uri, node, document) => {
    const anchors = new Map<string, unknown>();
    const dynamicAnchors = new Set<string>();
    const tree = { uri, root: node, anchors, dynamicAnchors, document };
    trees.set(uri, tree);
    const taken = options.foreign;
    collect(tree, { anchors, dynamicAnchors, treesOfNodes, referred, addTree, taken });
    return tree;
  };

  // What is said on the network names no file of this machine, not even one that is known already.
  const readTree = (uri: string, { fetched: byFetched }: TreeDocument): SchemaResource => {
    if (byFetched && uri.startsWith("file:"))
      throw new DocumentError(
        `The reference to ${uri} is not followed: it stands in a document that was fetched.`,
      );
    const known = trees.get(uri);
    if (known) return known;
    const { uri: from, node, fetched } = options.read(uri, byFetched);
    const named = isObject(node) ? baseUriOf(node, from) : from;
    const tree = trees.get(named) ?? addTree(named, node, { uri: named, fetched, dynamic: false });
    trees.set(uri, tree);
    return tree;
  };

  const indexAll = (): void => {
    if (indexed) return;
    indexed = true;
    addTree(base, root, own); // looks at the whole document: only for references that need it
  };

  const locate = (ref: string, from: string, document: TreeDocument): Located => {
    const hash = ref.indexOf("#");
    const file = hash < 0 ? ref : ref.slice(0, hash);
    const fragment = decode(hash < 0 ? "" : ref.slice(hash + 1), ref);
    const uri = file === "" ? from : resolveUri(file, from, ref);
    const { dynamic } = options.uses;
    if (uri === base && isPointer(fragment))
      return { node: stepsTo(root, fragment, ref), canonical: `#${fragment}`, dynamic, own: true };
    indexAll();
    const tree = readTree(uri, document);
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
      const { uri: from, document } = options.foreign?.(holder) ??
        treesOfNodes.get(holder) ?? { uri: base, document: own };
      try {
        return locate(ref, from, document);
      } catch (error) {
        // Strictly, `#` is the schema with the `$id`; many who write one mean the document.
        if (from === base || !ref.startsWith("#/components/")) throw error;
        return locate(ref, document.uri, document);
      }
    },
    resourceOf(node) {
      indexAll();
      return options.foreign?.(node) ?? treesOfNodes.get(node) ?? readTree(base, own);
    },
    foreign,
    missing() {
      indexAll();
      const unknown = new Set<string>();
      for (const [uri, by] of referred) {
        // What is read here may refer to more: the map grows while it is walked.
        if (!trees.has(uri) && !attempt(() => readTree(uri, by))) unknown.add(uri);
      }
      return [...unknown];
    },
  };
}

interface Collecting {
  readonly anchors: Map<string, unknown>;
  readonly dynamicAnchors: Set<string>;
  readonly treesOfNodes: WeakMap<object, SchemaResource>;
  /** By which document; by one that was not fetched, if there is one. */
  readonly referred: Map<string, TreeDocument>;
  readonly addTree: (uri: string, node: unknown, document: TreeDocument) => SchemaResource;
  readonly taken: ResourceIndexOptions["foreign"];
}

// Without recursion: documents may be deep. A node under an `$id` is part of that schema's own tree.
function collect(tree: SchemaResource, collecting: Collecting): void {
  const { root, uri, document } = tree;
  const { treesOfNodes, addTree, taken } = collecting;
  const queue: unknown[] = [root];
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    if (typeof node !== "object" || node === null || treesOfNodes.has(node)) continue;
    const id = isObject(node) && node !== root ? node["$id"] : undefined; // a property may be called so
    if (typeof id === "string" && URL.canParse(id, uri)) {
      addTree(withoutFragment(new URL(id, uri).href), node, document);
      continue;
    }
    treesOfNodes.set(node, tree);
    // What it refers to, it does as the document did that it came from.
    if (isObject(node)) collectNames(node, taken?.(node) ?? tree, collecting);
    if ("$dynamicRef" in node || "$dynamicAnchor" in node) document.dynamic = true;
    queue.push(...Object.values(node));
  }
}

function collectNames(
  node: Holder,
  { uri, document }: SchemaResource,
  collecting: Collecting,
): void {
  const { $anchor, $dynamicAnchor } = node;
  if (typeof $anchor === "string") collecting.anchors.set($anchor, node);
  if (typeof $dynamicAnchor === "string") {
    collecting.anchors.set($dynamicAnchor, node);
    collecting.dynamicAnchors.add($dynamicAnchor);
  }
  for (const ref of [node["$ref"], node["$dynamicRef"]]) {
    if (typeof ref !== "string" || ref.startsWith("#") || !URL.canParse(ref, uri)) continue;
    const named = withoutFragment(new URL(ref, uri).href);
    if (collecting.referred.get(named)?.fetched !== false) collecting.referred.set(named, document);
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
