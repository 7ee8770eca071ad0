// A PostgreSQL of its own on a free port, its data in a fresh temporary folder, as durable as one is by default.
// It ends with the process that started it: a shell holds the server, and its input is a pipe from here.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { chmod, chown, mkdtemp } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { once } from "node:events";
import { Client } from "pg";

export interface PostgresServer {
  /** Of an empty database; `createDatabase` makes more. */
  readonly url: string;
  /** `options` as in CREATE DATABASE, e.g. `LOCALE_PROVIDER icu ICU_LOCALE 'sv'`. Resolves to its URL. */
  createDatabase(options?: string): Promise<string>;
  /** Ends the server, its connections first, and deletes its data. */
  stop(): Promise<void>;
  /** Ends it as an administrator does, and starts it again: the same data, the same port. */
  restart(): Promise<void>;
  /** Ends it in the middle of everything, as a crash does, or as an administrator does. `start` brings it back. */
  kill(how?: "crash" | "shutdown"): Promise<void>;
  start(): Promise<void>;
  /** Stops it from answering, its connections open; `thaw` lets it go on. */
  freeze(): void;
  thaw(): void;
}

/** `settings` are lines of postgresql.conf, e.g. `max_connections = 300`. */
export async function startPostgres(settings: readonly string[] = []): Promise<PostgresServer> {
  const root = await mkdtemp(join(tmpdir(), "pg-"));
  const data = join(root, "data");
  const port = await freePort();
  const user = serverUser();
  if (user) await chown(root, user.uid, user.gid);
  await chmod(root, 0o700);
  // A locale that is not the octets' own, since nothing may depend on it.
  const init = ["-D", data, "-U", "waybill", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"];
  const made = spawnSync(program("initdb"), init, { ...user, cwd: root, encoding: "utf8" });
  if (made.status !== 0) throw new Error(`initdb: ${made.stdout}${made.stderr}${made.error ?? ""}`);
  const lines = [`port=${port}`, "listen_addresses=127.0.0.1", `unix_socket_directories=${root}`];
  const options = [...lines, ...settings].flatMap((line) => [
    "-c",
    line.replaceAll(/\s*=\s*/g, "="),
  ]);

  let running = await launch({ data, options, root, user });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const over = once(running.shell, "exit");
    process.kill(running.pid, signal);
    await over;
  };
  const urlOf = (name: string): string => `postgres://waybill@127.0.0.1:${port}/${name}`;
  const start = async (): Promise<void> => {
    running = await launch({ data, options, root, user });
    await untilItAnswers(urlOf("postgres"));
  };
  await untilItAnswers(urlOf("postgres"));
  let databases = 0;
  const createDatabase = async (how = "TEMPLATE template0"): Promise<string> => {
    const name = `d${++databases}`;
    await query(urlOf("postgres"), `CREATE DATABASE ${name} ${how}`);
    return urlOf(name);
  };
  return {
    url: await createDatabase(),
    createDatabase,
    async stop() {
      await end("SIGINT").catch(() => undefined); // it may be stopped already
      spawnSync("rm", ["-rf", root]);
    },
    async restart() {
      await end("SIGINT");
      await start();
    },
    kill: (how = "crash") => end(how === "crash" ? "SIGQUIT" : "SIGINT"),
    start,
    freeze: () => signalAll(running.pid, "SIGSTOP"),
    thaw: () => signalAll(running.pid, "SIGCONT"),
  };
}

interface Launch {
  readonly data: string;
  readonly options: readonly string[];
  readonly root: string;
  readonly user: { uid: number; gid: number } | undefined;
}

// The shell ends the server when its input ends: when whoever started it is gone, however it went.
const holder = `
  "$@" >>"$LOG" 2>&1 & pid=$!
  echo $pid
  (read _ <&3; kill -QUIT $pid; kill -CONT $pid; sleep 1; rm -rf "$ROOT") & watcher=$!
  wait $pid
  kill -KILL $watcher
`;

async function launch({
  data,
  options,
  root,
  user,
}: Launch): Promise<{ shell: ChildProcess; pid: number }> {
  const env = { ...process.env, LOG: join(root, "log"), ROOT: root };
  const args = ["-c", holder, "sh", program("postgres"), "-D", data, ...options];
  const shell = spawn("/bin/sh", args, {
    ...user,
    cwd: root,
    env,
    detached: true, // what ends whoever started it is not to end the shell before the server
    stdio: ["ignore", "pipe", "ignore", "pipe"],
  });
  const [chunk] = (await once(shell.stdout!, "data")) as [Buffer];
  shell.unref();
  return { shell, pid: Number(String(chunk)) };
}

/** The server and the processes of its connections. */
function signalAll(pid: number, signal: "SIGSTOP" | "SIGCONT"): void {
  const children = spawnSync("ps", ["-o", "pid=", "--ppid", String(pid)], { encoding: "utf8" });
  for (const each of [pid, ...children.stdout.split(/\s+/).filter(Boolean).map(Number)])
    process.kill(each, signal);
}

async function untilItAnswers(url: string): Promise<void> {
  const from = Date.now();
  for (;;) {
    try {
      return await query(url, "SELECT 1");
    } catch (error) {
      if (Date.now() - from > 60_000) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function query(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

/** Root cannot run it. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return { uid: idOf("-u"), gid: idOf("-g") };
}

function idOf(flag: "-u" | "-g"): number {
  return Number(spawnSync("id", [flag, "postgres"], { encoding: "utf8" }).stdout);
}

/** Debian keeps them off the path, a folder for each version. */
function program(name: string): string {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = versions.map((version) => join(root, version, "bin"));
  folders.push(...(process.env["PATH"] ?? "").split(delimiter));
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? name;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : 0;
}
