// Seeded values for schemas: the same seed, the same values. Not every schema can be met; the caller checks.
import * as fc from "fast-check";
import { sampleFormats } from "../../dist/plan/sample-value.js";

/** mulberry32: small, fast, and good enough to vary test values. */
export function createRandom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    next,
    int: (least, most) => least + Math.floor(next() * (most - least + 1)),
    pick: (list) => list[Math.floor(next() * list.length)],
    chance: (probability) => next() < probability,
  };
}

const words = [
  "a",
  "example",
  "žluť 🐎",
  'quote " and \\ backslash',
  "line\r\nbreak",
  "a+b=c&d%20;",
  "0",
  "true",
  "null",
  " ",
];

/**
 * A value for a schema. `file(view, place)` makes what stands for a file, or undefined where the schema is none.
 * `fill` is how likely a property is there that need not be; `last` takes the document's own examples.
 */
export function randomValue(compiler, schema, options) {
  const { random, file, fill, last = false, depth = 0, place = "json" } = options;
  const view = compiler.view(schema);
  const inner = (each, at = "json") =>
    randomValue(compiler, each, { ...options, depth: depth + 1, place: at });
  if (view.never || depth > 14) return undefined;
  const asFile = file(view, place);
  if (asFile !== undefined) return asFile;
  const node = raw(compiler, schema);
  if ("const" in node) return node.const;
  if (view.enum?.length) return random.pick(view.enum);
  if (last && exampleOf(node) !== undefined) return exampleOf(node);
  const types = [...(view.types ?? [])].filter((type) => type !== "null" || view.types.size === 1);
  const type = types.length > 0 ? random.pick(types) : guess(view);
  // In a form what may be a file is one: an object in its place, such as a reference, would be read as its text.
  const isFile = (each) => place !== "json" && file(compiler.view(each), place) !== undefined;
  const branch =
    view.branches.length > 0
      ? (view.branches.find(isFile) ?? random.pick(view.branches))
      : undefined;
  // Deep down only what must be there, so that schemas that lead to themselves come to an end.
  const likely = depth > 4 ? 0 : fill;
  const making = { compiler, view, node, random, likely, inner, place };
  if (type === "object") return randomObject(making, branch);
  if (type === "array") return randomArray(making);
  // A scalar of several branches is made by one of them; the schema beside it is the validator's to hold.
  if (branch !== undefined && (type === undefined || random.chance(0.7)))
    return inner(branch, place);
  return randomScalar(type, node, view, random);
}

function exampleOf(node) {
  const [first] = Array.isArray(node.examples) ? node.examples : [];
  return node.example ?? first;
}

function guess(view) {
  if (view.properties.size > 0) return "object";
  if (view.items !== undefined) return "array";
  if (view.required.size > 0 && view.branches.length === 0) return "object";
  return view.branches.length > 0 ? undefined : "string";
}

function randomObject({ compiler, view, node, random, likely, inner, place }, branch) {
  const value = {};
  const below = place === "form" ? "part" : "json";
  const chosen = branch === undefined ? undefined : compiler.view(branch);
  const required = new Set([...view.required, ...(chosen?.required ?? [])]);
  const properties = new Map([...(chosen?.properties ?? []), ...view.properties]);
  for (const [name, property] of properties) {
    if (compiler.view(property).readOnly) continue;
    if (!required.has(name) && !random.chance(likely)) continue;
    const made = inner(property, below);
    if (made !== undefined) define(value, name, made);
  }
  const more = view.additionalProperties;
  for (const name of required) {
    if (Object.hasOwn(value, name) || properties.has(name) || more === false) continue;
    const made = typeof more === "object" ? inner(more, below) : random.pick(words);
    if (made !== undefined) define(value, name, made);
  }
  for (let i = 0; Object.keys(value).length < (node.minProperties ?? 0) && i < 5; i++)
    define(value, `more${i}`, typeof more === "object" ? inner(more, below) : "more");
  // A branch of branches, each with properties of its own.
  if (chosen && chosen.branches.length > 0 && chosen.properties.size === 0) {
    const deeper = inner(branch, place);
    if (typeof deeper === "object" && deeper !== null && !Array.isArray(deeper))
      for (const [name, made] of Object.entries(deeper))
        if (!Object.hasOwn(value, name)) define(value, name, made);
  }
  return value;
}

