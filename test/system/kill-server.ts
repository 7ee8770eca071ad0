// The real server in a process of its own: started, awaited, killed without notice, and its folder
// looked into. Its log is read as it comes, as events to wait for.
import { spawn, type ChildProcess } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const root = resolve(import.meta.dirname, "../..");

export interface LogLine {
  readonly method?: string;
  readonly path?: string;
  readonly status?: number;
  readonly faults?: readonly string[];
}

export interface KillServer {
  readonly port: number;
  readonly pid: number;
  /** The next line of the log that fits, from those not yet asked for on. */
  logged(fits: (line: LogLine) => boolean): Promise<LogLine>;
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** SIGKILL; resolves when the process is no more. */
  kill(): Promise<void>;
}

export interface KillServerOptions {
  readonly data: string;
  /** Default `examples/profiles.yaml`. */
  readonly document?: string;
  readonly config?: string;
  /** Put before the command of the server: what runs it. */
  readonly within?: (command: readonly string[]) => readonly string[];
}

export async function startServer(options: KillServerOptions): Promise<KillServer> {
  const { data, config, within = (command) => command } = options;
  const { document = join(root, "examples/profiles.yaml") } = options;
  const [program = "", ...args] = within([
    process.execPath,
    join(root, "dist/cli/main.js"),
    "serve",
    document,
    "--port=0",
    "--host=127.0.0.1",
    `--data=${data}`,
    ...(config === undefined ? [] : [`--config=${config}`]),
  ]);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const { logged, text } = readLog(child);
  const exited = once(child, "exit");
  const port = await Promise.race([portOf(child), exited.then(() => undefined)]);
  if (port === undefined) throw new Error(`The server did not start: ${text()}`);
  return {
    port,
    pid: child.pid ?? 0,
    logged,
    signal: (signal) => void child.kill(signal),
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

async function portOf(child: ChildProcess): Promise<number | undefined> {
  if (!child.stdout) return undefined;
  const lines = createInterface({ input: child.stdout });
  const [first]: string[] = await once(lines, "line");
  return Number(/:(\d+)$/.exec(first ?? "")?.[1]);
}

function readLog(child: ChildProcess): Pick<KillServer, "logged"> & { text: () => string } {
  const seen: LogLine[] = [];
  const raw: string[] = [];
  const arrived = new EventEmitter();
  if (child.stderr)
    createInterface({ input: child.stderr }).on("line", (line) => {
      raw.push(line);
      if (line.startsWith("{")) seen.push(JSON.parse(line));
      arrived.emit("line");
    });
  return {
    text: () => raw.join("\n"),
    async logged(fits) {
      for (;;) {
        const found = seen.findIndex(fits);
        if (found >= 0) return seen.splice(found, 1)[0] ?? {};
        await once(arrived, "line");
      }
    },
  };
}

export interface StoredFiles {
  /** Sizes of the finished files, in order. */
  readonly sizes: readonly number[];
  /** Names of the unfinished ones, and of whatever is where no file should be. */
  readonly unfinished: readonly string[];
}

/** What lies under `files/` of a data folder. */
export async function storedFiles(data: string): Promise<StoredFiles> {
  const files = join(data, "files");
  const sizes: number[] = [];
  const unfinished: string[] = [];
  for (const entry of await readdir(files, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    // What a crash left behind is put aside by the next start, and waits there for its time.
    if (path.startsWith(join(files, "quarantine"))) continue;
    // What is deleted at this moment is no longer stored.
    const found = await stat(path).catch(() => undefined);
    if (!found) continue;
    if (path.startsWith(join(files, "blobs"))) sizes.push(found.size);
    else unfinished.push(entry.name);
  }
  return { sizes: sizes.sort((a, b) => a - b), unfinished };
}
