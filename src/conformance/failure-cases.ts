// What goes wrong between clients, servers and time, seen from outside: no answer of success without the octets,
// and no octets lost behind one. By tus, which most servers speak.
import { setTimeout as pause } from "node:timers/promises";
import { check, checkField, checkStatus, type Outcome } from "./protocol-case.js";
import { needsExtension, type CaseOf } from "./section-cases.js";
import { gone } from "./tus-cases.js";
import { expiryIn, octets, outlive, someBytes, tusVersion, type UploadLab } from "./upload-lab.js";
import type { OpenRequest, Reply } from "./wire-client.js";

const bytes = someBytes(300_000);
const size = String(bytes.length);
/** Long enough for any machine; what was measured is told. */
const takeoverMsMax = 10_000;

async function create(lab: UploadLab): Promise<string> {
  return (await lab.create({ "upload-length": size })).url;
}

/** A PATCH that has sent this much and does not go on. */
async function hanging(lab: UploadLab, url: string, end: number): Promise<OpenRequest> {
  const fields = { ...tusVersion, ...octets, "upload-offset": "0", "content-length": size };
  const open = lab.open("PATCH", url, fields);
  await open.write(bytes.subarray(0, end));
  await pause(200);
  return open;
}

async function timed<Value>(work: () => Promise<Value>): Promise<[Value, number]> {
  const started = performance.now();
  const value = await work();
  return [value, Math.round(performance.now() - started)];
}

function checkTakeover(ms: number): Outcome {
  check(ms <= takeoverMsMax, `it takes more than ${takeoverMsMax} ms`);
  return { note: `${ms} ms` };
}

/** An answer that tells its client that all octets are there; undefined for any other, or for none. */
async function successOf(reply: Promise<Reply>): Promise<Reply | undefined> {
  const got = await reply.catch(() => undefined);
  const isTold = got !== undefined && got.status < 300 && got.headers["upload-offset"] === size;
  return isTold ? got : undefined;
}

const takeovers: readonly CaseOf[] = [
  {
    id: "head-during-patch",
    title: "HEAD while a PATCH hangs is answered, and its offset holds",
    source: "lock of an upload",
    async run(lab) {
      const url = await create(lab);
      const open = await hanging(lab, url, 100_000);
      const [offset, ms] = await timed(() => lab.offset(url));
      check(offset <= 100_000, `the offset is ${offset} after 100000 octets`);
      const reply = await lab.patch(url, offset, bytes.subarray(offset));
      open.destroy();
      checkStatus(reply, [204], "PATCH at that offset");
      await lab.checkStored(url, bytes);
      return checkTakeover(ms);
    },
  },
  {
    id: "patch-during-patch",
    title: "a PATCH while another hangs takes over, and what the other sends later changes nothing",
    source: "lock of an upload",
    async run(lab) {
      const url = await create(lab);
      const open = await hanging(lab, url, 0);
      const [reply, ms] = await timed(() => lab.patch(url, 0, bytes));
      open.end(someBytes(bytes.length));
      const late = await successOf(open.reply);
      checkStatus(reply, [204], "the second PATCH");
      check(late === undefined, "both are told that all octets are there");
      await lab.checkStored(url, bytes);
      return checkTakeover(ms);
    },
  },
  {
    id: "many-at-one-offset",
    title: "many PATCH at one offset: at most one succeeds, and the octets are its own",
    source: "lock of an upload",
    async run(lab) {
      const url = await create(lab);
      const bodies = Array.from({ length: 8 }, () => someBytes(bytes.length));
      const replies = await Promise.all(bodies.map((each) => successOf(lab.patch(url, 0, each))));
      const winners = bodies.filter((_, i) => replies[i] !== undefined);
      check(winners.length <= 1, `${winners.length} of 8 are told that all octets are there`);
      const [winner] = winners;
      if (winner) await lab.checkStored(url, winner);
      return { note: `${winners.length} of 8 succeeded` };
    },
  },
  {
    id: "delete-during-patch",
    title: "DELETE while a PATCH hangs: the PATCH does not succeed, and nothing is left",
    source: "termination",
    skip: needsExtension("creation", "termination"),
    async run(lab) {
      const url = await create(lab);
      const open = await hanging(lab, url, 100_000);
      const deleted = await lab.send("DELETE", url, tusVersion);
      open.end(bytes.subarray(100_000));
      const late = await successOf(open.reply);
      if (deleted.status >= 300) return { skipped: `DELETE is refused with ${deleted.status}` };
      check(late === undefined, "the PATCH is told that all octets are there");
      checkStatus(await lab.head(url), gone, "HEAD after it");
      return {};
    },
  },
  {
    id: "offset-while-writing",
    title: "the offset never goes back while clients come and go",
    source: "offset",
    async run(lab) {
      const url = await create(lab);
      let offset = 0;
      for (let round = 0; round < 5; round++) {
        const fields = { ...tusVersion, ...octets, "upload-offset": String(offset) };
        const open = lab.open("PATCH", url, { ...fields, "transfer-encoding": "chunked" });
        await open.write(bytes.subarray(offset, offset + 40_000));
        if (round % 2 === 0) await pause(50);
        open.destroy();
        const next = await lab.offset(url);
        check(next >= offset, `it goes from ${offset} to ${next}`);
        check(next <= offset + 40_000, `it is ${next} after ${offset + 40_000} octets`);
        offset = next;
      }
      checkStatus(await lab.patch(url, offset, bytes.subarray(offset)), [204], "the rest");
      await lab.checkStored(url, bytes);
    },
  },
];