function define(value, name, made) {
  Object.defineProperty(value, name, {
    value: made,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

function randomArray({ view, node, random, likely, inner, place }) {
  const least = node.minItems ?? 0;
  const most = Math.min(node.maxItems ?? least + 2, least + 2);
  const below = place === "part" ? "part" : "json";
  // An empty one leaves nothing in a form, as if it had not been there.
  const from = node.maxItems === 0 ? 0 : Math.max(least, 1);
  const length = likely === 0 ? from : random.int(from, Math.max(most, from));
  const items = Array.from({ length }, (_, i) =>
    inner(view.prefixItems[i] ?? view.items ?? { type: "string" }, below),
  );
  const present = items.filter((item) => item !== undefined);
  if (!node.uniqueItems) return present;
  return [...new Map(present.map((item) => [JSON.stringify(item), item])).values()];
}

function randomScalar(type, node, view, random) {
  if (type === "null") return null;
  if (type === "boolean") return random.chance(0.5);
  if (type === "integer" || type === "number") return randomNumber(type, node, random);
  if (typeof node.pattern === "string") return matching(node, random);
  if (view.format !== undefined && sampleFormats[view.format]) return sampleFormats[view.format];
  const least = node.minLength ?? 0;
  const most = node.maxLength ?? Math.max(least, 40);
  const text = random.pick(words).padEnd(least, "x");
  return [...text].slice(0, most).join("").padEnd(least, "x");
}

// What the document gives as an example, else what the pattern itself leads to.
function matching(node, random) {
  const said = [node.example, node.default, ...(Array.isArray(node.examples) ? node.examples : [])];
  const plain = [...said, "a", "A", "1", "abc", "0123456789", "example"];
  const fits = (text) => {
    const { length } = [...text];
    return length >= (node.minLength ?? 0) && length <= (node.maxLength ?? Infinity);
  };
  const found = plain.find(
    (each) => typeof each === "string" && fits(each) && matches(node.pattern, each),
  );
  return found ?? generated(node.pattern, random).find(fits);
}

function generated(pattern, random) {
  try {
    const seed = random.int(0, 1_000_000);
    return fc.sample(fc.stringMatching(new RegExp(pattern, "u")), { seed, numRuns: 10 });
  } catch {
    return []; // no pattern, or one that looks around
  }
}

function matches(pattern, text) {
  try {
    return new RegExp(pattern, "u").test(text);
  } catch {
    return true;
  }
}

function randomNumber(type, node, random) {
  const exclusive = (key) => (typeof node[key] === "number" ? node[key] : undefined);
  const least = Math.max(
    node.minimum ?? -Infinity,
    (exclusive("exclusiveMinimum") ?? -Infinity) + (type === "integer" ? 1 : 0.5),
  );
  const most = Math.min(
    node.maximum ?? Infinity,
    (exclusive("exclusiveMaximum") ?? Infinity) - (type === "integer" ? 1 : 0.5),
  );
  const from = Number.isFinite(least) ? least : Math.min(0, Number.isFinite(most) ? most : 0);
  const to = Number.isFinite(most) ? most : from + 1000;
  const value = from + random.next() * (to - from);
  const step = typeof node.multipleOf === "number" ? node.multipleOf : undefined;
  if (step) return Math.ceil(from / step) * step;
  return type === "integer"
    ? Math.min(Math.ceil(value), Math.floor(to))
    : Math.round(value * 4) / 4;
}

/** The schema's own keywords and those behind its references, the nearest winning. */
function raw(compiler, schema) {
  const merged = {};
  const seen = new Set();
  const visit = (each) => {
    if (typeof each !== "object" || each === null || seen.has(each)) return;
    seen.add(each);
    for (const [key, value] of Object.entries(each)) if (!(key in merged)) merged[key] = value;
    if (typeof each.$ref === "string") visit(compiler.document.resolve(each).node);
    for (const branch of Array.isArray(each.allOf) ? each.allOf : []) visit(branch);
  };
  visit(schema);
  return merged;
}
