// npm run corpus -- DIR [--seed N] [--verbose]: every OpenAPI document in a folder is loaded, and every
// operation with a body compiled; for each media type values are generated from the schema, encoded,
// decoded and compared, and a corrupted twin must be refused. Prints totals and failures.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createValidators } from "../dist/body/validator.js";
import { createBodyDecoder } from "../dist/body/decode-body.js";
import { defaultLimits } from "../dist/base/limits.js";
import { formatMediaType, parseMediaType } from "../dist/base/media-type.js";
import { encodeBody } from "../dist/client/encode-body.js";
import { readDocument } from "../dist/openapi/read-document.js";
import { createCompiler } from "../dist/plan/compiler.js";
import { expandDocument } from "../dist/plan/expand.js";
import { filePlanOf } from "../dist/plan/file-plan.js";
import { createPlan } from "../dist/plan/plan.js";
import { createRandom, randomValue } from "./corpus/random.mjs";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: "1" },
    verbose: { type: "boolean", default: false },
    tries: { type: "string", default: "4" },
  },
});
const [dir] = positionals;
if (!dir) {
  console.error("usage: npm run corpus -- DIR [--seed N] [--verbose]");
  process.exit(2);
}

const totals = {
  documents: 0,
  operations: 0,
  uncompiled: 0,
  bodies: 0,
  roundTrips: 0,
  withoutValue: 0,
  corrupted: 0,
  failures: 0,
};
const byKind = {};
const failures = [];

for (const name of readdirSync(dir)
  .filter((each) => /\.(json|ya?ml)$/.test(each))
  .toSorted()) {
  totals.documents++;
  try {
    await checkDocument(name);
  } catch (error) {
    fail(name, "load", error);
  }
}

for (const line of failures) console.log(line);
console.log(JSON.stringify({ ...totals, byKind }));
console.log(
  `${totals.documents} documents, ${totals.operations} operations with a body (${totals.uncompiled} not usable, told why), ${totals.roundTrips} round trips, ${totals.corrupted} corrupted twins refused, ${totals.withoutValue} media types without a generated value`,
);
console.log(`${totals.roundTrips + totals.corrupted} passed, ${totals.failures} failed`);
process.exitCode = totals.failures > 0 ? 1 : 0;

async function checkDocument(name) {
  const document = expandDocument(await readDocument(join(dir, name)));
  const compiler = createCompiler(document);
  const validators = createValidators();
  for (const plan of createPlan(document).operations) {
    if (plan.operation.node.requestBody === undefined) continue;
    totals.operations++;
    let media;
    try {
      media = plan.body?.media ?? [];
      for (const each of media) validators.of(each.schema)(null);
    } catch (error) {
      if (error.code !== "not-implemented") throw error;
      totals.uncompiled++;
      if (flags.verbose) console.log(`${name} ${plan.operation.operationId}: ${error.message}`);
      continue;
    }
    for (const each of media)
      await checkMedia(
        `${name} ${plan.operation.operationId} ${formatMediaType(each.range)}`,
        compiler,
        plan,
        each,
        validators,
      );
  }
}

async function checkMedia(title, compiler, plan, media, validators) {
  totals.bodies++;
  const { kind } = media.body;
  byKind[kind] = (byKind[kind] ?? 0) + 1;
  const schema = schemaOf(compiler, plan, media);
  let made = false;
  for (let attempt = 0; attempt < Number(flags.tries); attempt++) {
    const random = createRandom(Number(flags.seed) * 1000 + attempt);
    const value = makeValue(compiler, media, schema, random, attempt === 0);
    if (value === undefined || validators.of(media.schema)(asDecoded(value)).length > 0) continue;
    made = true;
    try {
      await roundTrip(title, media, validators, value);
    } catch (error) {
      fail(title, `seed ${flags.seed}, attempt ${attempt}`, error);
      return;
    }
  }
  if (!made) {
    totals.withoutValue++;
    if (flags.verbose) console.log(`${title}: no value was found that fits the schema`);
  }
}

