// `waybill expand`: the short form written out.
import { Command, Option } from "commander";
import { dump } from "js-yaml";
import { readDocument } from "../openapi/read-document.js";
import { expandDocument } from "../plan/expand.js";

export function expandCommand(): Command {
  return new Command("expand")
    .description("print the full document that a document stands for")
    .argument("<document>", "an OpenAPI document, YAML or JSON")
    .addOption(
      new Option("-f, --format <format>", "of the output")
        .choices(["yaml", "json"])
        .default("yaml"),
    )
    .action(async (file: string, { format }: { format: string }) => {
      const { root } = expandDocument(await readDocument(file));
      process.stdout.write(
        format === "json"
          ? `${JSON.stringify(root, null, 2)}\n`
          : dump(root, { noRefs: true, lineWidth: 120 }),
      );
    });
}
