// npm run cluster -- --minutes N [--seed S]: three nodes, Postgres and Ceph under a mixed load, while all of them fail, as
// the tests do for a minute (test/cluster). The last line counts what was lost; exit code 1 where anything was.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values: flags } = parseArgs({
  options: { minutes: { type: "string", default: "20" }, seed: { type: "string" } },
});
const folder = mkdtempSync(join(tmpdir(), "waybill-cluster-result-"));
const result = join(folder, "result");
try {
  const { status } = spawnSync(
    "npx",
    [
      "vitest",
      "run",
      "--project=backends",
      "test/backends/cluster.test.ts",
      "--disable-console-intercept",
    ],
    {
      stdio: "inherit",
      env: {
        ...process.env,
        CLUSTER_MINUTES: flags.minutes,
        CLUSTER_RESULT: result,
        ...(flags.seed === undefined ? {} : { CLUSTER_SEED: flags.seed }),
      },
    },
  );
  if (existsSync(result)) console.log(readFileSync(result, "utf8").trimEnd());
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true });
}
