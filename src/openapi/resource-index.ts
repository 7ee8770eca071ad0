// The files and the named schemas that references lead to: base URIs, `$id`, `$anchor`, `$self`
// (OAS §4.6 "Resolving references", JSON Schema 2020-12 §8.2). Found when a reference asks for them.
import { isObject } from "../base/json.js";
import { parsePointer } from "../base/pointer.js";
import { DocumentError } from "./document-error.js";

export interface ResourceIndex {
  /** What `ref` names, as seen from `holder`, the object that has it. Throws DocumentError. */
  lookUp(ref: string, holder: object): Located;
}

export interface Located {
  readonly node: unknown;
  /** The same for every reference that leads here: `#/…` within the document, else with its file. */
  readonly canonical: string;
}

export interface ResourceIndexOptions {
  /** URI of the document; undefined for one that came from no file. */
  readonly uri: string | undefined;
  /** Reads what another URI names. Throws DocumentError. */
  readonly read: (uri: string) => unknown;
}

type Holder = Readonly<Record<string, unknown>>;

/** One tree: the document, another file, or a schema with an `$id` of its own. */
interface Tree {
  readonly uri: string;
  readonly root: unknown;
  /** By `$anchor` and `$dynamicAnchor`. */
  readonly anchors: ReadonlyMap<string, unknown>;
}

/** Base of a document that came from no file: relative references then name nothing that could be read. */
const noUri = "waybill://document/";

export function createResourceIndex(root: Holder, options: ResourceIndexOptions): ResourceIndex {
  const self = typeof root["$self"] === "string" ? root["$self"] : "";
  const base = new URL(self, options.uri ?? noUri).href;
  const trees = new Map<string, Tree>();
  /** Base URI of what is not directly the document's. */
  const bases = new WeakMap<object, string>();
  let indexed = false;

  const addTree = (uri: string, node: unknown): Tree => {
    const anchors = new Map<string, unknown>();
    const tree = { uri, root: node, anchors };
    trees.set(uri, tree);
    collect(node, uri, { anchors, bases, addTree });
    return tree;
  };

  const treeOf = (uri: string): Tree => {
    if (!indexed) {
      indexed = true;
      addTree(base, root); // looks at the whole document: only for references that need it
    }
    return trees.get(uri) ?? addTree(uri, options.read(uri));
  };

  const find = (ref: string, holder: object): Located => {
    const from = bases.get(holder) ?? base;
    const hash = ref.indexOf("#");
    const file = hash < 0 ? ref : ref.slice(0, hash);
    const fragment = decode(hash < 0 ? "" : ref.slice(hash + 1), ref);
    const uri = file === "" ? from : resolveUri(file, from, ref);
    const isPlain = uri === base && (fragment === "" || fragment.startsWith("/"));
    const node = isPlain ? stepsTo(root, fragment, ref) : nodeIn(treeOf(uri), fragment, ref);
    return { node, canonical: uri === base ? `#${fragment}` : `${uri}#${fragment}` };
  };

  return {
    lookUp(ref, holder) {
      try {
        return find(ref, holder);
      } catch (error) {
        if (indexed) throw error;
        treeOf(base); // the holder may stand under an `$id`, which is its base then
        return find(ref, holder);
      }
    },
  };
}

interface Collecting {
  readonly anchors: Map<string, unknown>;
  readonly bases: WeakMap<object, string>;
  readonly addTree: (uri: string, node: unknown) => Tree;
}

// Without recursion: documents may be deep. A node under an `$id` is part of that schema's own tree.
function collect(root: unknown, uri: string, { anchors, bases, addTree }: Collecting): void {
  const queue: unknown[] = [root];
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    if (typeof node !== "object" || node === null) continue;
    const id = isObject(node) && node !== root && isSchemaId(node) ? node["$id"] : undefined;
    if (typeof id === "string" && URL.canParse(id, uri)) {
      addTree(new URL(id, uri).href.replace(/#$/, ""), node);
      continue;
    }
    bases.set(node, uri);
    if (isObject(node)) {
      for (const key of ["$anchor", "$dynamicAnchor"])
        if (typeof node[key] === "string") anchors.set(node[key], node);
    }
    queue.push(...Object.values(node));
  }
}

// A property may well be called `$id`: then its value is a schema, no text.
function isSchemaId(node: Holder): boolean {
  return typeof node["$id"] === "string";
}

function nodeIn(tree: Tree, fragment: string, ref: string): unknown {
  if (fragment === "" || fragment.startsWith("/")) return stepsTo(tree.root, fragment, ref);
  if (!tree.anchors.has(fragment)) throw new DocumentError(`The reference ${ref} names nothing.`);
  return tree.anchors.get(fragment);
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

function decode(fragment: string, ref: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch (error) {
    throw new DocumentError(`The reference ${ref} is badly encoded.`, "", { cause: error });
  }
}
