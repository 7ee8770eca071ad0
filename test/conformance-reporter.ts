// Holds docs/conformance.md to what the tests of the rules say; `CONFORMANCE=write` writes it anew.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";
import {
  conformancePage,
  formatConformance,
  readRules,
  readTestName,
  type RuleTest,
} from "./conformance-page.js";

const folder = new URL("rules/", import.meta.url);

export const conformanceReporter: Reporter = {
  onTestRunEnd(modules) {
    const own = modules.filter(({ project }) => project.name === "rules");
    const files = readdirSync(folder).filter((name) => name.endsWith(".test.ts"));
    if (own.length < files.length) return; // a part of the tests cannot say
    const page = formatConformance(readRules(), own.flatMap(testsOf));
    if (process.env["CONFORMANCE"] === "write") writeFileSync(conformancePage, page);
    else if (read() !== page) refuse();
  },
};

function testsOf(module: TestModule): RuleTest[] {
  return [...module.children.allTests()].flatMap(
    (test) => readTestName(test.name, test.result().state === "passed") ?? [],
  );
}

function read(): string {
  try {
    return readFileSync(conformancePage, "utf8");
  } catch {
    return "";
  }
}

function refuse(): void {
  process.stdout.write("\ndocs/conformance.md is not what the tests say: npm run rules\n");
  process.exitCode = 1;
}
