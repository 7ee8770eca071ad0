// Corrupted twins of a body that was accepted: each must be refused. Twins of the octets are malformed whatever the
// schema says; twins of the value are those that the schema refuses, by the validator's word.
import { setOwn } from "../../dist/base/json.js";
import { asDecoded, isFile } from "./wire.mjs";

/** `[kind, octets]` for every way to break these octets that must be noticed. */
export function* brokenOctets({ body, kind = body.kind }, bytes, value) {
  const isNumber = kind === "json" && /^-?\d+$/.test(bytes.toString("latin1"));
  if (bytes.length < 2 || isNumber) return;
  if (kind === "form-data") {
    yield ["cut", bytes.subarray(0, bytes.length - 5)];
    yield ["delimiter", withOctet(bytes, bytes.length - 3, "x")]; // `--B--` → `--B-x`
  }
  if (kind === "json") {
    yield ["cut", bytes.subarray(0, bytes.length - 1)];
    const last = bytes.at(-1);
    if (last === 0x7d || last === 0x5d)
      yield ["delimiter", withOctet(bytes, bytes.length - 1, last === 0x7d ? "]" : "}")];
    const colon = bytes.indexOf('":');
    if (last === 0x7d && colon > 0) yield ["colon", withOctet(bytes, colon + 1, "=")];
  }
  if (kind === "xml") {
    yield ["cut", bytes.subarray(0, bytes.length - 1)];
    yield ["delimiter", withOctet(bytes, bytes.lastIndexOf("<"), ">")];
  }
  const at = base64Of(kind, bytes, value);
  if (at !== undefined) yield ["base64", withOctet(bytes, at, "!")];
}

function withOctet(bytes, at, character) {
  const twin = Buffer.from(bytes);
  twin.write(character, at, "latin1");
  return twin;
}

// Where the base64 text of some file stands, in letters that no other way to carry it would change.
function base64Of(kind, bytes, value) {
  for (const { content } of filesIn(value)) {
    const text = Buffer.from(content).toString("base64");
    const whole = kind === "urlencoded" ? encodeURIComponent(text) : text;
    const at = text.length < 8 ? -1 : bytes.indexOf(whole);
    const letter = /[A-Za-z0-9]{3}/.exec(text)?.index;
    if (at < 0 || letter === undefined) continue;
    const before = text.slice(0, letter);
    return at + (kind === "urlencoded" ? encodeURIComponent(before) : before).length;
  }
  return undefined;
}

function filesIn(value) {
  if (isFile(value)) return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(filesIn) : [];
}

/** `[kind, value]` for values beside this one that the schema refuses: a member less, a scalar of another type. */
export function* refusedValues(validate, value, random) {
  const isRefused = (twin) => validate(asDecoded(twin)).length > 0;
  if (typeof value !== "object" || value === null || isFile(value)) return;
  const without = Object.keys(value)
    .filter(() => !Array.isArray(value))
    .map((name) => Object.fromEntries(Object.entries(value).filter(([each]) => each !== name)))
    .find(isRefused);
  if (without) yield ["missing", without];
  const places = scalarsIn(value);
  for (let tries = 0; tries < 5 && places.length > 0; tries++) {
    const [path] = places.splice(random.int(0, places.length - 1), 1);
    const twin = withValue(value, path, "☃ of no type at all");
    if (!isRefused(twin)) continue;
    yield ["type", twin];
    return;
  }
}

function scalarsIn(value, path = []) {
  if (isFile(value) || value === null) return [];
  if (typeof value !== "object") return [path];
  return Object.entries(value).flatMap(([name, each]) => scalarsIn(each, [...path, name]));
}

function withValue(value, [step, ...rest], replacement) {
  if (step === undefined) return replacement;
  const copy = Array.isArray(value) ? [...value] : {};
  if (!Array.isArray(value))
    for (const [name, each] of Object.entries(value)) setOwn(copy, name, each);
  setOwn(copy, step, withValue(value[step], rest, replacement));
  return copy;
}
