// One test run as a command of its own: shown as it goes, and at the end what it has written down as its result. The exit
// code is that of the run.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * `test`: arguments of vitest that say which. `variables`: of the environment, those that are undefined left out;
 * `resultVariable` gets the name of the file for the result.
 */
export function recordedRun({ test, variables, resultVariable }) {
  const folder = mkdtempSync(join(tmpdir(), "waybill-result-"));
  const result = join(folder, "result");
  const given = Object.entries(variables).filter(([, value]) => value !== undefined);
  const env = { ...process.env, ...Object.fromEntries(given), [resultVariable]: result };
  try {
    const args = ["vitest", "run", ...test, "--disable-console-intercept"];
    const { status } = spawnSync("npx", args, { stdio: "inherit", env });
    if (existsSync(result)) console.log(readFileSync(result, "utf8").trimEnd());
    process.exitCode = status ?? 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
