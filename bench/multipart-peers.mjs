// The multipart decoder against the published ones, as ratios of one run. The peers are not among the
// dependencies: install them into a folder of their own, which is the argument.
//   npm i --prefix PEERS busboy @fastify/busboy multipasta @remix-run/multipart-parser
//   node bench/multipart-peers.mjs PEERS [--quick] [--only NAME] [--json FILE]
// Wants a build, in dist/ or where WAYBILL_DIST says. Each contender has a process of its own for each
// workload, is checked for the right result, warmed up, then timed by CPU time in turns with the others.
import { fork } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { bareScan, boundary, cut, workloads } from "./multipart.mjs";

const headers = { "content-type": `multipart/form-data; boundary=${boundary}` };
const partsMax = 100_000;
const MiB = 1024 * 1024;

/** By name: loads a parser and hands back what decodes chunks to `{parts, octets}`, fields as values, files as pieces. */
const contenders = {
  scan: async () => bareScan,
  waybill: loadWaybill,
  "waybill iterator": loadIterator,
  busboy: (peers) => loadBusboy(peers, "busboy"),
  "@fastify/busboy": (peers) => loadBusboy(peers, "@fastify/busboy"),
  multipasta: loadMultipasta,
  "@remix-run/multipart-parser": loadRemix,
};
const ours = new Set(["scan", "waybill", "waybill iterator"]);

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    json: { type: "string" },
  },
});
const [peers = "", child] = positionals;
if (child === undefined) await main();
else await serve(child, positionals[2]);

async function main() {
  if (peers === "") throw new Error("Name the folder in which the peers are installed.");
  const versions = Object.fromEntries(
    Object.keys(contenders).map((name) => [name, versionOf(name)]),
  );
  console.log(`Node ${process.version}, ${describe(versions)}`);
  console.log("A row: times the bare scan (1 is as fast), then times the best peer.\n");
  const rows = [];
  for (const { name } of workloads) {
    if (name.includes(values.only)) rows.push(...(await compare(name, versions)));
  }
  if (values.json) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
}

async function compare(workload, versions) {
  const running = Object.keys(contenders).map((name) => start(name, workload));
  const rates = await interleave(running);
  for (const { process } of running) process.kill();
  const best = Math.max(...running.map(({ name }) => (ours.has(name) ? 0 : rates.get(name).rate)));
  const scan = rates.get("scan").rate;
  const rows = running.map(({ name }) => {
    const { rate, peakMiB, wrong } = rates.get(name);
    return {
      bench: "multipart",
      workload,
      contender: name,
      version: versions[name],
      ratioToLimit: wrong ? null : round(rate / scan),
      ratioToBestPeer: wrong || best === 0 ? null : round(rate / best),
      peakMiB,
      wrong,
    };
  });
  console.log(workload);
  for (const { contender, ratioToLimit, ratioToBestPeer, wrong } of rows) {
    const figures = wrong ? `wrong: ${wrong}` : `${pad(ratioToLimit)} ${pad(ratioToBestPeer)}`;
    console.log(`  ${contender.padEnd(30)} ${figures}`);
  }
  return rows;
}

function start(name, workload) {
  const process = fork(fileURLToPath(import.meta.url), [peers, name, workload], {
    execArgv: ["--max-old-space-size=1024"],
  });
  return { name, process };
}

// One at a time, so that none takes the processor from another.
async function interleave(running) {
  const samples = new Map(
    running.map(({ name }) => [name, { rates: [], peakMiB: 0, wrong: undefined }]),
  );
  const rounds = values.quick ? 3 : 7;
  for (let round = -1; round < rounds; round++) {
    const ms = round < 0 ? (values.quick ? 500 : 3000) : values.quick ? 100 : 300;
    for (const { name, process } of running) {
      const sample = samples.get(name);
      if (sample.wrong) continue;
      const { rate, peakMiB, wrong } = await ask(process, ms);
      Object.assign(sample, { peakMiB, wrong });
      if (round >= 0) sample.rates.push(rate);
    }
  }
  for (const sample of samples.values()) sample.rate = sample.wrong ? 0 : median(sample.rates);
  return samples;
}

function ask(process, ms) {
  return new Promise((done) => {
    const died = (code) => done({ wrong: `it ended with ${code}` });
    process.once("exit", died);
    process.once("message", (answer) => {
      process.off("exit", died);
      done(answer);
    });
    process.send(ms);
  });
}

// The child: decodes the workload over and over for as long as it is told.
async function serve(name, workload) {
  const { body, chunk } = workloads.find((each) => each.name === workload);
  const chunks = cut(body(), chunk);
  const decode = await contenders[name](resolve(peers));
  const octets = chunks.reduce((sum, each) => sum + each.length, 0);
  const wrong = await faultOf(decode, chunks, name);
  process.on("message", async (ms) => {
    if (wrong) return process.send({ wrong });
    const from = process.cpuUsage();
    let runs = 0;
    let micros;
    do {
      await decode(chunks);
      runs++;
      const { user, system } = process.cpuUsage(from);
      micros = user + system;
    } while (micros < ms * 1000);
    process.send({
      rate: (octets * runs) / micros,
      peakMiB: Math.round(process.resourceUsage().maxRSS / 1024),
    });
  });
}

