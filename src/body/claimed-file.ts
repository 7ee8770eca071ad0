// A file that a body names in place of its bytes, by the token of an upload or by a URL (`{"upload": "<token>"}`,
// `{"url": "https://…"}`): held to what the schema says as if they stood there.
import type { PartPlace } from "../base/fault.js";
import { ReceivedFile } from "../base/file-reference.js";
import { isObject, setOwn } from "../base/json.js";
import { memberOf } from "../base/member-of.js";
import { formatPointer, type PointerStep } from "../base/pointer.js";
import type { ClaimedFile, FileClaim, FileSinks } from "../base/sink.js";
import { fileUrlIn } from "../base/url-reference.js";
import { isUploadToken, uploadTokenIn } from "../base/upload-reference.js";
import { parseContentEncoding } from "../codec/encoding/content-encoding.js";
import { encodedLength } from "../codec/encoding/encoded-length.js";
import type { FilePlan } from "../plan/file-plan.js";
import type { ValuePlan } from "../plan/value-plan.js";
import type { BodyContext } from "./body-context.js";
import { noteFaults } from "./fault-list.js";
import { checkPosition } from "./file-count.js";
import { checkFileSize, intentOf, isLookedInto, textTooLong } from "./file-writer.js";

export interface ClaimPlace {
  readonly pointer: string;
  readonly part?: PartPlace | undefined;
}

export type NamedFile = { readonly token: string } | { readonly url: string };

/** Undefined for what names no file here. What is no token of ours may be a value like any other. */
export function namedFileIn(
  { sinks }: { readonly sinks: FileSinks },
  value: unknown,
): NamedFile | undefined {
  const token = sinks.claim && uploadTokenIn(value);
  if (token !== undefined && isUploadToken(token)) return { token };
  const url = sinks.byUrl && fileUrlIn(value);
  return url !== undefined && sinks.byUrl?.takes(url) ? { url } : undefined;
}

/** Stands in the value at once, and is known when the body is finished. */
export function claimFile(
  context: BodyContext,
  plan: FilePlan,
  named: NamedFile,
  { pointer, part }: ClaimPlace,
): ReceivedFile {
  const file = new ReceivedFile();
  if ("url" in named) file.fetchedFrom = named.url;
  context.countFile();
  const isLooked = isLookedInto(context, plan);
  const find = (claim: FileClaim): Promise<ClaimedFile> | undefined =>
    "token" in named
      ? context.sinks.claim?.(named.token, claim)
      : context.sinks.byUrl?.fetch(named.url, { ...claim, byReference: plan.byReference === true });
  const claim = async (): Promise<void> => {
    try {
      const found = await find({
        intent: intentOf(context, plan),
        pointer,
        contentBytesMax: isLooked ? context.limits.fieldBytesMax : undefined,
        checkSize(size) {
          checkSize(plan, size);
          if (isLooked && size <= context.limits.fieldBytesMax) context.keep(size);
        },
      });
      if (!found) return;
      file.content = found.content;
      file.settle(found.reference);
    } catch (error) {
      noteFaults(context.faults, error, { pointer, part });
    }
  };
  context.finish(claim());
  return file;
}

/** A JSON value in which every such object at a place of a file is that file; changed in place. */
export function claimFiles(
  context: BodyContext,
  value: unknown,
  plan: ValuePlan | undefined,
  place: ClaimPlace,
): unknown {
  const walk = (node: unknown, at: ValuePlan | undefined, path: PointerStep[]): unknown => {
    if (!at || at.readOnly || typeof node !== "object" || node === null) return node;
    const named = at.filePlan && namedFileIn(context, node);
    if (at.filePlan && named) {
      const there = { ...place, pointer: place.pointer + formatPointer(path) };
      checkPosition(context, path.at(-1), at.itemsMax, there);
      return claimFile(context, at.filePlan, named, there);
    }
    if (Array.isArray(node)) {
      for (const [index, item] of node.entries())
        node[index] = walk(item, at.prefixItems?.[index] ?? at.items, [...path, index]);
    } else if (isObject(node) && !(node instanceof ReceivedFile)) {
      for (const [name, inner] of Object.entries(node))
        setOwn(node, name, walk(inner, memberOf(at, name), [...path, name]));
    }
    return node;
  };
  return canClaim(context) ? walk(value, plan, []) : value;
}

export function canClaim({ sinks }: { readonly sinks: FileSinks }): boolean {
  return sinks.claim !== undefined || sinks.byUrl !== undefined;
}

// A `maxLength` of encoded text counts the characters that these octets would have had.
function checkSize(plan: FilePlan, size: number): void {
  checkFileSize(plan, size);
  const { textBytesMax } = plan;
  const encoding = parseContentEncoding(plan.encoding ?? "identity") ?? "identity";
  const length = encodedLength(encoding, size) ?? size;
  if (textBytesMax !== undefined && length > textBytesMax) throw textTooLong(textBytesMax);
}
