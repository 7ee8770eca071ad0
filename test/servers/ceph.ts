// Ceph's S3 gateway with a cluster of its own behind it: one monitor, one storage daemon that keeps all in memory, on free
// ports, everything else in one temporary folder. It takes some 15 s to start.
import { execFile } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { freePorts } from "./free-ports.js";
import { holdProcess, tailOf, type HeldProcess } from "./held-process.js";

export interface Ceph {
  /** Of a fresh bucket, for `--store`; the credentials are in the environment. */
  readonly url: string;
  readonly environment: Readonly<Record<"AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY", string>>;
  /** `http://127.0.0.1:port` */
  readonly endpoint: string;
  /** Makes one more; resolves to its URL. */
  createBucket(): Promise<string>;
  /** As `radosgw-admin` is called; resolves to what it prints. */
  admin(...args: readonly string[]): Promise<string>;
  /** Ends the gateway alone; what is stored stays. */
  stopGateway(signal?: NodeJS.Signals): Promise<void>;
  /** On the same port; resolves when it answers. */
  startGateway(): Promise<void>;
  /** Stops it from answering, its connections open; `thaw` lets it go on. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

const run = promisify(execFile);

export async function startCeph(): Promise<Ceph> {
  const root = await mkdtemp(join(tmpdir(), "waybill-ceph-"));
  const [v2 = 0, v1 = 0, port = 0] = await freePorts(3);
  const endpoint = `http://127.0.0.1:${port}`;
  const monitors = `[v2:127.0.0.1:${v2}/0,v1:127.0.0.1:${v1}/0]`;
  const [cluster, disk] = [randomUUID(), randomUUID()];
  const config = join(root, "ceph.conf");
  await writeFile(config, configuration({ root, cluster, monitors, port }));
  const call = async (program: string, ...args: readonly string[]): Promise<string> =>
    (await run(program, [...args, "-c", config], { cwd: root, timeout: 90_000 })).stdout;
  const hold = (name: string, program: string, ...args: readonly string[]): Promise<HeldProcess> =>
    holdProcess({ program, args: [...args, "-c", config], log: join(root, `${name}.out`), root });

  for (const folder of ["mon", "osd"]) await mkdir(join(root, folder));
  await makeKeys(root);
  await run("monmaptool", ["--create", "--addv", "a", monitors, "--fsid", cluster, "monmap"], {
    cwd: root,
  });
  await call("ceph-mon", "--mkfs", "-i", "a", "--monmap", "monmap", "--keyring", "keyring");
  const monitor = await hold("mon", "ceph-mon", "-f", "-i", "a");
  await call("ceph", "osd", "new", disk);
  await call("ceph-osd", "--mkfs", "-i", "0", "--osd-uuid", disk);
  const storage = await hold("osd", "ceph-osd", "-f", "-i", "0");
  let gateway: HeldProcess | undefined;
  const startGateway = async (): Promise<void> => {
    gateway = await hold("rgw", "radosgw", "-f", "-n", "client.rgw");
    await untilItAnswers(endpoint, () => tailOf(join(root, "rgw.out")));
  };
  await startGateway();

  const admin = (...args: readonly string[]): Promise<string> => call("radosgw-admin", ...args);
  const [id, secret] = [randomBytes(10), randomBytes(20)].map((each) => each.toString("hex"));
  const environment = { AWS_ACCESS_KEY_ID: id ?? "", AWS_SECRET_ACCESS_KEY: secret ?? "" };
  const keys = [`--access-key=${id}`, `--secret-key=${secret}`];
  await admin("user", "create", "--uid=waybill", "--display-name=waybill", ...keys);
  const createBucket = async (): Promise<string> => {
    const name = `b-${randomUUID()}`;
    await makeBucket(endpoint, environment, name);
    return `s3://${name}/files?${new URLSearchParams({ endpoint })}`;
  };
  return {
    url: await createBucket(),
    environment,
    endpoint,
    createBucket,
    admin,
    startGateway,
    stopGateway: async (signal = "SIGTERM") => gateway?.stop(signal),
    freeze: () => void (gateway && process.kill(gateway.pid, "SIGSTOP")),
    thaw: () => void (gateway && process.kill(gateway.pid, "SIGCONT")),
    async stop() {
      // First, since it hangs without what is behind it; that one has nothing to save.
      await gateway?.stop("SIGKILL");
      await Promise.all([storage.stop("SIGKILL"), monitor.stop("SIGKILL")]);
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** As the SDK takes them. */
export function credentialsOf({ environment }: Pick<Ceph, "environment">): {
  accessKeyId: string;
  secretAccessKey: string;
} {
  return {
    accessKeyId: environment.AWS_ACCESS_KEY_ID,
    secretAccessKey: environment.AWS_SECRET_ACCESS_KEY,
  };
}

interface Configuration {
  readonly root: string;
  readonly cluster: string;
  readonly monitors: string;
  readonly port: number;
}

// With authentication, without which the gateway hangs; few placement groups, since each costs time to make.
function configuration({ root, cluster, monitors, port }: Configuration): string {
  return `[global]
fsid = ${cluster}
mon host = ${monitors}
public addr = 127.0.0.1
cluster addr = 127.0.0.1
keyring = ${root}/keyring
run dir = ${root}
log file = ${root}/$name.log
admin socket =
mon data = ${root}/mon
mon data avail crit = 0
mon allow pool size one = true
osd data = ${root}/osd
osd objectstore = memstore
memstore device bytes = 8589934592
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
rgw frontends = beast endpoint=127.0.0.1:${port}
rgw enable usage log = false
`;
}

async function makeKeys(cwd: string): Promise<void> {
  const users = {
    "mon.": ["--cap", "mon", "allow *"],
    "client.admin": [
      "--cap",
      "mon",
      "allow *",
      "--cap",
      "osd",
      "allow *",
      "--cap",
      "mgr",
      "allow *",
    ],
    "osd.0": ["--cap", "mon", "allow profile osd", "--cap", "osd", "allow *"],
    "client.rgw": ["--cap", "mon", "allow rw", "--cap", "osd", "allow rwx"],
  };
  await writeFile(join(cwd, "keyring"), "", { mode: 0o600 });
  for (const [name, caps] of Object.entries(users))
    await run("ceph-authtool", ["keyring", "--gen-key", "-n", name, ...caps], { cwd });
}

async function makeBucket(
  endpoint: string,
  environment: Ceph["environment"],
  Bucket: string,
): Promise<void> {
  const { CreateBucketCommand, S3Client } = await import("@aws-sdk/client-s3");
  const client = new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: credentialsOf({ environment }),
  });
  await client.send(new CreateBucketCommand({ Bucket }));
  client.destroy();
}

async function untilItAnswers(endpoint: string, log: () => string): Promise<void> {
  const from = Date.now();
  for (;;) {
    const isThere = await fetch(endpoint).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isThere) return;
    if (Date.now() - from > 90_000) throw new Error(`The gateway does not answer:\n${log()}`);
    await sleep(100);
  }
}