function makeValue(compiler, { body }, schema, random, full) {
  if (body.kind === "raw") return fileOf(body.file, random);
  const form = "form" in body;
  const { rules } = compiler.document;
  const file = (view, place) => {
    const at = place === "part" && body.kind === "form-data" ? "part" : "json";
    const found = place === "form" ? undefined : filePlanOf(rules, view, at);
    return found && fileOf(found, random);
  };
  const made = randomValue(compiler, schema ?? {}, {
    random,
    file,
    full,
    place: form ? "form" : "json",
  });
  // The root of a form is an object, whatever its schema leaves open.
  return form && (typeof made !== "object" || made === null || Array.isArray(made)) ? {} : made;
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
  const first = plan.allowedTypes.find((type) => !type.includes("*"));
  return {
    content: new Uint8Array(bytes),
    filename: random.pick(["a.bin", "žluť.png", 'a"b.pdf']),
    mediaType: first ?? "application/octet-stream",
  };
}

async function roundTrip(title, media, validators, value) {
  const encoded = encodeBody(media, value);
  const pieces = [];
  for await (const piece of encoded.body) pieces.push(Buffer.from(piece));
  const bytes = Buffer.concat(pieces);
  if (encoded.contentLength !== undefined && encoded.contentLength !== bytes.length) {
    throw new Error(`Content-Length ${encoded.contentLength} of ${bytes.length} octets`);
  }
  const decoded = await decode(media, validators, encoded.contentType, bytes);
  const [want, got] = [canonical(sent(media, value)), canonical(decoded)];
  if (want !== got) throw new Error(`sent ${want.slice(0, 300)}\n    got  ${got.slice(0, 300)}`);
  totals.roundTrips++;
  await refuseTwin(media, validators, encoded.contentType, bytes);
}

// A body cut short is refused wherever its end can be told.
async function refuseTwin(media, validators, contentType, bytes) {
  const { kind } = media.body;
  if ((kind !== "json" && kind !== "form-data" && kind !== "xml") || bytes.length < 2) return;
  const isNumber = kind === "json" && /^-?\d+$/.test(bytes.toString("latin1"));
  if (isNumber) return;
  const cut = bytes.subarray(0, bytes.length - (kind === "form-data" ? 5 : 1));
  try {
    await decode(media, validators, contentType, cut);
  } catch (error) {
    if (error.name === "WaybillError") {
      totals.corrupted++;
      return;
    }
    throw error;
  }
  throw new Error("the body cut short was accepted");
}

async function decode(media, validators, said, bytes) {
  const decoder = createBodyDecoder({
    plan: media,
    contentType: parseMediaType(said),
    filename: undefined,
    limits: defaultLimits,
    sinks: memorySinks(),
    validators,
  });
  for (let at = 0; at < bytes.length; at += 37) await decoder.write(bytes.subarray(at, at + 37));
  return decoder.end();
}

function memorySinks() {
  let count = 0;
  return {
    open() {
      const pieces = [];
      return {
        write: (bytes) => void pieces.push(Buffer.from(bytes)),
        close: async () => ({
          id: String(count++),
          mediaType: "",
          size: 0,
          sha256: "",
          bytes: Buffer.concat(pieces).toString("base64"),
        }),
        abort: async () => undefined,
      };
    },
  };
}

/** What of a value reaches the other side: null and undefined are left out of forms. */
function sent({ body }, value) {
  if (!("form" in body)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([name, each]) => {
      const plan = body.form.properties.get(name);
      const empty =
        (Array.isArray(each) && each.length === 0) ||
        (plan?.style &&
          typeof each === "object" &&
          each !== null &&
          Object.keys(each).length === 0);
      return each !== null && each !== undefined && !empty;
    }),
  );
}

/** Files as the decoder has them, for asking the validator beforehand. */
function asDecoded(value) {
  if (typeof value !== "object" || value === null) return value;
  if (value.content instanceof Uint8Array) return { file: true };
  if (Array.isArray(value)) return value.map(asDecoded);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, asDecoded(each)]));
}

function canonical(value) {
  return (
    JSON.stringify(value, (_, each) => {
      if (typeof each !== "object" || each === null) return each;
      if (each.content instanceof Uint8Array)
        return `file ${Buffer.from(each.content).toString("base64")}`;
      if (typeof each.bytes === "string" && "sha256" in each) return `file ${each.bytes}`;
      if (Array.isArray(each)) return each;
      return Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    }) ?? "undefined"
  );
}

function schemaOf({ document }, { operation }, { range }) {
  const content = document.resolve(operation.node.requestBody).node.content;
  const key = Object.keys(content).find((each) => {
    const media = parseMediaType(each);
    return media && formatMediaType(media) === formatMediaType(range);
  });
  return document.resolve(content[key]).node?.schema;
}

function fail(title, where, error) {
  totals.failures++;
  failures.push(`FAIL ${title} (${where}): ${flags.verbose ? error.stack : error.message}`);
}
