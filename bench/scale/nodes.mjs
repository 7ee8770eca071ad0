// Waybill nodes, as users start them: `waybill serve` on a document and a place for the data, each a process of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const main = join(import.meta.dirname, "../../dist/cli/main.js");

/**
 * `flags` say where the data is, e.g. `--data=FOLDER`; `config` is what the configuration file holds, which lies in
 * `folder`. Resolves once all of them answer.
 */
export async function startNodes({ count = 1, flags, env, document, config = {}, folder }) {
  const file = join(folder, "config.json");
  // As gunicorn does: a server of requests does not write a line for each of them unless told.
  writeFileSync(file, JSON.stringify({ logLevel: "fatal", ...config }));
  const args = ["serve", document, "--port=0", "--host=127.0.0.1", `--config=${file}`, ...flags];
  const nodes = [];
  // The first one makes the tables.
  for (let i = 0; i < count; i++) nodes.push(await startNode(args, env));
  return {
    origins: nodes.map(({ origin }) => origin),
    pids: nodes.map(({ child }) => child.pid),
    async stop() {
      await Promise.all(nodes.map(({ child }) => stopChild(child)));
    },
  };
}

async function startNode(args, env = {}) {
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const said = once(createInterface({ input: child.stdout }), "line");
  const [line] = await Promise.race([said, exited.then(() => failed(args))]);
  child.stdout.resume();
  return { child, origin: /http:\/\/[^/\s]+/.exec(line)[0] };
}

function failed(args) {
  throw new Error(`waybill ${args.join(" ")} ended before it served.`);
}

export async function stopChild(child, signal = "SIGTERM") {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}
