// A program that ends with the process that started it, however that goes: a shell holds it, whose input is a pipe from
// here, and kills it when the pipe ends.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";

export interface HeldProcess {
  readonly pid: number;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  /** Sends the signal, and waits for the end. After it has ended, of no effect. */
  stop(signal: NodeJS.Signals): Promise<void>;
}

export interface HeldOptions {
  readonly program: string;
  readonly args: readonly string[];
  /** What it prints goes here. */
  readonly log: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Deleted when the process that started it is gone. */
  readonly root?: string;
}

const holder = `
  "$@" >>"$LOG" 2>&1 </dev/null 3>&- & pid=$!
  echo $pid
  (read _ <&3; kill -KILL $pid; [ -z "$ROOT" ] || { sleep 1; rm -rf "$ROOT"; }) >/dev/null 2>&1 & watcher=$!
  wait $pid
  kill -KILL $watcher
`;

export async function holdProcess({
  program,
  args,
  log,
  env = {},
  root = "",
}: HeldOptions): Promise<HeldProcess> {
  const shell: ChildProcess = spawn("/bin/sh", ["-c", holder, "sh", program, ...args], {
    env: { ...process.env, ...env, LOG: log, ROOT: root },
    stdio: ["ignore", "pipe", "ignore", "pipe"],
  });
  const ended = once(shell, "exit").then(() => undefined);
  let isOver = false;
  void ended.then(() => (isOver = true));
  const [chunk] = (await once(shell.stdout!, "data")) as [Buffer];
  const pid = Number(String(chunk));
  return {
    pid,
    ended,
    async stop(signal) {
      if (!isOver) process.kill(pid, signal);
      await ended;
    },
  };
}

/** The end of what was printed, for an error. */
export function tailOf(log: string): string {
  try {
    return readFileSync(log, "utf8").slice(-2000);
  } catch {
    return "";
  }
}
