// The peer: Django REST framework behind gunicorn, as its documentation shows it, on a Postgres database of its own in the
// same server, its pictures in a folder. From Debian's packages, which are installed when they are missing and may be.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { stopChild } from "./nodes.mjs";

const run = promisify(execFile);
const project = join(import.meta.dirname, "django");
const packages = ["python3-djangorestframework", "gunicorn", "python3-psycopg2", "python3-pil"];
/** Not whichever comes first in PATH: Debian's own sees Debian's packages. */
const python = "/usr/bin/python3";

/** Undefined, or what is missing and how it is had. */
export async function installDjango() {
  if (await isInstalled()) return undefined;
  if (process.getuid() === 0) {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const apt = (...args) =>
      run("apt-get", ["-qq", "-o", "DPkg::Lock::Timeout=120", ...args], { env });
    await apt("update").catch(() => undefined);
    await apt("install", "-y", "--no-install-recommends", ...packages).catch(() => undefined);
  }
  if (await isInstalled()) return undefined;
  return `Django REST framework is missing: apt-get install ${packages.join(" ")}`;
}

function isInstalled() {
  const modules = "rest_framework, gunicorn, psycopg2, PIL";
  return run(python, ["-c", `import ${modules}`]).then(
    () => true,
    () => false,
  );
}

export async function djangoVersions() {
  const text =
    "import json, platform, django, rest_framework, psycopg2, gunicorn; print(json.dumps({'Django REST framework': rest_framework.VERSION, 'Django': django.get_version(), 'gunicorn': gunicorn.__version__, 'psycopg2': psycopg2.__version__.split(' ')[0], 'Python': platform.python_version()}))";
  return JSON.parse((await run(python, ["-c", text])).stdout);
}

/** `database`: of its own, there already; makes the tables. Resolves to the environment of its processes. */
export async function prepareDjango({ database, folder }) {
  const { hostname, port, username, password, pathname } = new URL(database);
  const env = {
    ...process.env,
    DJANGO_SETTINGS_MODULE: "settings",
    PYTHONDONTWRITEBYTECODE: "1",
    PEER_MEDIA: folder,
    PEER_DB_NAME: decodeURIComponent(pathname.slice(1)),
    PEER_DB_HOST: hostname,
    PEER_DB_PORT: port,
    PEER_DB_USER: decodeURIComponent(username),
    PEER_DB_PASSWORD: decodeURIComponent(password),
  };
  await run(python, ["-m", "django", "migrate", "--run-syncdb", "--verbosity=0"], {
    cwd: project,
    env: { ...env, PYTHONPATH: project },
  });
  return env;
}

/**
 * Workers of the kind `sync` (gunicorn's default) or `gthread`, which keeps connections. `files`: `flushed` to disk before the
 * answer, or `unflushed`, as Django comes.
 */
export async function startDjango({ env, workers, threads, files = "flushed" }) {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const kind = threads === undefined ? [] : ["--worker-class=gthread", `--threads=${threads}`];
  const args = ["-m", "gunicorn", `--bind=127.0.0.1:${port}`, `--workers=${workers}`, ...kind];
  const child = spawn(python, [...args, "wsgi:application"], {
    cwd: project,
    env: { ...env, PEER_FILES: files },
    stdio: ["ignore", "ignore", "pipe"],
  });
  // It says so once for each worker; those of the first request load the project.
  let booted = 0;
  const lines = createInterface({ input: child.stderr });
  await new Promise((resolve, reject) => {
    lines.on("line", (line) => /Booting worker/.test(line) && ++booted === workers && resolve());
    child.once("exit", () => reject(new Error("gunicorn ended before it served.")));
  });
  await waitFor(`${origin}/api/v1/profiles/`);
  return { origins: [origin], pids: [child.pid], stop: () => stopChild(child) };
}

async function waitFor(url) {
  const response = await fetch(url);
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`${url}: ${response.status}`);
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
