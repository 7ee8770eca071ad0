// `waybill expand`: the short form written out, and what is referred to elsewhere brought in.
import { Command, Option } from "commander";
import { dump } from "js-yaml";
import { bundleDocument } from "../openapi/bundle.js";
import { expandDocument } from "../plan/expand.js";
import { batchPathDefault } from "../plan/expand-batch.js";
import { uploadPathDefault } from "../plan/expand-uploads.js";
import { addReferenceFlags, readWithReferences, type ReferenceFlags } from "./reference-flags.js";

interface ExpandFlags extends ReferenceFlags {
  readonly urls?: true;
  readonly format: string;
}

export function expandCommand(): Command {
  const command = new Command("expand")
    .description("print the full document that a document stands for")
    .argument("<document>", "an OpenAPI document, YAML or JSON")
    .addOption(
      new Option("-f, --format <format>", "of the output")
        .choices(["yaml", "json"])
        .default("yaml"),
    )
    .option("--urls", "with files that are named by a URL, as `serve --allow-urls` takes them")
    .action(async (file: string, { format, urls, ...flags }: ExpandFlags) => {
      const read = await readWithReferences(file, flags);
      const options = { uploads: uploadPathDefault, batch: batchPathDefault, urls: urls === true };
      const root = bundleDocument(expandDocument(read, options));
      process.stdout.write(
        format === "json"
          ? `${JSON.stringify(root, null, 2)}\n`
          : dump(root, { noRefs: true, lineWidth: 120 }),
      );
    });
  return addReferenceFlags(command);
}
