// npm run corpus -- DIR [--seed N] [--tries N] [--list] [--verbose]: every OpenAPI document in a folder is loaded, and
// every operation with a body compiled; for each media type values are generated from the schema, encoded, decoded
// and compared, and corrupted twins must be refused. Prints totals and failures; exit code 1 for failures.
// `--list` says of each operation that cannot be used, of each media type that has no value, and of each value that
// a form cannot carry, why.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkDocument, createReport } from "./corpus/check-document.mjs";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: "1" },
    tries: { type: "string", default: "4" },
    list: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
  },
});
const [dir] = positionals;
if (!dir) {
  console.error("usage: npm run corpus -- DIR [--seed N] [--tries N] [--list] [--verbose]");
  process.exit(2);
}

const report = createReport();
const options = { seed: Number(flags.seed), tries: Number(flags.tries) };
const names = readdirSync(dir, { recursive: true, encoding: "utf8" });
for (const name of names.filter((each) => /\.(json|ya?ml)$/.test(each)).toSorted()) {
  try {
    await checkDocument(join(dir, name), name, report, options);
  } catch (error) {
    report.failures.push({ title: name, where: "load", error });
  }
}
print(report);
process.exitCode = report.failures.length > 0 ? 1 : 0;

function print({ documents, operations, bodies, roundTrips, twins, ...rest }) {
  const { byKind, unusable, withoutValue, uncarried, failures } = rest;
  if (flags.list) {
    for (const { title, reason } of unusable) console.log(`not usable: ${title}: ${reason}`);
    for (const { title, reason } of withoutValue) console.log(`no value: ${title}: ${reason}`);
  }
  if (flags.list)
    for (const { title, reason } of uncarried) console.log(`not carried: ${title}: ${reason}`);
  for (const { title, where, error } of failures)
    console.log(`FAIL ${title} (${where}): ${flags.verbose ? error.stack : error.message}`);
  const refused = Object.values(twins).reduce((sum, count) => sum + count, 0);
  console.log(
    `${documents} documents, ${operations} operations with a body, ${unusable.length} of them not usable`,
  );
  console.log(
    `${bodies} media types (${listed(byKind)}), ${withoutValue.length} without a generated value`,
  );
  console.log(`${roundTrips} round trips, ${refused} corrupted twins refused (${listed(twins)})`);
  console.log(`${uncarried.length} values that a form cannot carry, refused by the client`);
  console.log(`${roundTrips + refused} passed, ${failures.length} failed`);
}

function listed(counts) {
  const entries = Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([name, count]) => `${name} ${count}`).join(", ");
}