const bodies: readonly CaseOf[] = [
  ...["content-length", "transfer-encoding"].map((framing): CaseOf => ({
    id: `truncated-${framing}`,
    title: `a body cut off, framed by ${framing}, completes nothing and costs nothing that counted`,
    source: "truncated bodies",
    async run(lab) {
      const url = await create(lab);
      const value = framing === "content-length" ? size : "chunked";
      const fields = { ...tusVersion, ...octets, "upload-offset": "0", [framing]: value };
      const open = lab.open("PATCH", url, fields);
      await open.write(bytes.subarray(0, 200_000));
      open.destroy();
      const offset = await lab.offset(url);
      check(offset <= 200_000, `the offset is ${offset} after 200000 octets`);
      checkStatus(await lab.patch(url, offset, bytes.subarray(offset)), [204], "the rest");
      await lab.checkStored(url, bytes);
    },
  })),
  {
    id: "answer-lost",
    title: "the last PATCH sent again is answered, and changes nothing",
    source: "lost answers",
    async run(lab) {
      const url = await create(lab);
      await lab.patch(url, 0, bytes);
      const again = await lab.patch(url, 0, bytes);
      checkStatus(again, [4], "the same PATCH");
      const empty = await lab.patch(url, bytes.length, new Uint8Array());
      checkStatus(empty, [2, 4], "a PATCH of nothing at the end");
      check((await lab.offset(url)) === bytes.length, "the offset has moved");
      await lab.checkStored(url, bytes);
    },
  },
];

const inTime: readonly CaseOf[] = [
  {
    id: "finished-after-expiry",
    title: "what is finished, and taken where it is to be taken, is there after its expiry",
    source: "expiry",
    async run(lab) {
      const { url, reply } = await lab.create({ "upload-length": size });
      const done = await lab.patch(url, 0, bytes);
      const ms = expiryIn(done, lab.options) ?? expiryIn(reply, lab.options);
      if (ms === undefined) return { skipped: "no upload expires in the time to wait" };
      const token = reply.headers["upload-token"];
      if (token !== undefined && !lab.options.attach)
        return { skipped: "it is to be attached: say where with --attach" };
      if (token !== undefined) await attach(lab, token);
      await outlive(ms);
      const later = await lab.head(url);
      checkStatus(later, [2], "HEAD after the expiry of what is finished");
      checkField(later, "Upload-Offset", size, "HEAD");
      await lab.checkStored(url, bytes);
      return {};
    },
  },
  {
    id: "patch-past-expiry",
    title: "a PATCH that lasts past the expiry: no success without the octets",
    source: "expiry",
    async run(lab) {
      const { url, reply } = await lab.create({ "upload-length": size });
      const ms = expiryIn(reply, lab.options) ?? expiryIn(await lab.head(url), lab.options);
      if (ms === undefined) return { skipped: "no upload expires in the time to wait" };
      const open = await hanging(lab, url, 100_000);
      await outlive(ms);
      open.end(bytes.subarray(100_000));
      const late = await successOf(open.reply);
      if (!late) return { note: "the PATCH is refused" };
      check((await lab.offset(url)) === bytes.length, "the octets are not there");
      await lab.checkStored(url, bytes);
      return { note: "the PATCH succeeds" };
    },
  },
  {
    id: "begun-after-expiry",
    title: "what is begun and left alone is gone after its expiry",
    source: "expiry",
    async run(lab) {
      const url = await create(lab);
      const ms = expiryIn(await lab.patch(url, 0, bytes.subarray(0, 10)), lab.options);
      if (ms === undefined) return { skipped: "no upload expires in the time to wait" };
      await outlive(ms);
      checkStatus(await lab.head(url), gone, "HEAD after the expiry");
      checkStatus(await lab.patch(url, 10, bytes.subarray(10)), gone, "PATCH after the expiry");
      return {};
    },
  },
];

async function attach({ options, send }: UploadLab, token: string): Promise<void> {
  const { path, property } = options.attach ?? { path: "", property: "" };
  const url = options.baseUrl.replace(/\/$/, "") + path;
  const body = Buffer.from(JSON.stringify({ [property]: { upload: token } }));
  const reply = await send("POST", url, { "content-type": "application/json" }, body);
  checkStatus(reply, [2], "POST of a resource that takes it");
}

export const failureCases: readonly CaseOf[] = [
  ...takeovers.map((each) => ({ skip: needsExtension("creation"), ...each })),
  ...bodies.map((each) => ({ skip: needsExtension("creation"), ...each })),
  ...inTime.map((each) => ({ skip: needsExtension("creation", "expiration"), ...each })),
];
