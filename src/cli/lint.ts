// `waybill lint`: how each operation's body is carried, and what of it is wrong or doubtful.
import { Command } from "commander";
import { readDocument } from "../openapi/read-document.js";
import { createCompiler } from "../plan/compiler.js";
import { expandDocument } from "../plan/expand.js";
import { lintOperation, type Finding } from "../plan/lint.js";
import { partTable, type PartTable } from "../plan/part-table.js";
import { createPlan, type OperationPlan } from "../plan/plan.js";

interface Linted {
  readonly operation: string;
  readonly bodies: readonly PartTable[];
  /** Each once: what several operations share belongs to the first. */
  readonly findings: readonly Finding[];
}

export function lintCommand(): Command {
  return new Command("lint")
    .description(
      "show how each body is carried, and what of it is wrong or doubtful; exit code 1 for errors",
    )
    .argument("<document>", "an OpenAPI document, YAML or JSON")
    .option("--json", "print JSON: for each operation its part tables and findings")
    .option("--quiet", "findings only, without the part tables")
    .option("--strict", "exit code 1 for warnings too")
    .action(async (file: string, flags: { json?: true; quiet?: true; strict?: true }) => {
      const linted = await lintDocument(file);
      const text = flags.json
        ? `${JSON.stringify(linted, null, 2)}\n`
        : formatLinted(linted, flags.quiet === true);
      process.stdout.write(text);
      const found = linted.flatMap(({ findings }) => findings);
      if (found.some(({ severity }) => severity === "error" || flags.strict)) process.exitCode = 1;
    });
}

async function lintDocument(file: string): Promise<Linted[]> {
  const document = expandDocument(await readDocument(file));
  const compiler = createCompiler(document);
  const seen = new Set<string>();
  const isNew = (finding: Finding): boolean => {
    const key = `${finding.rule} ${finding.pointer} ${finding.detail}`;
    const known = seen.has(key);
    seen.add(key);
    return !known;
  };
  return createPlan(document).operations.flatMap((plan) => {
    const { operation } = plan;
    const all = lintOperation(compiler, plan);
    const findings = all.filter(isNew);
    if (operation.node["requestBody"] === undefined && findings.length === 0) return [];
    const title = `${operation.method} ${operation.path}`;
    return [{ operation: title, bodies: tablesOf(plan, all), findings }];
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

function formatLinted(linted: readonly Linted[], quiet: boolean): string {
  const shown = quiet ? linted.filter(({ findings }) => findings.length > 0) : linted;
  const blocks = shown.map(({ operation, bodies, findings }) =>
    [operation, ...(quiet ? [] : bodies.map(formatTable)), ...findings.map(formatFinding), ""].join(
      "\n",
    ),
  );
  const found = linted.flatMap(({ findings }) => findings);
  const errors = found.filter(({ severity }) => severity === "error").length;
  const counts = [
    count(linted.filter(({ bodies }) => bodies.length > 0).length, "operation"),
    count(errors, "error"),
    count(found.length - errors, "warning"),
  ];
  return `${[...blocks, `${counts[0]} with a body, ${counts[1]}, ${counts[2]}`].join("\n")}\n`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

// Columns in which nothing stands are left out.
function formatTable({ mediaType, rows }: PartTable): string {
  if (rows.length === 0) return `  ${mediaType}\n    (says nothing of its parts)`;
  const used = columns.filter((column) => rows.some((each) => each[column] !== ""));
  const all = [titles, ...rows];
  const widths = used.map((column) => Math.max(...all.map((each) => each[column].length)));
  const lines = all.map((each) =>
    `    ${used.map((column, i) => each[column].padEnd(widths[i] ?? 0)).join("  ")}`.trimEnd(),
  );
  return [`  ${mediaType}`, ...lines].join("\n");
}

function formatFinding({ severity, rule, pointer, detail, fix }: Finding): string {
  return `  ${severity} ${rule}: ${detail}\n    at  ${pointer}\n    fix ${fix}`;
}
