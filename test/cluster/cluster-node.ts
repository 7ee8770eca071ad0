// One of several servers on one database and one storage, which is killed, stopped, told to end, and started again.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { root } from "../system/server-process.js";

export interface ClusterNode {
  /** 0 while it is not there. */
  port(): number;
  start(): Promise<void>;
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** Resolves when the process is no more, to its exit code. */
  end(signal: "SIGKILL" | "SIGTERM"): Promise<number | null>;
  /** What it has logged as errors. */
  errors(): readonly string[];
}

export interface ClusterNodeOptions {
  readonly document: string;
  readonly config: string;
  readonly env: Readonly<Record<string, string>>;
}

export function createClusterNode({ document, config, env }: ClusterNodeOptions): ClusterNode {
  let child: ChildProcess | undefined;
  let port = 0;
  const errors: string[] = [];

  const startOnce = async (): Promise<boolean> => {
    const args = ["serve", document, "--port=0", "--host=127.0.0.1", `--config=${config}`];
    const made = spawn(process.execPath, [`${root}dist/cli/main.js`, ...args], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child = made;
    createInterface({ input: made.stderr }).on("line", (line) => {
      if (!/"level":(30|40)/.test(line)) errors.push(line);
    });
    const ended = once(made, "exit").then(() => undefined);
    const first = once(createInterface({ input: made.stdout }), "line");
    const said: unknown = await Promise.race([first, ended]);
    port = Number(/:(\d+)$/.exec(String(said))?.[1] ?? 0);
    return port !== 0;
  };

  return {
    port: () => port,
    errors: () => errors,
    async start() {
      // The database may be down at this moment; whoever runs servers starts them again.
      for (let tries = 0; tries < 60; tries++) {
        if (await startOnce()) return;
        await pause(500);
      }
      throw new Error(`A node does not start: ${errors.slice(-3).join("\n")}`);
    },
    signal: (signal) => void child?.kill(signal),
    async end(signal) {
      port = 0;
      if (!child || child.exitCode !== null || child.signalCode !== null) return null;
      const gone = once(child, "exit");
      child.kill(signal);
      await gone;
      return child.exitCode;
    },
  };
}
