// How much memory an upload takes, by its size: nothing more for a bigger one. Each in a server of its own
// that has seen a few uploads before. node bench/memory.mjs [--mib 64,256,1024] [--dist dist]; wants a build, and Linux.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureUpload, MiB, startWaybill } from "./measure.mjs";

const { values: options } = parseArgs({
  options: {
    mib: { type: "string", default: "64,256,1024" },
    dist: { type: "string" },
    folder: { type: "string", default: tmpdir() },
  },
});
const warmUps = 3;
const warmUpMiB = 16;

const rows = {};
for (const style of ["multipart", "base64"]) {
  for (const mib of options.mib.split(","))
    rows[`${style}, ${mib} MiB`] = await measure(style, mib);
}
console.log(`Resident memory of the server, Node ${process.version}`);
console.table(rows);

async function measure(style, mib) {
  const folder = mkdtempSync(join(options.folder, "waybill-bench-"));
  const server = await startWaybill(join(folder, "data"), options.dist);
  try {
    for (let i = 0; i < warmUps; i++) await measureUpload(server, style, warmUpMiB * MiB);
    const { peakBytes, growthBytes, wallSeconds } = await measureUpload(server, style, mib * MiB);
    return {
      "before MiB": ((peakBytes - growthBytes) / MiB).toFixed(1),
      "peak MiB": (peakBytes / MiB).toFixed(1),
      "growth MiB": (growthBytes / MiB).toFixed(1),
      "wall s": wallSeconds.toFixed(1),
    };
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
