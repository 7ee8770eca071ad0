// npm run kill -- --rounds N [--seed N]: real servers under a mixed load, stopped and killed N times, as the system tests
// do a few times (test/system/kill-rounds.ts). The last line counts what was lost; exit code 1
// where anything was.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values: flags } = parseArgs({
  options: { rounds: { type: "string", default: "100" }, seed: { type: "string" } },
});
const folder = mkdtempSync(join(tmpdir(), "waybill-kill-result-"));
const result = join(folder, "result");
try {
  const { status } = spawnSync(
    "npx",
    [
      "vitest",
      "run",
      "--project=system",
      "test/system/kill.test.ts",
      "--testNamePattern=everything at once",
      "--disable-console-intercept",
    ],
    {
      stdio: "inherit",
      env: {
        ...process.env,
        KILL_ROUNDS: flags.rounds,
        KILL_RESULT: result,
        ...(flags.seed === undefined ? {} : { KILL_SEED: flags.seed }),
      },
    },
  );
  console.log(readFileSync(result, "utf8").trimEnd());
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true });
}