async function faultOf(decode, chunks, name) {
  if (name === "scan") return undefined;
  try {
    const expected = await (await loadWaybill())(chunks);
    const seen = await decode(chunks);
    const same = seen.parts === expected.parts && seen.octets === expected.octets;
    return same
      ? undefined
      : `${seen.parts} parts of ${seen.octets} octets, not ${expected.parts} of ${expected.octets}`;
  } catch (error) {
    return `it throws ${error.message}`;
  }
}

async function loadWaybill() {
  const { createMultipartDecoder, defaultLimits } = await loadDist();
  const limits = { ...defaultLimits, partsMax };
  return (chunks) => {
    const seen = { parts: 0, octets: 0 };
    let file = false;
    let field;
    const handler = {
      onPart: (head) => {
        seen.parts++;
        file = head.filename !== undefined;
        field = undefined;
      },
      onData: (bytes) => {
        if (file) seen.octets += bytes.length;
        else field = field ? Buffer.concat([field, bytes]) : bytes;
      },
      onPartEnd: () => {
        if (field) seen.octets += field.toString().length;
      },
    };
    const decoder = createMultipartDecoder({ boundary, limits, handler });
    for (const chunk of chunks) decoder.write(chunk);
    decoder.end();
    return seen;
  };
}

async function loadIterator() {
  const { decodeMultipart } = await loadDist();
  const limits = { partsMax, fieldsMax: partsMax, filesMax: partsMax };
  const contentType = headers["content-type"];
  return async (chunks) => {
    const seen = { parts: 0, octets: 0 };
    for await (const part of decodeMultipart(iterate(chunks), { contentType, limits })) {
      seen.parts++;
      if (part.filename === undefined) seen.octets += (await part.text()).length;
      else for await (const bytes of part.body) seen.octets += bytes.length;
    }
    return seen;
  };
}

async function* iterate(chunks) {
  yield* chunks;
}

async function loadBusboy(folder, name) {
  const loaded = loadPeer(folder, name);
  const Busboy = typeof loaded === "function" ? loaded : loaded.default;
  const make = name === "busboy" ? (options) => Busboy(options) : (options) => new Busboy(options);
  return (chunks) =>
    new Promise((done, fail) => {
      const seen = { parts: 0, octets: 0 };
      const parser = make({ headers, limits: { fieldSize: MiB, parts: partsMax } });
      parser.on("field", (_, value) => {
        seen.parts++;
        seen.octets += value.length;
      });
      parser.on("file", (_, stream) => {
        seen.parts++;
        stream.on("data", (bytes) => (seen.octets += bytes.length));
      });
      parser.on("error", fail);
      parser.on(name === "busboy" ? "close" : "finish", () => done(seen));
      for (const chunk of chunks) parser.write(chunk);
      parser.end();
    });
}

async function loadMultipasta(folder) {
  const { make } = await importPeer(folder, "multipasta");
  const decoder = new TextDecoder();
  return (chunks) => {
    const seen = { parts: 0, octets: 0 };
    const parser = make({
      headers,
      maxParts: partsMax,
      maxPartSize: Infinity,
      maxTotalSize: Infinity,
      onField: (_, value) => {
        seen.parts++;
        seen.octets += decoder.decode(value).length;
      },
      onFile: () => {
        seen.parts++;
        return (bytes) => {
          if (bytes) seen.octets += bytes.length;
        };
      },
      onError: (error) => {
        throw new Error(JSON.stringify(error));
      },
      onDone: () => {},
    });
    for (const chunk of chunks) parser.write(chunk);
    parser.end();
    return seen;
  };
}

async function loadRemix(folder) {
  const { MultipartParser } = await importPeer(folder, "@remix-run/multipart-parser");
  return (chunks) => {
    const seen = { parts: 0, octets: 0 };
    const parser = new MultipartParser(boundary, {
      maxFileSize: 256 * MiB,
      maxTotalSize: 1024 * MiB,
      maxParts: partsMax,
    });
    for (const chunk of chunks) {
      for (const part of parser.write(chunk)) {
        seen.parts++;
        if (part.filename === undefined) seen.octets += part.text.length;
        else for (const piece of part.content) seen.octets += piece.length;
      }
    }
    parser.finish();
    return seen;
  };
}

async function loadDist() {
  const built = process.env.WAYBILL_DIST ?? fileURLToPath(new URL("../dist", import.meta.url));
  return import(pathToFileURL(resolve(built, "multipart.js")).href);
}

function loadPeer(folder, name) {
  return createRequire(`${folder}/`)(name);
}

async function importPeer(folder, name) {
  const root = `${folder}/node_modules/${name}`;
  const file = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));
  const entry = file.exports["."].import ?? file.exports["."].default;
  return import(pathToFileURL(resolve(root, entry)).href);
}

function versionOf(name) {
  const own = fileURLToPath(new URL("../package.json", import.meta.url));
  const file = ours.has(name) ? own : `${resolve(peers)}/node_modules/${name}/package.json`;
  return JSON.parse(readFileSync(file, "utf8")).version;
}

function describe(versions) {
  return Object.keys(contenders)
    .filter((name) => !ours.has(name))
    .map((name) => `${name} ${versions[name]}`)
    .join(", ");
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

function round(ratio) {
  return Number(ratio.toPrecision(3));
}

function pad(ratio) {
  return String(ratio ?? "alone").padStart(8);
}
