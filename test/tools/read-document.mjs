// node read-document.mjs DOCUMENT.json: what three tools make of it, as JSON. The official schema of its version,
// a linter's errors, and whether types for a client can be generated.
import { readFileSync } from "node:fs";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { Validator } from "@seriousme/openapi-schema-validator";
import openapiTypescript, { astToString } from "openapi-typescript";

const [file] = process.argv.slice(2);
const text = readFileSync(file, "utf8");

const { valid, errors } = await new Validator().validate(JSON.parse(text));
const config = await createConfig({ extends: ["spec"] });
const problems = await lintFromString({ source: text, absoluteRef: file, config });
const types = astToString(await openapiTypescript(JSON.parse(text), { silent: true }));

console.log(
  JSON.stringify({
    schema: valid ? [] : errors,
    lint: problems
      .filter(({ severity }) => severity === "error")
      .map(({ ruleId, message }) => `${ruleId}: ${message}`),
    operations: [...types.matchAll(/^ {4}(\w+): \{\n {8}parameters: \{/gm)].map(([, id]) => id),
  }),
);
