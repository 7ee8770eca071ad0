// tus 1.0, the core protocol, as cases.
import { setTimeout as pause } from "node:timers/promises";
import { check, checkField, checkStatus } from "./protocol-case.js";
import type { CaseOf } from "./section-cases.js";
import { octets, someBytes, tusVersion, type UploadLab } from "./upload-lab.js";

const bytes = someBytes();
const size = String(bytes.length);
const create = async (lab: UploadLab): Promise<string> =>
  (await lab.create({ "upload-length": size })).url;

/** What is to be there no more. */
export const gone = [403, 404, 410];

export const tusCases: readonly CaseOf[] = [
  {
    id: "options",
    title: "OPTIONS tells the version, also to who has not said one",
    source: "Core, OPTIONS",
    async run(lab) {
      const reply = await lab.send("OPTIONS", lab.target);
      checkStatus(reply, [200, 204], "OPTIONS");
      const versions = (await lab.advertised()).tusVersions;
      check(versions.includes("1.0.0"), `Tus-Version is ${versions.join(",") || "missing"}`);
    },
  },
  {
    id: "head",
    title: "HEAD of a new upload: offset 0, its length, never cached",
    source: "Core, HEAD",
    async run(lab) {
      const reply = await lab.head(await create(lab));
      checkStatus(reply, [200, 204], "HEAD");
      checkField(reply, "Upload-Offset", "0", "HEAD");
      checkField(reply, "Upload-Length", size, "HEAD");
      const cached = reply.headers["cache-control"] ?? "missing";
      check(cached.includes("no-store"), `Cache-Control is ${cached}`);
    },
  },
  {
    id: "patch",
    title: "one PATCH brings it all",
    source: "Core, PATCH",
    async run(lab) {
      const url = await create(lab);
      const reply = await lab.patch(url, 0, bytes);
      checkStatus(reply, [204], "PATCH");
      checkField(reply, "Upload-Offset", size, "PATCH");
      check((await lab.offset(url)) === bytes.length, "HEAD has another offset than PATCH");
      await lab.checkStored(url, bytes);
    },
  },
  {
    id: "pieces",
    title: "several PATCH, one after the other, also of no octets",
    source: "Core, PATCH",
    async run(lab) {
      const url = await create(lab);
      for (const [from, to] of [
        [0, 1],
        [1, 1],
        [1, 40_000],
        [40_000, bytes.length],
      ] as const) {
        const reply = await lab.patch(url, from, bytes.subarray(from, to));
        checkStatus(reply, [204], `PATCH of octets ${from} to ${to}`);
        checkField(reply, "Upload-Offset", String(to), `PATCH of octets ${from} to ${to}`);
      }
      await lab.checkStored(url, bytes);
    },
  },
  {
    id: "wrong-offset",
    title: "another offset is a 409, and nothing moves",
    source: "Core, PATCH",
    async run(lab) {
      const url = await create(lab);
      await lab.patch(url, 0, bytes.subarray(0, 100));
      for (const offset of [0, 99, 101, bytes.length])
        checkStatus(await lab.patch(url, offset, bytes.subarray(0, 10)), [409], "another offset");
      check((await lab.offset(url)) === 100, "the offset has moved");
    },
  },
  {
    id: "wrong-type",
    title: "another Content-Type is a 415",
    source: "Core, PATCH",
    async run(lab) {
      const url = await create(lab);
      const type = { "content-type": "application/octet-stream" };
      checkStatus(await lab.patch(url, 0, bytes, type), [415], "another type");
      check((await lab.offset(url)) === 0, "the offset has moved");
    },
  },
  {
    id: "no-offset",
    title: "PATCH without an offset is refused",
    source: "Core, PATCH",
    async run(lab) {
      const url = await create(lab);
      const reply = await lab.send("PATCH", url, { ...tusVersion, ...octets }, bytes);
      checkStatus(reply, [4], "PATCH without Upload-Offset");
      check((await lab.offset(url)) === 0, "the offset has moved");
    },
  },
  {
    id: "version",
    title: "another version is a 412 that tells the right one",
    source: "Core, Tus-Resumable",
    async run(lab) {
      const url = await create(lab);
      const reply = await lab.patch(url, 0, bytes, { "tus-resumable": "0.2.2" });
      checkStatus(reply, [412], "version 0.2.2");
      const said = reply.headers["tus-version"] ?? "missing";
      check(said.split(/\s*,\s*/).includes("1.0.0"), `Tus-Version is ${said}`);
      check((await lab.offset(url)) === 0, "the offset has moved");
    },
  },
  {
    id: "version-in-answers",
    title: "Tus-Resumable is in answers of success and failure",
    source: "Core, Tus-Resumable",
    async run(lab) {
      const { url, reply } = await lab.create({ "upload-length": size });
      const answers = [reply, await lab.head(url), await lab.patch(url, 5, bytes)];
      for (const each of answers)
        checkField(each, "Tus-Resumable", "1.0.0", `the answer with ${each.status}`);
    },
  },
  {
    id: "unknown",
    title: "an upload that is not there has no offset",
    source: "Core, HEAD and PATCH",
    async run(lab) {
      const url = `${lab.target.replace(/\/$/, "")}/5f0c1e7c-0000-4000-8000-000000000000`;
      const reply = await lab.head(url);
      checkStatus(reply, gone, "HEAD of what is not there");
      check(reply.headers["upload-offset"] === undefined, "it has an Upload-Offset");
      checkStatus(await lab.patch(url, 0, bytes), gone, "PATCH of what is not there");
    },
  },
  {
    id: "too-much",
    title: "more octets than the length are refused",
    source: "Core, Upload-Length",
    async run(lab) {
      const { url } = await lab.create({ "upload-length": "10" });
      checkStatus(await lab.patch(url, 0, bytes.subarray(0, 11)), [4], "11 octets for 10");
      const reply = await lab.head(url);
      const offset = Number(reply.headers["upload-offset"] ?? 0);
      check(offset <= 10, `the offset is ${offset} of 10`);
    },
  },
  {
    id: "method-override",
    title: "X-HTTP-Method-Override makes another method of POST",
    source: "Core, X-HTTP-Method-Override",
    async run(lab) {
      const url = await create(lab);
      const fields = {
        ...tusVersion,
        ...octets,
        "x-http-method-override": "PATCH",
        "upload-offset": "0",
      };
      checkStatus(await lab.send("POST", url, fields, bytes), [204], "POST that is a PATCH");
      check((await lab.offset(url)) === bytes.length, "the octets are not there");
    },
  },
  {
    id: "chunked",
    title: "a PATCH of no declared length",
    source: "Core, PATCH",
    async run(lab) {
      const url = await create(lab);
      const open = lab.open("PATCH", url, {
        ...tusVersion,
        ...octets,
        "upload-offset": "0",
        "transfer-encoding": "chunked",
      });
      for (let from = 0; from < bytes.length; from += 10_000)
        await open.write(bytes.subarray(from, from + 10_000));
      open.end();
      checkField(await open.reply, "Upload-Offset", size, "PATCH");
      await lab.checkStored(url, bytes);
    },
  },
  {
    id: "resume",
    title: "what came before a break counts, and the rest completes it",
    source: "Core, PATCH",
    async run(lab) {
      const url = await create(lab);
      const open = lab.open("PATCH", url, {
        ...tusVersion,
        ...octets,
        "upload-offset": "0",
        "content-length": size,
      });
      await open.write(bytes.subarray(0, 30_000));
      await pause(200);
      open.destroy();
      const offset = await lab.offset(url);
      check(offset <= 30_000, `the offset is ${offset} after 30000 octets`);
      checkStatus(await lab.patch(url, offset, bytes.subarray(offset)), [204], "the rest");
      await lab.checkStored(url, bytes);
      return { note: `${offset} of 30000 octets were kept` };
    },
  },
];
