// What a server serves, for people: each operation, its styles, and a curl line for each.
import { createCompiler } from "../plan/compiler.js";
import { curlLines, type CurlLine } from "../client/curl-line.js";
import { lintDraft } from "../plan/lint-draft.js";
import { lintRequestBody } from "../plan/lint-request-body.js";
import type { OperationPlan, Plan } from "../plan/plan.js";

export interface DescribedOperation {
  readonly plan: OperationPlan;
  readonly lines: readonly CurlLine[];
  /** What an operation that cannot be compiled has wrong. */
  readonly error: string | undefined;
  /** What is doubtful of its request body. */
  readonly warnings: readonly string[];
}

/** In an order in which the lines can be run one after the other: deletion comes last. */
export function describeOperations(plan: Plan, base: string): DescribedOperation[] {
  const compiler = createCompiler(plan.document);
  const described = plan.operations.map((each): DescribedOperation => {
    try {
      return {
        plan: each,
        lines:
          each.act.kind === "none" || each.act.kind === "batch"
            ? []
            : curlLines(compiler, each, base),
        error: undefined,
        warnings: [...lintRequestBody(compiler, each.operation), ...lintDraft(compiler, each)].map(
          ({ detail }) => detail,
        ),
      };
    } catch (error) {
      return {
        plan: each,
        lines: [],
        error: error instanceof Error ? error.message : String(error),
        warnings: [],
      };
    }
  });
  return described.toSorted((a, b) => rankOf(a.plan) - rankOf(b.plan));
}

const ranks: Readonly<Record<string, number>> = {
  "stage-upload": 0,
  create: 0,
  list: 1,
  retrieve: 1,
  replace: 2,
  patch: 2,
  "put-file": 3,
  "add-file": 3,
  "get-file": 4,
  "delete-file": 5,
  delete: 6,
  "show-upload": 7,
  "append-upload": 7,
  "abort-upload": 7,
  batch: 7,
  none: 8,
};

function rankOf({ act }: OperationPlan): number {
  return ranks[act.kind] ?? 0;
}

/** A block of text: a heading for each operation, its lines below it. */
export function formatDescription(described: readonly DescribedOperation[]): string {
  return described.map(formatOperation).join("\n");
}

function formatOperation({ plan, lines, error, warnings }: DescribedOperation): string {
  const { operation, act } = plan;
  const summary = operation.summary === undefined ? "" : `  ${operation.summary}`;
  const notes = warnings.map((each) => `\n  warning: ${each}`).join("");
  const head = `${operation.method} ${operation.path}${summary}${notes}`;
  if (error !== undefined) return `${head}\n  cannot be served: ${error}\n`;
  if (act.kind === "none") return `${head}\n  answers 501: ${act.reason}\n`;
  return `${head}\n${lines.map(({ style, line }) => `  # ${style}\n  ${line}\n`).join("")}`;
}
