// An application/x-www-form-urlencoded body to a value (OAS §4.8.15.4.1, WHATWG URL §5.1).
import { formatPointer } from "../base/pointer.js";
import { createUrlencodedDecoder } from "../codec/urlencoded/urlencoded-decoder.js";
import { percentDecode } from "../codec/urlencoded/percent-decode.js";
import type { FormPlan } from "../plan/media-type-plan.js";
import type { BodyContext } from "./body-context.js";
import type { BodyReader } from "./body-reader.js";
import { noteFaults } from "./fault-list.js";
import { absent, createFieldReader, type FieldReader } from "./field-reader.js";
import { createFormValue, type Route } from "./form-value.js";
import { noteReadOnly } from "./read-only.js";
import { decodeCharset } from "./text-value.js";

interface Current {
  readonly route: Route;
  readonly pointer: string;
  reader: FieldReader | undefined;
  offset: number;
}

export function createUrlencodedReader(context: BodyContext, form: FormPlan): BodyReader {
  const value = createFormValue(context, form);
  let current: Current | undefined;

  const attempt = (at: Current, work: () => void): void => {
    try {
      work();
    } catch (error) {
      at.reader = undefined;
      noteFaults(context.faults, error, { pointer: at.pointer });
    }
  };

  const decoder = createUrlencodedDecoder({
    limits: context.limits,
    handler: {
      onName(name, offset) {
        current = begin(context, value, name, offset);
        return current?.route.plan.style ? "raw" : "decoded";
      },
      onData(bytes, offset) {
        const at = current;
        if (!at?.reader) return;
        at.offset = offset + bytes.length;
        attempt(at, () => at.reader?.write(bytes, offset));
      },
      onEnd() {
        const at = current;
        current = undefined;
        if (at) attempt(at, () => finish(at, value));
      },
    },
  });

  return {
    write: (bytes) => decoder.write(bytes),
    end() {
      decoder.end();
      return value.value();
    },
    partAt: () => undefined,
  };
}

function begin(
  context: BodyContext,
  value: ReturnType<typeof createFormValue>,
  name: string,
  offset: number,
): Current | undefined {
  const route = value.route(name);
  if (!route) {
    const detail = `The property ${JSON.stringify(name)} is not known here.`;
    context.faults.add({
      code: "unknown-property",
      detail,
      pointer: formatPointer([name]),
      offset,
    });
    return undefined;
  }
  const pointer = value.pointer(route);
  if (route.plan.readOnly) {
    noteReadOnly(context, pointer);
    return undefined;
  }
  if (route.plan.undeclared && context.options.undeclared === "drop") return undefined;
  const reader = createFieldReader({
    context,
    plan: route.plan,
    member: route.member,
    pointer,
    offset,
    styleText: { percentEncoded: true, decode: decodePiece },
    multipart: false,
  });
  return { route, pointer, reader, offset };
}

function finish(at: Current, value: ReturnType<typeof createFormValue>): void {
  const read = at.reader?.end(at.offset);
  if (!at.reader || read === absent) return;
  const { style, many, nested } = at.route.plan;
  const spread = Array.isArray(read) && (style?.kind === "array" || (many !== "one" && !nested));
  if (spread) for (const item of read) value.add(at.route, item);
  else value.add(at.route, read);
}

const ascii = new TextEncoder();

// Style delimiters are split before percent-decoding (OAS Appendix C).
function decodePiece(piece: string): string {
  return decodeCharset(percentDecode(ascii.encode(piece)));
}
