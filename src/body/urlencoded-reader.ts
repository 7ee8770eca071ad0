// An application/x-www-form-urlencoded body to a value (OAS §4.8.15.4.1, WHATWG URL §5.1).
import { formatPointer } from "../base/pointer.js";
import { createUrlencodedDecoder } from "../codec/urlencoded/urlencoded-decoder.js";
import { percentDecode } from "../codec/urlencoded/percent-decode.js";
import type { FormPlan } from "../plan/media-type-plan.js";
import { addField } from "./add-field.js";
import type { BodyContext } from "./body-context.js";
import type { BodyReader } from "./body-reader.js";
import { noteFaults } from "./fault-list.js";
import { createFieldReader, type FieldReader } from "./field-reader.js";
import { checkFileCount } from "./file-count.js";
import { charsetField, createCharsetReader, type FormCharset } from "./form-charset.js";
import { createFormValue, isReadOnly, type FormValue, type Route } from "./form-value.js";
import { noteReadOnly } from "./read-only.js";
import { decodeCharset } from "./text-value.js";

interface Current {
  readonly route: Route | undefined;
  readonly pointer: string;
  reader: FieldReader | undefined;
  offset: number;
}

export function createUrlencodedReader(context: BodyContext, form: FormPlan): BodyReader {
  const value = createFormValue(context, form);
  const charset: FormCharset = { label: undefined };
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
        current = begin({ context, form, value, charset, attempt }, name, offset);
        return current?.route?.plan.style ? "raw" : "decoded";
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
        if (at) attempt(at, () => finish(context, at, value));
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

interface Form {
  readonly context: BodyContext;
  readonly form: FormPlan;
  readonly value: FormValue;
  readonly charset: FormCharset;
  readonly attempt: (at: Current, work: () => void) => void;
}

function begin(
  { context, form, value, charset, attempt }: Form,
  name: string,
  offset: number,
): Current | undefined {
  const route = value.route(name);
  const pointer = route ? value.pointer(route) : formatPointer([name]);
  const isCharset = name === charsetField;
  if (isCharset && !form.properties.has(name))
    return { route: undefined, pointer, reader: createCharsetReader(charset), offset };
  if (!route) {
    const detail = `The property ${JSON.stringify(name)} is not known here.`;
    context.faults.add({ code: "unknown-property", detail, pointer, offset });
    return undefined;
  }
  if (isReadOnly(route)) {
    noteReadOnly(context, pointer);
    return undefined;
  }
  if (route.plan.undeclared && context.options.undeclared === "drop") return undefined;
  const current: Current = { route, pointer, reader: undefined, offset };
  attempt(current, () => {
    checkFileCount(route.plan, value.count(route));
    const reader = createFieldReader({
      context,
      plan: route.plan,
      member: route.member,
      pointer,
      offset,
      charset,
      styleText: { percentEncoded: true, decode: decodePiece },
      multipart: false,
    });
    current.reader = isCharset ? createCharsetReader(charset, reader) : reader;
  });
  return current;
}

function finish(context: BodyContext, at: Current, value: FormValue): void {
  const read = at.reader?.end(at.offset);
  if (at.reader && at.route)
    addField(context, value, { route: at.route, pointer: at.pointer }, read);
}

const ascii = new TextEncoder();

// Style delimiters are split before percent-decoding (OAS Appendix C).
function decodePiece(piece: string, charset?: string): string {
  return decodeCharset(percentDecode(ascii.encode(piece)), charset);
}
