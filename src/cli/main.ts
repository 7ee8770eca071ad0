#!/usr/bin/env node
// The command line: words in, one command run, a clear line and an exit code when it cannot be.
import { Command, CommanderError } from "commander";
import { expandCommand } from "./expand.js";
import { explainCommand } from "./explain.js";
import { migrateDbCommand } from "./migrate-db.js";
import { migrateStoreCommand } from "./migrate-store.js";
import { reconcileCommand } from "./reconcile.js";
import { scrubCommand } from "./scrub.js";
import { pruneCommand } from "./prune.js";
import { lintCommand } from "./lint.js";
import { serveCommand } from "./serve.js";
import { tellError } from "./tell-error.js";
import { version } from "./version.js";

const program = new Command("waybill")
  .description("File uploads for JSON APIs, straight from an OpenAPI document.")
  .version(version)
  .showHelpAfterError("(waybill --help shows how)")
  .addCommand(serveCommand())
  .addCommand(expandCommand())
  .addCommand(lintCommand())
  .addCommand(pruneCommand())
  .addCommand(reconcileCommand())
  .addCommand(explainCommand())
  .addCommand(scrubCommand())
  .addCommand(migrateStoreCommand())
  .addCommand(migrateDbCommand());

// They would end the process with 1 themselves.
for (const command of [program, ...program.commands]) command.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

/** 2 for words that are no command, and options that cannot be: 1 says of `lint` and others that something was found. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // told already
  tellError(error);
  return error instanceof TypeError ? 2 : 1;
}
