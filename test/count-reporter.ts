// The last line of a test run: its counts, in words that any CI can read.
import type { Reporter } from "vitest/node";

/** Prints `N passed, N failed, N skipped` alone on a line. */
export const countReporter: Reporter = {
  onTestRunEnd(modules) {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) counts[test.result().state]++;
      // A file that fails before its tests has none that could.
      if (module.state() === "failed" && counts.failed === 0) counts.failed++;
    }
    const { passed, failed, skipped, pending } = counts;
    process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped + pending} skipped\n`);
  },
};
