// `waybill lint`: how each operation's body is carried, and what of it is wrong or doubtful.
import { Command, Option } from "commander";
import type { OpenApiDocument } from "../openapi/document.js";
import { createCompiler } from "../plan/compiler.js";
import { expandDocument } from "../plan/expand.js";
import { lintOperation, type Finding } from "../plan/lint.js";
import { partTable, type PartTable } from "../plan/part-table.js";
import { createPlan, type OperationPlan } from "../plan/plan.js";
import { addReferenceFlags, readWithReferences, type ReferenceFlags } from "./reference-flags.js";

interface LintFlags extends ReferenceFlags {
  readonly format: string;
  readonly strict?: boolean;
}

interface Linted {
  readonly operation: string;
  readonly bodies: readonly PartTable[];
  readonly findings: readonly Finding[];
}

export function lintCommand(): Command {
  const command = new Command("lint")
    .description(
      "show how each body is carried, and what of it is wrong or doubtful; exit code 1 for errors",
    )
    .argument("<document>", "an OpenAPI document, YAML or JSON")
    .addOption(
      new Option("-f, --format <format>", "of the output")
        .choices(["text", "json"])
        .default("text"),
    )
    .option("--strict", "exit code 1 for warnings too")
    .action(async (file: string, { format, strict, ...flags }: LintFlags) => {
      const linted = lintDocument(await readWithReferences(file, flags));
      process.stdout.write(
        format === "json" ? `${JSON.stringify(linted, null, 2)}\n` : formatLinted(linted),
      );
      const found = linted.flatMap(({ findings }) => findings);
      if (found.some(({ severity }) => severity === "error" || strict)) process.exitCode = 1;
    });
  return addReferenceFlags(command);
}

function lintDocument(read: OpenApiDocument): Linted[] {
  const document = expandDocument(read);
  const compiler = createCompiler(document);
  const withBody = createPlan(document).operations.filter(
    ({ operation }) => operation.node["requestBody"] !== undefined,
  );
  return withBody.map((plan) => {
    const findings = lintOperation(compiler, plan);
    return {
      operation: `${plan.operation.method} ${plan.operation.path}`,
      bodies: tablesOf(plan, findings),
      findings,
    };
  });
}

function tablesOf(plan: OperationPlan, findings: readonly Finding[]): PartTable[] {
  return findings.some(({ rule }) => rule === "unusable")
    ? []
    : (plan.body?.media ?? []).map(partTable);
}

const columns = ["name", "carried", "contentTypes", "decoding", "headers", "limits"] as const;
const titles = {
  name: "name",
  carried: "carried as",
  contentTypes: "content types",
  decoding: "decoding",
  headers: "headers",
  limits: "limits",
};

function formatLinted(linted: readonly Linted[]): string {
  const blocks = linted.map(({ operation, bodies, findings }) =>
    [operation, ...bodies.map(formatTable), ...findings.map(formatFinding), ""].join("\n"),
  );
  const found = linted.flatMap(({ findings }) => findings);
  const errors = found.filter(({ severity }) => severity === "error").length;
  return `${blocks.join("\n")}\n${linted.length} operations with a body, ${errors} errors, ${found.length - errors} warnings\n`;
}

function formatTable({ mediaType, rows }: PartTable): string {
  const all = [titles, ...rows];
  const widths = columns.map((column) => Math.max(...all.map((each) => each[column].length)));
  const lines = all.map((each) =>
    `    ${columns.map((column, i) => each[column].padEnd(widths[i] ?? 0)).join("  ")}`.trimEnd(),
  );
  return [`  ${mediaType}`, ...lines].join("\n");
}

function formatFinding({ severity, rule, pointer, detail, fix }: Finding): string {
  return `  ${severity} ${rule}: ${detail}\n    at ${pointer}\n    ${fix}`;
}
