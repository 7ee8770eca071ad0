// npm run bench:scale [-- --quick] [-- --only NAME] [-- --workload TEXT] [-- --json FILE] [-- --from FILE]: starts all
// that it needs, measures, and prints what it has found; a full run writes docs/benchmarks-scale.md. With --from, what is
// not measured now is taken from the JSON of an earlier run, and the page is written from both.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benches } from "./benches.mjs";
import { describeMachine } from "./machine.mjs";
import { formatPage, formatSection } from "./page.mjs";
import { createRig } from "./rig.mjs";

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    workload: { type: "string", default: "" },
    json: { type: "string" },
    from: { type: "string" },
    folder: { type: "string", default: tmpdir() },
  },
});
const names = Object.keys(benches);
if (flags.only !== undefined && !names.includes(flags.only))
  throw new Error(`There is no ${flags.only}; there are ${names.join(", ")}.`);

const startedMs = performance.now();
const folder = mkdtempSync(join(flags.folder, "waybill-scale-"));
const earlier = flags.from === undefined ? {} : JSON.parse(readFileSync(flags.from, "utf8"));
const results = { ...earlier, machine: describeMachine(folder), quick: flags.quick };
const rig = createRig(folder);
try {
  for (const name of names.filter((each) => flags.only === undefined || each === flags.only))
    results[name] = await measure(name);
  results.versions = { ...earlier.versions, ...rig.versions() };
  if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(results, null, 2)}\n`);
  const isWhole = flags.only === undefined && flags.workload === "";
  if (!flags.quick && (isWhole || flags.from !== undefined))
    writeFileSync(new URL("../../docs/benchmarks-scale.md", import.meta.url), formatPage(results));
} finally {
  // The servers do not keep this process alive.
  const alive = setInterval(() => undefined, 1000);
  await rig.stop();
  clearInterval(alive);
  rmSync(folder, { recursive: true, force: true });
}

/** What fails is told, and does not end the others. */
async function measure(name) {
  const place = join(folder, name);
  mkdirSync(place);
  const fromMs = performance.now();
  try {
    const { quick, workload } = flags;
    const given = { rig, folder: place, quick, workload, earlier: earlier[name] };
    const result = await benches[name](given);
    console.log(formatSection(name, result));
    return result;
  } catch (error) {
    process.exitCode = 1;
    console.error(error);
    return { failed: String(error.message ?? error) };
  } finally {
    rmSync(place, { recursive: true, force: true });
    const took = (performance.now() - fromMs) / 1000;
    const total = (performance.now() - startedMs) / 1000;
    console.log(`(${name}: ${took.toFixed(0)} s, ${total.toFixed(0)} s in all)\n`);
  }
}
