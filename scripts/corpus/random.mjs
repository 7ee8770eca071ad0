// Seeded values for schemas: the same seed, the same values. Not every schema can be met; the caller checks.

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

const formats = {
  date: "2026-01-31",
  time: "12:30:00Z",
  "date-time": "2026-01-31T12:30:00Z",
  duration: "P1D",
  email: "ada@example.com",
  hostname: "example.com",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  uri: "https://example.com/",
  "uri-reference": "/example",
  uuid: "00000000-0000-4000-8000-000000000000",
  regex: "^a$",
  "json-pointer": "/a",
};

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
 * A value for a schema. `file(view)` makes what stands for a file, or undefined where the schema is none.
 * `full` puts in every property, else only the required ones and some of the others.
 */
export function randomValue(compiler, schema, { random, file, full, depth = 0, place = "json" }) {
  const view = compiler.view(schema);
  const inner = (each, at = "json") =>
    randomValue(compiler, each, { random, file, full, depth: depth + 1, place: at });
  if (view.never || depth > 8) return undefined;
  const asFile = file(view, place, schema);
  if (asFile !== undefined) return asFile;
  const node = view.keywords.has("const") || view.keywords.has("enum") ? raw(compiler, schema) : {};
  if ("const" in node) return node.const;
  if (view.enum?.length) return random.pick(view.enum);
  const types = [...(view.types ?? [])].filter((type) => type !== "null" || view.types.size === 1);
  const type = types.length > 0 ? random.pick(types) : guess(view);
  if (type === undefined && view.branches.length > 0)
    return inner(random.pick(view.branches), place);
  if (type === "object")
    return randomObject(compiler, view, schema, { random, full, inner, place });
  if (type === "array") return randomArray(compiler, view, schema, { random, inner, place });
  return randomScalar(type, raw(compiler, schema), view, random);
}

function guess(view) {
  if (view.properties.size > 0) return "object";
  if (view.items !== undefined) return "array";
  return view.branches.length > 0 ? undefined : "string";
}

function randomObject(compiler, view, schema, { random, full, inner, place }) {
  const value = {};
  const below = place === "form" ? "part" : "json";
  for (const [name, property] of view.properties) {
    const each = compiler.view(property);
    if (each.readOnly) continue;
    if (!full && !view.required.has(name) && random.chance(0.5)) continue;
    const made = inner(property, below);
    if (made !== undefined) define(value, name, made);
  }
  for (const branch of view.branches.slice(0, 1)) {
    const more = compiler.view(branch).properties.size > 0 ? inner(branch, place) : {};
    for (const [name, made] of Object.entries(more ?? {}))
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

function randomArray(compiler, view, schema, { random, inner, place }) {
  const node = raw(compiler, schema);
  const least = node.minItems ?? 0;
  const most = Math.min(node.maxItems ?? least + 2, least + 2);
  const items = Array.from({ length: random.int(Math.max(least, 1), Math.max(most, 1)) }, () =>
    inner(view.items ?? { type: "string" }, place === "part" ? "part" : "json"),
  );
  const present = items.filter((item) => item !== undefined);
  return node.uniqueItems ? present.slice(0, Math.max(least, 1)) : present;
}

function randomScalar(type, node, view, random) {
  if (type === "null") return null;
  if (type === "boolean") return random.chance(0.5);
  if (type === "integer" || type === "number") return randomNumber(type, node, random);
  if (view.format !== undefined && formats[view.format]) return formats[view.format];
  if (typeof node.pattern === "string") return fromExample(node);
  const least = node.minLength ?? 0;
  const most = node.maxLength ?? Math.max(least, 40);
  const text = random.pick(words).padEnd(least, "x");
  return [...text].slice(0, most).join("").padEnd(least, "x");
}

function fromExample(node) {
  const examples = [
    node.example,
    node.default,
    ...(Array.isArray(node.examples) ? node.examples : []),
    "a",
    "A",
    "1",
    "abc",
    "0123456789",
    "example",
  ];
  const found = examples.find((each) => typeof each === "string" && matches(node.pattern, each));
  return found;
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
