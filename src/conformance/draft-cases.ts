// Resumable uploads of the IETF (draft-ietf-httpbis-resumable-upload-11, interop version 8), as cases.
import { setTimeout as pause } from "node:timers/promises";
import { check, checkField, checkStatus } from "./protocol-case.js";
import { needsDraft, type CaseOf } from "./section-cases.js";
import { gone } from "./tus-cases.js";
import { locationOf, someBytes, type UploadLab } from "./upload-lab.js";
import type { Fields, OpenRequest, Reply } from "./wire-client.js";

const bytes = someBytes();
const size = String(bytes.length);
const interop = { "upload-draft-interop-version": "8" };
const more = { "upload-complete": "?0" };
const last = { "upload-complete": "?1" };

/** An upload of no octets yet. */
export async function createDraft(lab: UploadLab, fields: Fields = {}): Promise<string> {
  const reply = await lab.send("POST", lab.target, { ...interop, ...more, ...fields });
  checkStatus(reply, [2], "creation");
  return locationOf(reply, lab.target);
}

export const appendFields = (offset: number, complete: boolean): Fields => ({
  ...interop,
  ...(complete ? last : more),
  "upload-offset": String(offset),
  "content-type": "application/partial-upload",
});

export async function append(
  lab: UploadLab,
  url: string,
  [from, to, complete]: readonly [from: number, to: number, complete: boolean],
  fields: Fields = {},
): Promise<Reply> {
  return lab.send(
    "PATCH",
    url,
    { ...appendFields(from, complete), ...fields },
    bytes.subarray(from, to),
  );
}

async function checkState(
  lab: UploadLab,
  url: string,
  offset: number,
  complete: string,
): Promise<void> {
  const reply = await lab.send("HEAD", url, interop);
  checkStatus(reply, [2], "HEAD");
  checkField(reply, "Upload-Offset", String(offset), "HEAD");
  checkField(reply, "Upload-Complete", complete, "HEAD");
}

async function checkAdded(lab: UploadLab, url: string, offset: number): Promise<void> {
  checkStatus(await append(lab, url, [offset, bytes.length, true]), [2], "the rest");
  await checkState(lab, url, bytes.length, "?1");
  await lab.checkStored(url, bytes);
}

