// Files in values: taken out before a value is stored, put back when it is read. In a stored document
// `null` stands where a file is.
import { WaybillError } from "../base/fault.js";
import { ReceivedFile, type FileReference } from "../base/file-reference.js";
import { isObject, setOwn, type Json, type JsonObject } from "../base/json.js";
import { memberOf } from "../base/member-of.js";
import { formatPointer, parsePointer, type PointerStep } from "../base/pointer.js";
import { uploadTokenIn } from "../base/upload-reference.js";
import { fileUrlIn } from "../base/url-reference.js";
import { notUsable } from "../upload/uploads.js";
import type { Attachment } from "../db/attachments.js";
import type { CollectionPlan } from "../plan/collection-plan.js";
import type { ValuePlan } from "../plan/value-plan.js";

/** A file that is attached already and stays. */
export class KeptFile {
  readonly attachment: Attachment;

  constructor(attachment: Attachment) {
    this.attachment = attachment;
  }
}

/** A file and its place: `property` and `position` as the attachment has them. */
export interface PlacedFile {
  readonly property: string;
  readonly position: number;
  /** The place in the value that was split. */
  readonly pointer: string;
  readonly file: ReceivedFile | KeptFile;
}

export interface SplitValue {
  readonly document: JsonObject;
  readonly files: readonly PlacedFile[];
}

/** What a client sent in place of a file names the one that is there: an object as it was read, or its URL. */
export type FindKept = (said: unknown, place: string) => KeptFile | undefined;

/** Takes the files out of a request value. Throws `not-the-current-file` for one that names no file of the resource. */
export function splitFiles(value: unknown, plan: CollectionPlan, findKept: FindKept): SplitValue {
  const files: PlacedFile[] = [];
  const places = placesOf(plan);
  const walk = (node: unknown, at: ValuePlan | undefined, path: readonly PointerStep[]): Json => {
    if (node instanceof ReceivedFile || node instanceof KeptFile) return place(node, path);
    if (at?.file && (isObject(node) || typeof node === "string"))
      return place(kept(node, path), path);
    if (Array.isArray(node)) {
      return node.map((item, index) =>
        walk(item, at?.prefixItems?.[index] ?? at?.items, [...path, index]),
      );
    }
    if (!isObject(node)) return (node ?? null) as Json;
    const out: JsonObject = {};
    for (const [name, inner] of Object.entries(node)) {
      const below = memberOf(at, name);
      if (inner === null && below?.file) continue; // null clears
      setOwn(out, name, walk(inner, below, [...path, name]));
    }
    return out;
  };
  const place = (file: ReceivedFile | KeptFile, path: readonly PointerStep[]): null => {
    files.push({ ...placeOf(path), pointer: formatPointer(path), file });
    return null;
  };
  const kept = (said: unknown, path: readonly PointerStep[]): KeptFile => {
    const pointer = formatPointer(path);
    const found = findKept(said, placeOf(path).property);
    if (found) return found;
    if (uploadTokenIn(said) !== undefined)
      throw new WaybillError({ ...notUsable().faults[0], pointer });
    const detail =
      "The value names no file that this property holds; send a file, or what was read." +
      // Where it is turned on, URLs of others were fetched before this is asked.
      (fileUrlIn(said) === undefined
        ? ""
        : " Files at URLs elsewhere are fetched only where that is turned on (`urls`).");
    throw new WaybillError({ code: "not-the-current-file", detail, pointer });
  };
  return { document: walk(asMembers(value), places, []) as JsonObject, files };
}

// A resource is an object: a body that is a file, or any other value, is a member of one.
function asMembers(value: unknown): object {
  if (value instanceof ReceivedFile) return { file: value };
  return isObject(value) ? value : { value };
}

/** The value of a stored resource with its files in their places, as `show` makes them. */
export function joinFiles(
  document: JsonObject,
  attachments: readonly Attachment[],
  show: (attachment: Attachment) => unknown,
): Record<string, unknown> {
  if (attachments.length === 0) return { ...document };
  const value: Record<string, unknown> = structuredClone(document);
  for (const attachment of attachments) {
    const steps = parsePointer(attachment.property);
    const last = steps.pop() ?? "";
    const holder = steps.reduce<unknown>(stepInto, value);
    const held = (holder as Record<string, unknown>)[last];
    if (Array.isArray(held)) held[attachment.position] = show(attachment);
    else setOwn(holder as object, last, show(attachment));
  }
  return value;
}

function stepInto(node: unknown, step: string): unknown {
  const held = typeof node === "object" && node !== null && Object.hasOwn(node, step);
  if (!held)
    throw new Error(`A stored document has no place ${JSON.stringify(step)} for its file.`);
  return (node as Record<string, unknown>)[step];
}

/** By the reference as it was read (its digest, and its URL if it has one), or by the URL alone. */
export function keptFinder(
  attachments: readonly Attachment[],
  urlPathOf: (attachment: Attachment) => string | undefined,
): FindKept {
  const named = new Set<Attachment>();
  const names = (said: unknown, attachment: Attachment): boolean => {
    const { id, sha256, url: elsewhere } = attachment.blob.reference;
    const path = urlPathOf(attachment);
    const isUrl = (url: string): boolean =>
      elsewhere === undefined
        ? path !== undefined && pathname(url) === path
        : URL.canParse(url) && new URL(url).href === elsewhere;
    if (typeof said === "string") return isUrl(said);
    const alone = fileUrlIn(said);
    if (alone !== undefined) return isUrl(alone);
    if (!isObject(said) || said["sha256"] !== sha256) return false;
    if (typeof said["id"] === "string") return said["id"] === id;
    return typeof said["url"] !== "string" || isUrl(said["url"]);
  };
  return (said, property) => {
    // Each once: a file in two places would go from both when it goes from one.
    const found = attachments.find(
      (each) => each.property === property && !named.has(each) && names(said, each),
    );
    if (found) named.add(found);
    return found && new KeptFile(found);
  };
}

export function referenceOf(file: ReceivedFile | KeptFile): FileReference {
  return file instanceof ReceivedFile ? file.reference : file.attachment.blob.reference;
}

/** What is wrong with an upload is wrong at the place that names it. */
export async function atPlace<T>(pointer: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof WaybillError) || error.code !== "upload-not-usable") throw error;
    throw new WaybillError({ ...error.faults[0], pointer }, { cause: error });
  }
}

// `["photos", 3]` is position 3 of `/photos`; `["pic"]` is position 0 of `/pic`.
function placeOf(path: readonly PointerStep[]): { property: string; position: number } {
  const last = path.at(-1);
  if (typeof last === "number")
    return { property: formatPointer(path.slice(0, -1)), position: last };
  return { property: formatPointer(path), position: 0 };
}

function pathname(url: string): string | undefined {
  return URL.canParse(url, "http://localhost")
    ? new URL(url, "http://localhost").pathname
    : undefined;
}

// The JSON body says where files stand at every depth; the collection knows the top level of every style.
function placesOf({ files, whole }: CollectionPlan): ValuePlan {
  const json = whole?.body.kind === "json" ? whole.body.value : undefined;
  const properties = new Map(json?.properties);
  for (const [name, { many }] of files)
    properties.set(name, many ? { items: { file: true } } : { file: true });
  return { ...json, properties };
}
