// Looks for the programs that the tests run as real clients and servers, and installs the ones that are missing:
// by itself where it may (Debian and root), else it says in a line what to install.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Each command with the Debian package that brings it. */
const packages = {
  bash: "bash",
  ceph: "ceph-common",
  "ceph-mon": "ceph-mon",
  "ceph-osd": "ceph-osd",
  chromium: "chromium",
  curl: "curl",
  initdb: "postgresql",
  openssl: "openssl",
  radosgw: "radosgw",
};

const missing = () => Object.keys(packages).filter((command) => !isThere(command));

const wanted = missing().map((command) => packages[command]);
if (wanted.length > 0) {
  if (process.getuid?.() === 0 && isThere("apt-get")) install(wanted);
  const absent = missing();
  if (absent.length > 0) {
    const names = absent.map((command) => packages[command]).join(" ");
    console.error(`The tests need: ${names}. Install with: sudo apt-get install ${names}`);
    process.exit(1);
  }
}

// Other runtimes, clients, another server of uploads and a storage come from the registry, each with a lock file of its own:
// users of the package need none.
for (const name of ["runtimes", "clients", "upload-peer", "azurite"]) {
  const cwd = new URL(`../test/${name}/`, import.meta.url);
  if (existsSync(new URL("node_modules/.package-lock.json", cwd))) continue;
  const options = { cwd, stdio: "inherit", shell: process.platform === "win32" };
  const { status } = spawnSync("npm", ["ci", "--silent", "--ignore-scripts"], options);
  if (status !== 0) process.exit(1);
}

function isThere(command) {
  return [...(process.env.PATH ?? "").split(delimiter), ...postgresFolders()].some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

// Debian keeps those of a server off the path, a folder for each version.
function postgresFolders() {
  const root = "/usr/lib/postgresql";
  return existsSync(root) ? readdirSync(root).map((version) => join(root, version, "bin")) : [];
}

// Quiet, since it is no news when it works. Lists that could not be fetched may still be good enough.
function install(names) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  spawnSync("apt-get", ["update", "-qq"], { env, stdio: "ignore" });
  const options = ["-y", "-qq", "--no-install-recommends"];
  const { status, stdout, stderr } = spawnSync("apt-get", ["install", ...options, ...names], {
    env,
    encoding: "utf8",
  });
  if (status !== 0) console.error(`${stdout}${stderr}`.trim());
}
