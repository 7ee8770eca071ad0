// Digest fields (RFC 9530) and Content-MD5 of uploads, as cases. They bind nobody to hold them against the octets:
// a server that lets a wrong one pass is said not to take part.
import { createHash } from "node:crypto";
import { check, checkStatus } from "./protocol-case.js";
import { append, createDraft } from "./draft-cases.js";
import { needsDraft, needsExtension, type CaseOf } from "./section-cases.js";
import { someBytes, type UploadLab } from "./upload-lab.js";
import type { Fields } from "./wire-client.js";

const bytes = someBytes();
const flipped = Buffer.from(bytes);
flipped[flipped.length >> 1] = (flipped[flipped.length >> 1] ?? 0) ^ 1;

const digest = (name: string, octets: Uint8Array): string =>
  `${name}=:${createHash(name.replace("-", "")).update(octets).digest("base64")}:`;
const md5 = (octets: Uint8Array): string => createHash("md5").update(octets).digest("base64");

/** The right octets under the digest of others: refused, and nothing moves; then under their own. */
async function pieceHeld(lab: UploadLab, fieldsOf: (octets: Uint8Array) => Fields) {
  const { url } = await lab.create({ "upload-length": String(bytes.length) });
  const wrong = await lab.patch(url, 0, flipped, fieldsOf(bytes));
  if (wrong.status < 300) return { skipped: "the server does not hold it against the octets" };
  checkStatus(wrong, [4], "a flipped bit");
  check((await lab.offset(url)) === 0, "the offset has moved");
  checkStatus(await lab.patch(url, 0, bytes, fieldsOf(bytes)), [2], "the right octets");
  await lab.checkStored(url, bytes);
  return {};
}

async function promiseHeld(lab: UploadLab, name: string) {
  const half = bytes.length >> 1;
  const said = { "repr-digest": digest(name, bytes) };
  const wrong = await createDraft(lab, { ...said });
  checkStatus(await append(lab, wrong, [0, half, false]), [2], "the first half");
  // The first half once more, in place of the second.
  const last = await append(lab, wrong, [half, half, true]);
  if (last.status < 300) return { skipped: "the server does not hold it against the octets" };
  checkStatus(last, [4], "half of the octets");
  const { headers, status } = await lab.send("HEAD", wrong);
  check(status >= 400 || headers["upload-complete"] === "?0", "it is complete all the same");
  return {};
}

const byTus: readonly Omit<CaseOf, "source" | "skip">[] = [
  {
    id: "content-digest-sha-256",
    title: "Content-Digest of a PATCH: sha-256",
    run: (lab) => pieceHeld(lab, (octets) => ({ "content-digest": digest("sha-256", octets) })),
  },
  {
    id: "content-digest-sha-512",
    title: "Content-Digest of a PATCH: sha-512, beside one that nobody knows",
    run: (lab) =>
      pieceHeld(lab, (octets) => ({ "content-digest": `x=:AA==:, ${digest("sha-512", octets)}` })),
  },
  {
    id: "content-md5",
    title: "Content-MD5 of a PATCH",
    run: (lab) => pieceHeld(lab, (octets) => ({ "content-md5": md5(octets) })),
  },
];

const byDraft: readonly Omit<CaseOf, "source" | "skip">[] = [
  ...["sha-256", "sha-512"].map((name) => ({
    id: `repr-digest-${name}`,
    title: `Repr-Digest of a creation, held against all requests: ${name}`,
    run: (lab: UploadLab) => promiseHeld(lab, name),
  })),
  {
    id: "want-repr-digest",
    title: "Want-Repr-Digest: the last answer tells the digest of all octets",
    async run(lab) {
      const fields = { "upload-complete": "?1", "want-repr-digest": "sha-256=10" };
      const reply = await lab.send("POST", lab.target, fields, bytes);
      checkStatus(reply, [2], "creation");
      const said = reply.headers["repr-digest"];
      if (said === undefined) return { skipped: "the server does not tell one" };
      check(said.includes(digest("sha-256", bytes)), `it tells ${said}`);
      return {};
    },
  },
];

export const digestCases: readonly CaseOf[] = [
  ...byTus.map((each) => ({ source: "RFC 9530 §2", skip: needsExtension("creation"), ...each })),
  ...byDraft.map((each) => ({ source: "RFC 9530 §3, §4", skip: needsDraft, ...each })),
];