const creation: readonly CaseOf[] = [
  {
    id: "draft-careful",
    title: "an empty creation with Upload-Complete: ?0 tells where the upload is, and its limits",
    source: "§4.2",
    async run(lab) {
      const reply = await lab.send("POST", lab.target, {
        ...interop,
        ...more,
        "upload-length": size,
      });
      checkStatus(reply, [2], "creation");
      checkField(reply, "Upload-Complete", "?0", "creation");
      check(reply.headers["upload-limit"] !== undefined, "creation has no Upload-Limit");
      const url = locationOf(reply, lab.target);
      await checkState(lab, url, 0, "?0");
      await checkAdded(lab, url, 0);
    },
  },
  {
    id: "draft-first-piece",
    title: "a creation that brings the first octets",
    source: "§4.2",
    async run(lab) {
      const reply = await lab.send(
        "POST",
        lab.target,
        { ...interop, ...more },
        bytes.subarray(0, 1000),
      );
      checkStatus(reply, [2], "creation");
      checkField(reply, "Upload-Complete", "?0", "creation");
      const url = locationOf(reply, lab.target);
      await checkState(lab, url, 1000, "?0");
      await checkAdded(lab, url, 1000);
    },
  },
  {
    id: "draft-optimistic",
    title: "one request brings it all; 104 tells first where the upload is",
    source: "§4.2, §5",
    async run(lab) {
      const reply = await lab.send("POST", lab.target, { ...interop, ...last }, bytes);
      checkStatus(reply, [2], "creation");
      checkField(reply, "Upload-Complete", "?1", "creation");
      const first = reply.interim.find(({ status }) => status === 104);
      check(first !== undefined, "there is no interim response with 104");
      check(first.headers["location"] !== undefined, "104 has no Location");
      check(first.headers["upload-draft-interop-version"] === "8", "104 has no interop version 8");
      const url = new URL(first.headers["location"], lab.target).href;
      await checkState(lab, url, bytes.length, "?1");
      await lab.checkStored(url, bytes);
    },
  },
  {
    id: "draft-other-version",
    title: "no 104 for a client of no interop version, or another one",
    source: "Appendix B",
    async run(lab) {
      const others: readonly Fields[] = [{}, { "upload-draft-interop-version": "3" }];
      for (const fields of others) {
        const reply = await lab.send("POST", lab.target, { ...fields, ...last }, bytes);
        const count = reply.interim.filter(({ status }) => status === 104).length;
        check(count === 0, `${JSON.stringify(fields)} gets a 104`);
      }
    },
  },
  {
    id: "draft-interrupted",
    title: "a creation that breaks off goes on where 104 has told",
    source: "§4.2",
    async run(lab) {
      const open = lab.open("POST", lab.target, { ...interop, ...last, "content-length": size });
      await open.write(bytes.subarray(0, 30_000));
      const url = await announced(open, lab);
      await pause(200);
      open.destroy();
      const reply = await lab.send("HEAD", url, interop);
      checkField(reply, "Upload-Complete", "?0", "HEAD");
      const offset = Number(reply.headers["upload-offset"]);
      check(offset <= 30_000, `the offset is ${offset} after 30000 octets`);
      await checkAdded(lab, url, offset);
      return { note: `${offset} of 30000 octets were kept` };
    },
  },
  {
    id: "draft-empty",
    title: "a representation of no octets, at once and carefully",
    source: "§4.2",
    async run(lab) {
      const reply = await lab.send("POST", lab.target, { ...interop, ...last });
      checkStatus(reply, [2], "creation");
      const url = await createDraft(lab);
      checkField(await append(lab, url, [0, 0, true]), "Upload-Complete", "?1", "append");
      await checkState(lab, url, 0, "?1");
    },
  },
  {
    id: "draft-inconsistent-creation",
    title: "two lengths in one creation are refused",
    source: "§4.1.3",
    async run(lab) {
      const fields = { ...interop, ...last, "upload-length": "5" };
      checkStatus(await lab.send("POST", lab.target, fields, bytes), [4], "creation");
    },
  },
  {
    id: "draft-too-large",
    title: "a length above max-size is refused",
    source: "§4.1.4",
    async run(lab) {
      const limit = (await lab.advertised()).draftLimit ?? "";
      const max = /max-size=(\d+)/.exec(limit)?.[1];
      if (max === undefined) return { skipped: "no max-size in Upload-Limit" };
      const fields = { ...interop, ...more, "upload-length": String(Number(max) + 1) };
      checkStatus(await lab.send("POST", lab.target, fields), [4], "one octet too many");
    },
  },
];

