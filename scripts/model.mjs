// npm run model -- --schedules N [--seed N]: the upload lifecycle under N orders of its steps, as the proofs do with
// fewer (test/proof/lifecycle). A schedule that goes wrong is printed with what plays it again.
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";

const { values: flags } = parseArgs({
  options: {
    schedules: { type: "string", default: "10000" },
    seed: { type: "string", default: "1" },
  },
});
const { status } = spawnSync(
  "npx",
  [
    "vitest",
    "run",
    "--project=proof",
    "test/proof/lifecycle/model.test.ts",
    "--disable-console-intercept",
  ],
  {
    stdio: "inherit",
    env: { ...process.env, MODEL_SCHEDULES: flags.schedules, MODEL_SEED: flags.seed },
  },
);
process.exitCode = status ?? 1;
