// A multipart body to a value: each part led to its property, read as the plan says (OAS §4.8.15.4).
import type { PartPlace } from "../base/fault.js";
import type { MediaType } from "../base/media-type.js";
import { formatPointer } from "../base/pointer.js";
import { flattenMixed } from "../codec/multipart/flatten-mixed.js";
import {
  createMultipartDecoder,
  type MultipartHandler,
  type PartHead,
} from "../codec/multipart/multipart-decoder.js";
import { parseBoundary } from "../codec/multipart/parse-boundary.js";
import { placeWithin } from "../codec/multipart/part-place.js";
import { unescapeHead } from "../codec/multipart/unescape-head.js";
import type { FormPlan } from "../plan/media-type-plan.js";
import type { PropertyPlan } from "../plan/property-plan.js";
import { addField } from "./add-field.js";
import type { BodyContext } from "./body-context.js";
import type { BodyReader } from "./body-reader.js";
import { noteFaults } from "./fault-list.js";
import type { FieldReader } from "./field-reader.js";
import { checkFileCount } from "./file-count.js";
import { charsetField, createCharsetReader, type FormCharset } from "./form-charset.js";
import { createFormValue, isReadOnly, type FormValue, type Route } from "./form-value.js";
import { createPartReader } from "./part-reader.js";
import { noteReadOnly } from "./read-only.js";

/** The part that is being read; `reader` is gone once the part is known to be wrong. */
interface Current {
  readonly route: Route | undefined;
  readonly part: PartPlace;
  readonly pointer: string;
  reader: FieldReader | undefined;
}

/** Where the body is a part of another: its place in the value, and the octet at which it begins. */
export interface FormPlace {
  readonly pointer?: string;
  readonly within?: PartPlace;
}

export function createMultipartReader(
  context: BodyContext,
  form: FormPlan,
  contentType: MediaType,
  { pointer: at = "", within }: FormPlace = {},
): BodyReader {
  const value = createFormValue(context, form, { pointer: at, depth: 1 });
  const hasCharsetField = form.properties.has(charsetField);
  const { limits, options } = context;
  const named = (head: PartHead): PartHead => (options.unescapeNames ? unescapeHead(head) : head);
  const charset: FormCharset = { label: undefined };
  let current: Current | undefined;

  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (current) current.reader = undefined;
      noteFaults(context.faults, error, { pointer: current?.pointer ?? "", part: current?.part });
    }
  };

  const begin = (sent: PartHead): void => {
    const head = named(sent);
    const part = placeWithin(head, within);
    context.countPart(part);
    const name = head.name ?? "";
    const route = value.route(name);
    const pointer = route ? value.pointer(route) : at + formatPointer([name]);
    current = { route, part, pointer, reader: undefined };
    if (name === charsetField && !hasCharsetField) {
      current.reader = createCharsetReader(charset);
    } else if (!route) {
      const detail = `The property ${JSON.stringify(name)} is not known here.`;
      context.faults.add({ code: "unknown-property", detail, pointer, part });
    } else if (isReadOnly(route)) {
      noteReadOnly(context, pointer);
    } else if (!route.plan.undeclared || options.undeclared === "keep") {
      attempt(() => {
        const count = value.count(route);
        current = open(context, head, { route, part, pointer, charset, count });
        if (name === charsetField) current.reader = createCharsetReader(charset, current.reader);
      });
    }
  };

  const handler: MultipartHandler = {
    onPart: begin,
    onData(bytes, offset) {
      attempt(() => current?.reader?.write(bytes, offset));
    },
    onPartEnd() {
      const at = current;
      attempt(() => at && finish(context, at, value));
      current = undefined;
    },
  };

  const takesSeveral = (head: PartHead): boolean =>
    isListOfParts(value.route(named(head).name ?? "")?.plan);
  const isForm = contentType.subtype === "form-data";
  const decoder = createMultipartDecoder({
    boundary: parseBoundary(contentType),
    subtype: isForm ? "form-data" : "mixed",
    limits,
    ...(within ? { within } : {}),
    handler: isForm ? flattenMixed({ limits, handler, takesSeveral }) : handler,
  });

  return {
    write: (bytes) => decoder.write(bytes),
    end() {
      decoder.end();
      return value.value();
    },
    partAt: (pointer) => value.partAt(pointer),
  };
}

interface Opening {
  readonly route: Route;
  readonly part: PartPlace;
  readonly pointer: string;
  readonly charset: FormCharset;
  /** Values that the property has already. */
  readonly count: number;
}

function open(context: BodyContext, head: PartHead, opening: Opening): Current {
  const { route, part, pointer, charset, count } = opening;
  const { plan, member } = route;
  checkFileCount(plan, count);
  const reader = createPartReader(context, head, { plan, member, pointer, part, charset });
  return { route, part, pointer, reader };
}

function finish(context: BodyContext, at: Current, value: FormValue): void {
  if (!at.reader) return;
  const read = at.reader.end(at.part.offset);
  const { route, pointer, part } = at;
  if (route) addField(context, value, { route, pointer, part }, read);
}

// RFC 7578 §4.3: what RFC 2388 had for several files under one name; not where the items are multipart themselves.
function isListOfParts(plan: PropertyPlan | undefined): boolean {
  if (!plan || plan.many === "one" || plan.undeclared || plan.style) return false;
  return !plan.explicit || !plan.contentTypes.some((type) => type.startsWith("multipart/"));
}
