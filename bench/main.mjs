// npm run bench [-- --quick] [--only TEXT] [--json FILE]: every contest, printed as ratios; a full run writes
// docs/benchmarks.md.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { runContest } from "./contest.mjs";
import { families } from "./families.mjs";
import { formatPage, formatWorkload, heading } from "./report.mjs";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    json: { type: "string" },
  },
});

const byWorkload = [];
for (const [bench, { workloads, contenders }] of Object.entries(families)) {
  console.log(`${bench}\n${heading}`);
  for (const workload of workloads.filter(isWanted)) {
    const rows = await runContest({ bench, workload, contenders, quick: values.quick });
    byWorkload.push(rows);
    console.log(formatWorkload(rows, values));
  }
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(byWorkload.flat(), null, 2)}\n`);
if (!values.quick && values.only === "") {
  writeFileSync(new URL("../docs/benchmarks.md", import.meta.url), formatPage(byWorkload));
}

function isWanted({ name, quick }) {
  return name.includes(values.only) && (!values.quick || quick === true || values.only !== "");
}
