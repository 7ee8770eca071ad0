// A file that a body names by the token of an upload, `{"upload": "<token>"}`, in place of its bytes: held to
// what the schema says as if they stood there.
import type { PartPlace } from "../base/fault.js";
import { ReceivedFile } from "../base/file-reference.js";
import { isObject, setOwn } from "../base/json.js";
import { memberOf } from "../base/member-of.js";
import { formatPointer, type PointerStep } from "../base/pointer.js";
import type { FileSinks } from "../base/sink.js";
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

/** Stands in the value at once, and is known when the body is finished. */
export function claimFile(
  context: BodyContext,
  plan: FilePlan,
  token: string,
  { pointer, part }: ClaimPlace,
): ReceivedFile {
  const file = new ReceivedFile();
  context.countFile();
  const isLooked = isLookedInto(context, plan);
  const claim = async (): Promise<void> => {
    try {
      const found = await context.sinks.claim?.(token, {
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
    const token = at.filePlan ? uploadTokenIn(node) : undefined;
    // What is no token of ours may be a value like any other: the schema says so, or whoever wants a file does not.
    if (at.filePlan && token !== undefined && isUploadToken(token)) {
      const there = { ...place, pointer: place.pointer + formatPointer(path) };
      checkPosition(context, path.at(-1), at.itemsMax, there);
      return claimFile(context, at.filePlan, token, there);
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
  return sinks.claim !== undefined;
}

// A `maxLength` of encoded text counts the characters that these octets would have had.
function checkSize(plan: FilePlan, size: number): void {
  checkFileSize(plan, size);
  const { textBytesMax } = plan;
  const encoding = parseContentEncoding(plan.encoding ?? "identity") ?? "identity";
  const length = encodedLength(encoding, size) ?? size;
  if (textBytesMax !== undefined && length > textBytesMax) throw textTooLong(textBytesMax);
}
