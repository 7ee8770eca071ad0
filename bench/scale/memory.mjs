// What one upload that is under way takes of a node's memory: many at once, each half sent, all held there.
import { randomFillSync } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { startNodes } from "./nodes.mjs";

const document = join(import.meta.dirname, "profiles.yaml");
const MiB = 1024 * 1024;
const boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW";
const head = `--${boundary}\r\nContent-Disposition: form-data; name="content"; filename="a.bin"\r\nContent-Type: application/octet-stream\r\n\r\n`;
const tail = `\r\n--${boundary}--\r\n`;
const size = 16 * MiB;

export async function benchMemory({ backends, folder, quick }) {
  const rows = [];
  for (const backend of backends) {
    const nodes = await startNodes({ flags: backend.flags, env: backend.env, document, folder });
    try {
      const uploads = quick ? 8 : 32;
      await holdUploads(nodes, { uploads: 1 }); // what is loaded and made once is there
      rows.push({ backend: backend.name, uploads, ...(await holdUploads(nodes, { uploads })) });
    } finally {
      await nodes.stop();
    }
  }
  return { size, rows };
}

async function holdUploads({ origins: [origin], pids: [pid] }, { uploads }) {
  const before = residentOctets(pid);
  const block = randomFillSync(Buffer.alloc(MiB));
  const senders = await Promise.all(Array.from({ length: uploads }, () => begin(origin, block)));
  await pause(500); // what the sockets hold goes on to the store
  const held = residentOctets(pid);
  await Promise.all(senders.map((end) => end()));
  return { beforeOctets: before, octetsEach: (held - before) / uploads };
}

/** Sends the first half; resolves to what sends the rest, and resolves once it is answered. */
async function begin(origin, block) {
  const out = request(`${origin}/api/v1/files/`, {
    method: "POST",
    agent: false,
    headers: {
      "content-type": `multipart/form-data; boundary=${boundary}`,
      "content-length": head.length + size + tail.length,
    },
  });
  const answered = once(out, "response");
  out.write(head);
  const half = size / 2 / MiB;
  const send = async (blocks) => {
    for (let i = 0; i < blocks; i++) if (!out.write(block)) await once(out, "drain");
  };
  await send(half);
  return async () => {
    await send(half);
    out.end(tail);
    const [response] = await answered;
    response.resume();
    await once(response, "end");
    if (response.statusCode !== 201) throw new Error(`${response.statusCode}`);
  };
}

function residentOctets(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return Number(/VmRSS:\s*(\d+) kB/.exec(status)[1]) * 1024;
}
