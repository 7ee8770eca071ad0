// A value that fits the schema of one media type, files included, and the same as the client is given it.
import { isRange, parseMediaTypes } from "../../dist/base/media-type.js";
import { part } from "../../dist/client/part-input.js";
import { filePlanOf } from "../../dist/plan/file-plan.js";
import { randomValue } from "./random.mjs";
import { asDecoded, isFile, sent } from "./wire.mjs";

/** The first attempt has every property, the last ones of each round only those that must be there. */
export function fitValue({ compiler, media, schema, validators }, random, attempt, tries) {
  const fill = attempt === 0 ? 1 : attempt % tries === tries - 1 ? 0 : 0.5;
  // Examples are often wrong, but where nothing else fits they may.
  const last = attempt >= tries * 3;
  const value = makeValue(compiler, media, schema, { random, fill, last });
  if (value === undefined) return { reason: "no schema that anything fits" };
  const [fault] = validators.of(media.schema)(asDecoded(sent(media, value)));
  return fault ? { reason: `${fault.pointer}: ${fault.detail}` } : { value };
}

function makeValue(compiler, { body }, schema, { random, fill, last }) {
  if (body.kind === "raw") return fileOf(body.file, random);
  const form = "form" in body;
  const { rules } = compiler.document;
  const file = (view, place) => {
    const at = place === "part" && body.kind === "form-data" ? "part" : "json";
    const found = place === "form" ? undefined : filePlanOf(rules, view, at);
    return found && fileOf(found, random);
  };
  const place = form ? "form" : "json";
  const made = randomValue(compiler, schema ?? {}, { random, file, fill, last, place });
  if (!form) return made;
  // The root of a form is an object, whatever its schema leaves open.
  const members = typeof made !== "object" || made === null || Array.isArray(made) ? {} : made;
  return plainEnough(body.form, members);
}

// Styles have no way to say a text with their delimiter in it, or an empty one alone.
function plainEnough(form, value) {
  const entries = Object.entries(value).map(([name, each]) => {
    const { style } = form.properties.get(name) ?? {};
    return [name, style && !(style.style === "form" && style.explode) ? plainText(each) : each];
  });
  return Object.fromEntries(entries);
}

function plainText(value) {
  if (typeof value === "string") return value.replaceAll(/[ ,|]/g, "_") || "_";
  if (Array.isArray(value)) return value.map(plainText);
  if (typeof value !== "object" || value === null || isFile(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plainText(each)]));
}

// Bytes of every value, among them what looks like a delimiter. The type is not judged here: sinks are in memory.
function fileOf(plan, random) {
  const most = Math.min(
    plan.bytesMax ?? 300,
    plan.textBytesMax === undefined ? 300 : Math.floor(plan.textBytesMax / 4) * 3 - 3,
  );
  const size = random.int(most > 0 ? 1 : 0, Math.max(0, most));
  const bytes = Buffer.from(Array.from({ length: size }, () => random.int(0, 255)));
  if (size > 20 && random.chance(0.3)) bytes.write("\r\n--boundary\r\n", 3, "latin1");
  const [first] = plan.allowedTypes;
  return {
    content: new Uint8Array(bytes),
    filename: random.pick(["a.bin", "žluť.png", 'a"b.pdf']),
    ...(first === undefined ? {} : { mediaType: concrete(first) }),
  };
}

function concrete(type) {
  return type.replace(/^\*/, "application").replace("*", "x-any");
}

/** Of several content types one is said, as a caller must. */
export function encodable({ body }, value) {
  if (!("form" in body)) return value;
  const entries = Object.entries(value).map(([name, each]) => {
    const plan = body.form.properties.get(name);
    const type = plan && saidType(plan);
    if (type === undefined || each === null || each === undefined) return [name, each];
    const items = Array.isArray(each) && plan.many !== "one" && !plan.style;
    const mediaType = type;
    return [
      name,
      items ? each.map((item) => part(item, { mediaType })) : part(each, { mediaType }),
    ];
  });
  return Object.fromEntries(entries);
}

function saidType({ contentTypes, carried, explicit }) {
  const media = contentTypes.flatMap((type) => parseMediaTypes(type));
  const [first] = media;
  if (!first || (!explicit && carried !== "file")) return undefined;
  if (media.length === 1 && !isRange(first)) return contentTypes[0];
  return carried === "file" || !isRange(first) ? concrete(contentTypes[0]) : undefined;
}
