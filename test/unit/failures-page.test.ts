// Each row of docs/failures.md names tests that are there.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/failures.md"), "utf8");
const rows = page.split("\n").filter((line) => /^\| (?!what can happen)/.test(line));

interface Named {
  readonly file: string;
  readonly title: string;
}

function namedIn(row: string): Named[] {
  const cell = row.split(" | ").at(-1) ?? "";
  return [...cell.matchAll(/`([^`]+\.ts)` "([^"]+)"/g)].map(([, file = "", title = ""]) => ({
    file,
    title,
  }));
}

function isThere({ file, title }: Named): boolean {
  const path = join(root, file);
  if (!existsSync(path)) return false;
  const text = readFileSync(path, "utf8");
  return [`"${title}"`, `\`${title}\``, `'${title}'`, `${title}: {`].some((each) =>
    text.includes(each),
  );
}

it("has a table for each part", () => expect(rows.length).toBeGreaterThan(35));

it.each(rows.map((row) => ({ row, named: namedIn(row) })))("$row", ({ row, named }) => {
  expect(named.length, row).toBeGreaterThan(0);
  expect(named.filter((each) => !isThere(each))).toEqual([]);
  // What stands between the names is nothing but what sets them apart.
  const cell = row.split(" | ").at(-1) ?? "";
  expect(cell.replaceAll(/`[^`]+\.ts` "[^"]+"/g, "")).toMatch(/^[; ]*\|$/);
});
