// A disk that is full, small and real, under `waybill serve`: each way to send a file says so with 507 and
// leaves nothing, and the next file that fits is taken.
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root, startServer, type ServerProcess } from "./server-process.js";

const run = promisify(execFile);
const document = {
  openapi: "3.1.1",
  info: { title: "Full", version: "1" },
  components: {
    schemas: {
      Thing: {
        "x-resource": "/things",
        type: "object",
        properties: { any: { contentMediaType: "*/*" } },
      },
    },
  },
};

const unshare = ["unshare", "-rm"] as const;
const mount = "mount -t tmpfs -o size=12m none";
const isMountable = await run(unshare[0], [unshare[1], "sh", "-c", `${mount} /mnt`]).then(
  () => true,
  () => false,
);

const bytes = new Uint8Array(16 * 1024 * 1024);
const form = new FormData();
form.append("file", new Blob([bytes]), "a.bin");
const multipart = new FormData();
multipart.append("any", new Blob([bytes]), "a.bin");

interface Way {
  readonly way: string;
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: NonNullable<RequestInit["body"]>;
}

const ways: readonly Way[] = [
  { way: "a form that creates", path: "/things", body: multipart },
  {
    way: "base64 in JSON",
    path: "/things",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ any: Buffer.from(bytes).toString("base64") }),
  },
  { way: "octets of a property", method: "PUT", path: "/things/1/any", body: bytes },
  { way: "octets that come first", path: "/uploads", body: bytes },
  { way: "a form that comes first", path: "/uploads", body: form },
  {
    way: "tus",
    path: "/uploads",
    headers: {
      "tus-resumable": "1.0.0",
      "upload-length": String(bytes.length),
      "content-type": "application/offset+octet-stream",
    },
    body: bytes,
  },
  {
    way: "the IETF's resumable uploads",
    path: "/uploads",
    headers: { "upload-complete": "?1" },
    body: bytes,
  },
];

describe.skipIf(!isMountable)("a full disk (skipped where no small one can be mounted)", () => {
  let folder: string;
  let server: ServerProcess;
  let files: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "waybill-full-"));
    const disk = join(folder, "disk");
    await mkdir(disk);
    await writeFile(join(folder, "full.json"), JSON.stringify(document));
    server = await startServer({
      document: join(folder, "full.json"),
      data: join(disk, "data"),
      command: [
        ...unshare,
        "sh",
        "-c",
        `${mount} ${disk} && exec "$@"`,
        "sh",
        process.execPath,
        `${root}dist/cli/main.js`,
      ],
    });
    // As the server's own namespace has it.
    files = `/proc/${server.child.pid}/root${disk}/data/files`;
    const made = await send({ way: "", path: "/things", body: new FormData() });
    expect(made.status).toBe(201);
  });

  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const send = ({ path, method = "POST", headers = {}, body }: Way): Promise<Response> =>
    fetch(server.url + path, { method, headers, body });

  const stored = async (): Promise<number> => {
    const found = await readdir(files, { recursive: true, withFileTypes: true });
    return found.filter((each) => each.isFile()).length;
  };

  it.each(ways)("is a 507 that leaves nothing: $way", async (way) => {
    const response = await send(way);
    expect([response.status, await response.json()]).toMatchObject([
      507,
      { type: "urn:problem-type:waybill:insufficient-storage" },
    ]);
    expect(await stored()).toBe(0);
    expect(await (await fetch(`${server.url}/things`)).json()).toMatchObject({ count: 1 });
  });

  it("takes the next file that fits", async () => {
    const small = bytes.subarray(0, 1024 * 1024);
    expect((await send({ way: "", path: "/uploads", body: small })).status).toBe(201);
    expect(await stored()).toBe(1);
  });
});
