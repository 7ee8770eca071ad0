// A multipart body by position to an array (OAS 3.2 §4.14.5.2): a part for each item, also where the body
// is itself a part of another. In multipart/related the root comes first, wherever it stood.
import { WaybillError, type PartPlace } from "../base/fault.js";
import { covers, essenceOf, parseMediaType, type MediaType } from "../base/media-type.js";
import { createMultipartDecoder, type PartHead } from "../codec/multipart/multipart-decoder.js";
import { parseBoundary } from "../codec/multipart/parse-boundary.js";
import { placeWithin } from "../codec/multipart/part-place.js";
import { createRelatedRoot } from "../codec/multipart/related-root.js";
import type { PositionPlan } from "../plan/position-plan.js";
import type { BodyContext } from "./body-context.js";
import type { BodyReader } from "./body-reader.js";
import { absent, type FieldReader } from "./field-reader.js";
import type { FormCharset } from "./form-charset.js";
import { createItemList } from "./item-list.js";
import { createPartReader } from "./part-reader.js";

export interface PositionReaderOptions {
  readonly contentType: MediaType;
  /** There is a schema for all of it. */
  readonly whole: boolean;
  /** Where the array stands in the request value. */
  readonly pointer?: string;
  /** The part that the body is in, with the octet at which the body begins. */
  readonly within?: PartPlace;
}

/** Throws `malformed-multipart` for a Content-Type without what its type needs. */
export function createPositionReader(
  context: BodyContext,
  plan: PositionPlan,
  { contentType, whole, pointer = "", within }: PositionReaderOptions,
): BodyReader {
  const { prefix, rest, value, itemSchemas } = plan;
  const items = createItemList({
    context,
    value,
    itemSchemaAt: (index) => itemSchemas && (itemSchemas.prefix[index] ?? itemSchemas.rest),
    whole,
    pointer,
  });
  const order = createPartOrder(contentType);
  const parts: PartPlace[] = [];
  const charset: FormCharset = { label: "utf-8" }; // no `_charset_` comes later, as in a form
  let place: PartPlace | undefined;
  /** Gone once the part is known to be wrong. */
  let reader: FieldReader | undefined;

  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      reader = undefined;
      items.fail(error, { part: place });
    }
  };

  const begin = (head: PartHead): void => {
    const part = placeWithin(head, within);
    context.countPart(part);
    place = part;
    const position = order.positionOf(head);
    items.moveTo(position);
    parts[position] = part;
    attempt(() => {
      if (position === 0) order.checkRoot(head);
      const own = prefix[position] ?? rest;
      reader = createPartReader(items.context, head, {
        plan: own,
        pointer: items.next(),
        part,
        charset,
      });
    });
  };

  const decoder = createMultipartDecoder({
    boundary: parseBoundary(contentType),
    subtype: contentType.subtype === "form-data" ? "form-data" : "mixed",
    limits: context.limits,
    ...(within ? { within } : {}),
    handler: {
      onPart: begin,
      onData: (bytes, offset) => attempt(() => reader?.write(bytes, offset)),
      onPartEnd() {
        attempt(() => {
          if (!reader) return;
          const item = reader.end(place?.offset ?? 0);
          items.add(item === absent ? null : item, { part: place });
        });
        reader = undefined;
      },
    },
  });

  return {
    write: (bytes) => decoder.write(bytes),
    end() {
      decoder.end();
      order.end();
      return items.value();
    },
    partAt: (at) => parts[Number(at.slice(pointer.length).split("/")[1] ?? -1)],
  };
}

interface PartOrder {
  /** To be asked of every part, in order. */
  positionOf(head: PartHead): number;
  checkRoot(head: PartHead): void;
  end(): void;
}

function createPartOrder(contentType: MediaType): PartOrder {
  if (contentType.subtype !== "related") {
    let next = 0;
    return { positionOf: () => next++, checkRoot: () => undefined, end: () => undefined };
  }
  const root = createRelatedRoot(contentType);
  const type = rootTypeOf(contentType);
  let next = 1;
  return {
    positionOf: (head) => (root.isRoot(head) ? 0 : next++),
    checkRoot: (head) => checkRootType(type, head),
    end: () => root.end(),
  };
}

// RFC 2387 §3.1: the parameter is required, and says what the root is.
function rootTypeOf({ parameters }: MediaType): MediaType {
  const type = parseMediaType(parameters.get("type") ?? "");
  if (type) return type;
  const detail = "A multipart/related body needs the parameter `type`, a media type (RFC 2387).";
  throw new WaybillError({ code: "malformed-multipart", detail });
}

function checkRootType(type: MediaType, { mediaType }: PartHead): void {
  const said = mediaType === undefined ? undefined : parseMediaType(mediaType);
  if (!said || covers(type, said)) return;
  const detail = `The root is ${essenceOf(said)}, but the parameter \`type\` says ${essenceOf(type)}.`;
  throw new WaybillError({ code: "part-type-not-allowed", detail });
}
