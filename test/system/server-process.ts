// `waybill serve` as a process of its own: started on a free port, awaited by what it prints, stopped
// by a signal. Keeps what it printed, for tests that read it and for failures that need explaining.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));

export interface ServeOptions {
  /** A file, from the root of the repository or absolute. */
  readonly document: string;
  /** The data folder. */
  readonly data: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /**
   * What runs `waybill`, by way of other processes as it may. Default: the built command line of this
   * repository.
   */
  readonly command?: readonly [string, ...string[]];
  readonly cwd?: string;
}

export interface ServerProcess {
  /** Without a slash at its end. */
  readonly url: string;
  readonly child: ChildProcess;
  /** All of stdout until now: what it serves, with its curl lines. */
  printed(): string;
  /** All of stderr until now: the log. */
  logged(): string;
  /** Sends the signal, SIGTERM unless told, and resolves with the exit code when the process is gone. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Resolves when the server has printed all that it serves; rejects when it ends before. */
export async function startServer(options: ServeOptions): Promise<ServerProcess> {
  const { document, data, args = [], env = {}, cwd = root } = options;
  const [program, ...given] = options.command ?? [process.execPath, `${root}dist/cli/main.js`];
  // A group of its own, to be signalled as a terminal does it: npx passes no SIGTERM on.
  const isGroup = options.command !== undefined;
  const child = spawn(
    program,
    [...given, "serve", document, "--port", "0", "--data", data, ...args],
    {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: isGroup,
    },
  );
  // Not 'exit': only then has everything that it printed been read.
  const closed = once(child, "close");
  const output = { out: "", err: "" };
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output.err += text));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output.out += text;
      const served = servedUrl(output.out);
      if (served !== undefined) resolve(served);
    });
    child.on("error", reject);
    child.on("close", (code) =>
      reject(new Error(`waybill ended with ${code}:\n${output.out}${output.err}`)),
    );
  });
  return {
    url,
    child,
    printed: () => output.out,
    logged: () => output.err,
    stop: async (signal = "SIGTERM") => {
      if (isGroup && child.pid !== undefined && child.exitCode === null)
        process.kill(-child.pid, signal);
      else child.kill(signal);
      await closed;
      return child.exitCode;
    },
  };
}

// The first line says how many operations follow; each has a heading of its own.
function servedUrl(printed: string): string | undefined {
  const [, count, url] = /^Waybill \S+ serves (\d+) operations at (\S+)\n/.exec(printed) ?? [];
  const headings = printed.match(/^[A-Z]+ \/.*$/gm)?.length ?? 0;
  return headings === Number(count) && printed.endsWith("\n") ? url : undefined;
}