const appending: readonly CaseOf[] = [
  {
    id: "draft-head",
    title: "HEAD tells offset, completeness, length and limits, and is not cached",
    source: "§4.3",
    async run(lab) {
      const url = await createDraft(lab, { "upload-length": size });
      const reply = await lab.send("HEAD", url, interop);
      checkStatus(reply, [2], "HEAD");
      checkField(reply, "Upload-Offset", "0", "HEAD");
      checkField(reply, "Upload-Complete", "?0", "HEAD");
      checkField(reply, "Upload-Length", size, "HEAD");
      check(reply.headers["upload-limit"] !== undefined, "HEAD has no Upload-Limit");
      check(reply.headers["cache-control"]?.includes("no-store") === true, "HEAD may be cached");
    },
  },
  {
    id: "draft-pieces",
    title: "several PATCH, the last of which completes it",
    source: "§4.4",
    async run(lab) {
      const url = await createDraft(lab);
      checkField(await append(lab, url, [0, 500, false]), "Upload-Complete", "?0", "append");
      checkStatus(await append(lab, url, [500, 500, false]), [2], "an append of no octets");
      checkStatus(await append(lab, url, [500, 40_000, false]), [2], "append");
      const done = await append(lab, url, [40_000, bytes.length, true]);
      checkField(done, "Upload-Complete", "?1", "the last append");
      await checkState(lab, url, bytes.length, "?1");
      await lab.checkStored(url, bytes);
    },
  },
  {
    id: "draft-complete-by-word",
    title: "all octets are there, and it is complete only when the client says so",
    source: "§4.1.3, §4.4",
    async run(lab) {
      const url = await createDraft(lab, { "upload-length": size });
      checkField(
        await append(lab, url, [0, bytes.length, false]),
        "Upload-Complete",
        "?0",
        "append",
      );
      await checkState(lab, url, bytes.length, "?0");
      await checkAdded(lab, url, bytes.length);
    },
  },
  {
    id: "draft-wrong-offset",
    title: "another offset is a 409 with the right one, and nothing moves",
    source: "§4.4.2, §7.1",
    async run(lab) {
      const url = await createDraft(lab);
      await append(lab, url, [0, 100, false]);
      for (const offset of [0, 99, 101]) {
        const reply = await append(lab, url, [offset, offset + 10, true]);
        checkStatus(reply, [409], `offset ${offset}`);
        checkField(reply, "Upload-Offset", "100", "the refusal");
      }
      await checkState(lab, url, 100, "?0");
    },
  },
  {
    id: "draft-malformed",
    title: "an append of another type, or without offset or completeness, is refused",
    source: "§4.4.1",
    async run(lab) {
      const url = await createDraft(lab);
      const wrong: readonly Fields[] = [
        { "content-type": "application/octet-stream" },
        { "upload-offset": "-1" },
        { "upload-complete": "yes" },
      ];
      for (const fields of wrong)
        checkStatus(await append(lab, url, [0, 10, false], fields), [4], JSON.stringify(fields));
      await checkState(lab, url, 0, "?0");
    },
  },
  {
    id: "draft-inconsistent-append",
    title: "an append that completes another length is refused, and the upload goes on",
    source: "§4.1.3, §7.3",
    async run(lab) {
      const url = await createDraft(lab, { "upload-length": size });
      const reply = await append(lab, url, [0, 10, true]);
      checkStatus(reply, [4], "the completion after 10 octets");
      const { headers } = await lab.send("HEAD", url, interop);
      check(headers["upload-complete"] === "?0", "it is complete");
      await checkAdded(lab, url, Number(headers["upload-offset"]));
    },
  },
  {
    id: "draft-too-much",
    title: "more octets than the length end the upload",
    source: "§4.4.2",
    async run(lab) {
      const url = await createDraft(lab, { "upload-length": "10" });
      const chunked = { "transfer-encoding": "chunked" };
      checkStatus(await append(lab, url, [0, 11, false], chunked), [4], "11 octets for 10");
      checkStatus(await lab.send("HEAD", url, interop), gone, "HEAD after it");
    },
  },
  {
    id: "draft-completed",
    title: "nothing can be added to what is complete",
    source: "§4.4.2",
    async run(lab) {
      const url = await createDraft(lab);
      await append(lab, url, [0, bytes.length, true]);
      const reply = await lab.send("PATCH", url, appendFields(bytes.length, true), someBytes(10));
      checkStatus(reply, [4], "ten octets more");
      await checkState(lab, url, bytes.length, "?1");
      await lab.checkStored(url, bytes);
    },
  },
  {
    id: "draft-broken",
    title: "an append that breaks off completes nothing",
    source: "§4.4.2",
    async run(lab) {
      const url = await createDraft(lab);
      const open = lab.open("PATCH", url, { ...appendFields(0, true), "content-length": size });
      await open.write(bytes.subarray(0, 30_000));
      await pause(200);
      open.destroy();
      const { headers } = await lab.send("HEAD", url, interop);
      check(headers["upload-complete"] === "?0", "it is complete");
      await checkAdded(lab, url, Number(headers["upload-offset"]));
    },
  },
  {
    id: "draft-cancel",
    title: "DELETE ends an upload",
    source: "§4.5",
    async run(lab) {
      const url = await createDraft(lab);
      await append(lab, url, [0, 100, false]);
      checkStatus(await lab.send("DELETE", url, interop), [2], "DELETE");
      checkStatus(await lab.send("HEAD", url, interop), gone, "HEAD after it");
      checkStatus(await append(lab, url, [100, 200, false]), gone, "an append after it");
    },
  },
];

export const draftCases: readonly CaseOf[] = [...creation, ...appending].map((each) => ({
  skip: needsDraft,
  ...each,
}));

async function announced(open: OpenRequest, lab: UploadLab): Promise<string> {
  const { headers } = await open.informed;
  check(headers["location"] !== undefined, "104 has no Location");
  return new URL(headers["location"], lab.target).href;
}
