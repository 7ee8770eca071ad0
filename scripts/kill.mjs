// npm run kill -- --rounds N [--seed N]: real servers under a mixed load, stopped and killed N times, as the system tests
// do a few times (test/system/kill-rounds.ts). The last line counts what was lost; exit code 1
// where anything was.
import { parseArgs } from "node:util";
import { recordedRun } from "./recorded-run.mjs";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "100" }, seed: { type: "string" } },
});
recordedRun({
  test: ["--project=system", "test/system/kill.test.ts", "--testNamePattern=everything at once"],
  variables: { KILL_ROUNDS: values.rounds, KILL_SEED: values.seed },
  resultVariable: "KILL_RESULT",
});
