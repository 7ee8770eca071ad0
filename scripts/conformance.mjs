// Runs the black-box suite of upload protocols against a server, and may write what came of it into a page.
//   npm run conformance -- BASE_URL [--path /files] [--only tus|draft|digest|failures] [--attach /things:pic]
//     [--wait SECONDS] [--header 'Name: value'] [--json] [--write FILE --name NAME]
// Ends in a line `N passed, N failed`; its exit code is 1 where something failed.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    path: { type: "string" },
    only: { type: "string", multiple: true },
    attach: { type: "string" },
    wait: { type: "string" },
    header: { type: "string", multiple: true },
    json: { type: "boolean" },
    write: { type: "string" },
    name: { type: "string" },
  },
});
const [baseUrl] = positionals;
if (baseUrl === undefined || positionals.length > 1 || !URL.canParse(baseUrl))
  fail("Which server? npm run conformance -- http://localhost:8080");
const sections = ["tus", "draft", "digest", "failures"];
const only = values.only ?? sections;
for (const each of only)
  if (!sections.includes(each)) fail(`--only is one of ${sections.join(", ")}, not ${each}.`);
if (values.write !== undefined && (values.name === undefined || values.only !== undefined))
  fail("--write needs --name, and the whole suite.");

const built = new URL("../dist/testing.js", import.meta.url);
if (!existsSync(built)) fail("Build first: npm run build");
const { createConformance } = await import(built.href);

const cases = createConformance({
  baseUrl,
  ...(values.path === undefined ? {} : { path: values.path }),
  ...(values.wait === undefined ? {} : { expiryMsMax: Number(values.wait) * 1000 }),
  headers: Object.fromEntries((values.header ?? []).map(splitHeader)),
  ...(values.attach === undefined ? {} : { attach: splitAttach(values.attach) }),
}).filter(({ section }) => only.includes(section));

const results = [];
for (const each of cases) {
  const { id, section, title, source } = each;
  const outcome = await each.run().then(
    ({ skipped, note }) =>
      skipped === undefined ? { result: "passed", note } : { result: "skipped", reason: skipped },
    (error) => ({ result: "failed", reason: error.message }),
  );
  results.push({ id, section, title, source, ...outcome });
  if (!values.json) console.log(lineOf(results.at(-1)));
}

const count = (result) => results.filter((each) => each.result === result).length;
const [passed, failed, skipped] = ["passed", "failed", "skipped"].map(count);
if (values.json) console.log(JSON.stringify({ baseUrl, passed, failed, skipped, results }));
else {
  if (skipped > 0) console.log(`${skipped} skipped`);
  console.log(`${passed} passed, ${failed} failed`);
}
if (values.write !== undefined) write(values.write, values.name);
process.exitCode = failed > 0 ? 1 : 0;

function lineOf({ result, section, title, note, reason }) {
  const mark = { passed: "ok  ", failed: "FAIL", skipped: "skip" }[result];
  const more = reason ?? note;
  return `${mark}  ${section.padEnd(8)}  ${title}${more === undefined ? "" : `: ${more}`}`;
}

// What was measured differs from run to run, and stays out of the page.
function write(file, name) {
  const rows = results.map(
    ({ id, title, source, result, reason }) =>
      `| ${id} | ${title} | ${source} | ${result}${reason === undefined ? "" : `: ${reason}`} |`,
  );
  const text = [
    `## ${name}`,
    "",
    `${passed} passed, ${failed} failed, ${skipped} skipped.`,
    "",
    "| case | what | source | result |",
    "|---|---|---|---|",
    ...rows,
  ].join("\n");
  const page = readFileSync(file, "utf8").trimEnd();
  const parts = page.split(/^(?=## )/m).map((part) => part.trimEnd());
  const at = parts.findIndex((part) => part.startsWith(`## ${name}\n`));
  const next = at < 0 ? [...parts, text] : parts.with(at, text);
  writeFileSync(file, `${next.join("\n\n")}\n`);
}

function splitHeader(text) {
  const colon = text.indexOf(":");
  if (colon < 1) fail(`--header is Name: value, not ${text}.`);
  return [text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim()];
}

function splitAttach(text) {
  const colon = text.lastIndexOf(":");
  if (colon < 1) fail(`--attach is /collection:property, not ${text}.`);
  return { path: text.slice(0, colon), property: text.slice(colon + 1) };
}

function fail(message) {
  console.error(message);
  process.exit(2);
}
