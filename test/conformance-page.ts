// docs/conformance.md, from the rules and the tests that are named by them.
import { readFileSync } from "node:fs";

export const conformancePage = new URL("../docs/conformance.md", import.meta.url);

const rulesFile = new URL("rules/rules.tsv", import.meta.url);

export interface Rule {
  readonly id: string;
  readonly level: string;
  readonly versions: string;
  readonly section: string;
  readonly text: string;
}

/** A test named by a rule: `M-03 what holds`, or `M-03 not followed: why`. */
export interface RuleTest {
  readonly id: string;
  readonly says: string;
  readonly passed: boolean;
}

export function readRules(): Rule[] {
  const [, ...lines] = readFileSync(rulesFile, "utf8").trimEnd().split("\n");
  return lines.map((line) => {
    const [id = "", level = "", versions = "", section = "", text = ""] = line.split("\t");
    return { id, level, versions, section, text };
  });
}

/** Undefined for the name of a test that no rule names. */
export function readTestName(name: string, passed: boolean): RuleTest | undefined {
  const [, id, says] = /^([A-Z]-\d\d) (.+)$/su.exec(name) ?? [];
  return id === undefined || says === undefined ? undefined : { id, says, passed };
}

const groups: Readonly<Record<string, string>> = {
  N: "Choosing the media type",
  M: "Multipart",
  E: "Encoding Object",
  S: "Styles",
  F: "URL-encoded forms",
  B: "Binary data",
  J: "Content keywords and encodings",
  P: "Positions and sequences",
  X: "XML",
  R: "Read-only and write-only",
  T: "On the wire",
  D: "Documents",
};

export function formatConformance(rules: readonly Rule[], tests: readonly RuleTest[]): string {
  const rows = rules.map((rule) => rowOf(rule, tests));
  const count = (state: State): number => rows.filter((row) => row.state === state).length;
  const counts = states.map((state) => `${count(state)} ${state}`).join(", ");
  const tables = Object.entries(groups).map(([letter, title]) => {
    const own = rows.filter(({ rule }) => rule.id.startsWith(letter));
    return [`## ${title}`, "", ...head, ...own.map(formatRow)].join("\n");
  });
  return `${[intro(rules.length, counts), ...tables].join("\n\n")}\n`;
}

const intro = (count: number, counts: string): string =>
  [
    "# Conformance",
    "",
    "Rules for request bodies of OpenAPI 3.0, 3.1 and 3.2 and of what they build on, each with the tests that hold it",
    "(`test/rules`, run by `npm test`). This page is made from those tests: `npm run rules`.",
    "",
    `**${count} rules: ${counts}.**`,
  ].join("\n");

const head = ["| id | level | versions | rule | state | tests |", "|---|---|---|---|---|---|"];

const states = ["held", "not followed", "failing", "without a test"] as const;
type State = (typeof states)[number];

interface Row {
  readonly rule: Rule;
  readonly state: State;
  readonly why: string;
  readonly tests: number;
}

const deviation = /^not followed: /;

function rowOf(rule: Rule, tests: readonly RuleTest[]): Row {
  const own = tests.filter(({ id }) => id === rule.id);
  const reasons = own.filter(({ says }) => deviation.test(says));
  const why = [...new Set(reasons.map(({ says }) => says.replace(deviation, "")))].join("; ");
  return { rule, why, tests: own.length, state: stateOf(own, reasons.length > 0) };
}

function stateOf(own: readonly RuleTest[], deviates: boolean): State {
  if (own.length === 0) return "without a test";
  if (own.some(({ passed }) => !passed)) return "failing";
  return deviates ? "not followed" : "held";
}

function formatRow({ rule, state, why, tests }: Row): string {
  const said = why === "" ? state : `${state}: ${why}`;
  const cells = [rule.id, rule.level, rule.versions, rule.text, said, String(tests)];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
