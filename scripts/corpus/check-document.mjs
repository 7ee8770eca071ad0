// One OpenAPI document: every operation with a body compiled, values made from its schemas, encoded, decoded and
// compared, and corrupted twins that must be refused. Counts; throws for documents that cannot be read.
import { formatMediaType, parseMediaType } from "../../dist/base/media-type.js";
import { createValidators } from "../../dist/body/validator.js";
import { encodeBody } from "../../dist/client/encode-body.js";
import { readDocument } from "../../dist/openapi/read-document.js";
import { createCompiler } from "../../dist/plan/compiler.js";
import { expandDocument } from "../../dist/plan/expand.js";
import { createPlan } from "../../dist/plan/plan.js";
import { createRandom } from "./random.mjs";
import { encodable, fitValue } from "./fit-value.mjs";
import { brokenOctets, refusedValues } from "./twins.mjs";
import { canonical, decode, octetsOf, sent } from "./wire.mjs";

export function createReport() {
  return {
    documents: 0,
    operations: 0,
    bodies: 0,
    roundTrips: 0,
    byKind: {},
    /** Corrupted twins that were refused, by what was done to them. */
    twins: {},
    /** `{title, reason}` each. */
    unusable: [],
    withoutValue: [],
    /** Values that the client says cannot be carried. */
    uncarried: [],
    failures: [],
  };
}

export async function checkDocument(file, name, report, options) {
  report.documents++;
  const document = expandDocument(await readDocument(file));
  const compiler = createCompiler(document);
  const validators = createValidators();
  for (const plan of createPlan(document).operations) {
    const { operation } = plan;
    if (operation.node.requestBody === undefined) continue;
    report.operations++;
    const title = `${name} ${operation.method} ${operation.path}`;
    const media = usableMedia(plan, validators, title, report);
    for (const each of media) {
      const check = { compiler, validators, media: each, report, options };
      const schema = schemaOf(compiler, plan, each);
      await checkMedia({ ...check, schema, title: `${title} ${formatMediaType(each.range)}` });
    }
  }
}

function usableMedia(plan, validators, title, report) {
  const { trouble } = plan.operation;
  try {
    if (trouble !== undefined) throw notUsable(trouble);
    const media = plan.body?.media ?? [];
    for (const each of media) validators.of(each.schema)(null);
    if (media.length === 0)
      throw notUsable("The version gives its method no body, or it has no media type.");
    return media;
  } catch (error) {
    if (error.code !== "not-implemented") throw error;
    report.unusable.push({ title, reason: error.message });
    return [];
  }
}

function notUsable(message) {
  return Object.assign(new Error(message), { code: "not-implemented" });
}

async function checkMedia(check) {
  const { media, report, title, options } = check;
  const { kind } = media.body;
  report.bodies++;
  report.byKind[kind] = (report.byKind[kind] ?? 0) + 1;
  let made = 0;
  let reason = "";
  // Some schemas are met by few values: more are tried until one is.
  for (let attempt = 0; attempt < (made > 0 ? options.tries : options.tries * 6); attempt++) {
    const random = createRandom(options.seed * 1000 + attempt);
    const found = fitValue(check, random, attempt, options.tries);
    if (found.reason !== undefined) {
      reason = found.reason;
      continue;
    }
    made++;
    try {
      await roundTrip(check, found.value, random);
    } catch (error) {
      report.failures.push({ title, where: `seed ${options.seed}, attempt ${attempt}`, error });
      return;
    }
  }
  if (made === 0) report.withoutValue.push({ title, reason });
}

async function roundTrip(check, value, random) {
  const { media, validators, report } = check;
  const encoded = encodeOr(check, value);
  if (!encoded) return;
  const bytes = await octetsOf(encoded.body);
  if (encoded.contentLength !== undefined && encoded.contentLength !== bytes.length)
    throw new Error(`Content-Length ${encoded.contentLength} of ${bytes.length} octets`);
  const decoded = await decode(media, validators, encoded.contentType, bytes);
  const [want, got] = [canonical(sent(media, value)), canonical(decoded)];
  if (want !== got) throw new Error(`${difference(want, got)}`);
  report.roundTrips++;
  for (const [kind, twin] of brokenOctets(media, bytes, value))
    await refuse(check, kind, encoded.contentType, twin);
  for (const [kind, twin] of refusedValues(validators.of(media.schema), value, random)) {
    const { contentType, body } = encodeOr(check, twin) ?? {};
    if (body) await refuse(check, kind, contentType, await octetsOf(body));
  }
}

function encodeOr({ media, report, title }, value) {
  try {
    return encodeBody(media, encodable(media, value));
  } catch (error) {
    if (error.code !== "invalid-value") throw error;
    report.uncarried.push({ title, reason: `${error.faults[0].pointer}: ${error.message}` });
    return undefined;
  }
}

async function refuse({ media, validators, report }, kind, contentType, bytes) {
  try {
    // A file that may be raw as well cannot be told to be broken base64.
    await decode(media, validators, contentType, bytes, { lenientFiles: false });
  } catch (error) {
    if (error.name !== "WaybillError") throw error;
    report.twins[kind] = (report.twins[kind] ?? 0) + 1;
    return;
  }
  throw new Error(`accepted with ${kind}: ${bytes.toString("utf8").slice(0, 300)}`);
}

function schemaOf({ document }, { operation }, { range }) {
  const { content } = document.resolve(operation.node.requestBody).node;
  const key = Object.keys(content).find((each) => {
    const media = parseMediaType(each);
    return media && formatMediaType(media) === formatMediaType(range);
  });
  const { schema, itemSchema } = document.resolve(content[key]).node ?? {};
  return schema ?? (itemSchema === undefined ? undefined : { type: "array", items: itemSchema });
}

// From a little before where they part.
function difference(want, got) {
  let at = 0;
  while (want[at] === got[at]) at++;
  const from = Math.max(0, at - 60);
  return `sent …${want.slice(from, from + 200)}\n    got  …${got.slice(from, from + 200)}`;
}
