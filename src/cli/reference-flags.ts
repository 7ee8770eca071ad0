// The flags of every command that reads a document: what it may refer to elsewhere.
import type { Command } from "commander";
import type { ReferenceOptions } from "../openapi/allowed-references.js";
import type { OpenApiDocument } from "../openapi/document.js";
import { loadReferences } from "../openapi/load-references.js";
import { readDocument } from "../openapi/read-document.js";

export interface ReferenceFlags {
  readonly allowRefs: readonly string[];
  readonly allowInternalRefs: readonly string[];
}

export function addReferenceFlags(command: Command): Command {
  return command
    .option(
      "--allow-refs <where>",
      "host or URL that the document may refer to; may be given again (default: none, nothing is fetched)",
      append,
      [],
    )
    .option(
      "--allow-internal-refs <host>",
      "such a host that may have an internal address; may be given again",
      append,
      [],
    );
}

export function referenceOptions(flags: ReferenceFlags): ReferenceOptions {
  return { allow: flags.allowRefs, internal: flags.allowInternalRefs };
}

export async function readWithReferences(
  file: string,
  flags: ReferenceFlags,
): Promise<OpenApiDocument> {
  return loadReferences(await readDocument(file), referenceOptions(flags));
}

export function append(value: string, values: readonly string[]): string[] {
  return [...values, value];
}
