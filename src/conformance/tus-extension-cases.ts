// The extensions of tus 1.0, as cases; those that the server does not advertise are skipped.
import { createHash, getHashes } from "node:crypto";
import { check, checkField, checkStatus } from "./protocol-case.js";
import { needsExtension, type CaseOf } from "./section-cases.js";
import { gone } from "./tus-cases.js";
import { octets, someBytes, tusVersion, type UploadLab } from "./upload-lab.js";
import type { Fields } from "./wire-client.js";

const bytes = someBytes();
const size = String(bytes.length);
const length = { "upload-length": size };
const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** The order says nothing. */
const pairs = (text: string): string =>
  text
    .split(",")
    .map((each) => each.trim())
    .toSorted()
    .join(",");

const extensionCases = (
  extension: string,
  cases: readonly Omit<CaseOf, "source" | "skip">[],
): CaseOf[] =>
  cases.map((each) => ({ source: extension, skip: needsExtension(extension), ...each }));

const creation = extensionCases("creation", [
  {
    id: "creation-empty",
    title: "an upload of no octets is complete at once",
    async run(lab) {
      const { url } = await lab.create({ "upload-length": "0" });
      check((await lab.offset(url)) === 0, "the offset is not 0");
    },
  },
  {
    id: "creation-metadata",
    title: "Upload-Metadata reads back as it was sent",
    async run(lab) {
      const metadata = `filename ${base64("żółw.txt")},filetype ${base64("text/plain")},flag`;
      const { url } = await lab.create({ ...length, "upload-metadata": metadata });
      const said = (await lab.head(url)).headers["upload-metadata"] ?? "";
      check(pairs(said) === pairs(metadata), `it reads back as ${said || "nothing"}`);
    },
  },
  {
    id: "creation-malformed",
    title: "a creation without a length, or with one that is none, is refused",
    async run(lab) {
      const wrong: readonly Fields[] = [{}, { "upload-length": "-1" }, { "upload-length": "many" }];
      for (const fields of wrong)
        checkStatus(
          await lab.send("POST", lab.target, { ...tusVersion, ...fields }),
          [4],
          JSON.stringify(fields),
        );
    },
  },
  {
    id: "creation-too-large",
    title: "a length above Tus-Max-Size is a 413",
    async run(lab) {
      const { tusMaxSize } = await lab.advertised();
      if (tusMaxSize === undefined) return { skipped: "no Tus-Max-Size" };
      const fields = { ...tusVersion, "upload-length": String(tusMaxSize + 1) };
      checkStatus(await lab.send("POST", lab.target, fields), [413], "one octet too many");
    },
  },
]);

const more = [
  ...extensionCases("creation-with-upload", [
    {
      id: "with-upload",
      title: "the creation brings octets, all of them or the first",
      async run(lab) {
        for (const end of [bytes.length, 1000]) {
          const made = await lab.create({ ...length, ...octets }, bytes.subarray(0, end));
          checkField(made.reply, "Upload-Offset", String(end), "creation");
          if (end < bytes.length)
            checkStatus(await lab.patch(made.url, end, bytes.subarray(end)), [204], "the rest");
          await lab.checkStored(made.url, bytes);
        }
      },
    },
  ]),
  ...extensionCases("creation-defer-length", [
    {
      id: "defer-length",
      title: "the length comes later, once, and never another",
      async run(lab) {
        const { url } = await lab.create({ "upload-defer-length": "1" });
        checkField(await lab.head(url), "Upload-Defer-Length", "1", "HEAD");
        checkStatus(
          await lab.patch(url, 0, bytes.subarray(0, 500)),
          [204],
          "PATCH before it is known",
        );
        checkStatus(
          await lab.patch(url, 500, bytes.subarray(500, 600), length),
          [204],
          "PATCH with it",
        );
        checkField(await lab.head(url), "Upload-Length", size, "HEAD");
        const other = await lab.patch(url, 600, bytes.subarray(600), { "upload-length": "600" });
        checkStatus(other, [4], "another length");
        checkStatus(await lab.patch(url, 600, bytes.subarray(600)), [204], "the rest");
        await lab.checkStored(url, bytes);
      },
    },
    {
      id: "defer-length-malformed",
      title: "Upload-Defer-Length is 1 or refused",
      async run(lab) {
        const fields = { ...tusVersion, "upload-defer-length": "2" };
        checkStatus(await lab.send("POST", lab.target, fields), [4], "Upload-Defer-Length 2");
      },
    },
  ]),
  ...extensionCases("expiration", [
    {
      id: "expiration",
      title: "PATCH of an upload that may expire tells when, as an HTTP date",
      async run(lab) {
        const { url } = await lab.create(length);
        const said = (await lab.patch(url, 0, bytes.subarray(0, 10))).headers["upload-expires"];
        check(said !== undefined, "Upload-Expires is missing");
        check(new Date(said).toUTCString() === said, `Upload-Expires is ${said}`);
        check(Date.parse(said) > Date.now() - 1000, "it has expired already");
      },
    },
  ]),
  ...extensionCases("termination", [
    {
      id: "termination",
      title: "DELETE ends an upload, begun or complete",
      async run(lab) {
        for (const end of [0, 100, bytes.length]) {
          const { url } = await lab.create(length);
          await lab.patch(url, 0, bytes.subarray(0, end));
          checkStatus(await lab.send("DELETE", url, tusVersion), [204], `DELETE at octet ${end}`);
          checkStatus(await lab.head(url), gone, "HEAD after it");
          checkStatus(await lab.patch(url, end, bytes.subarray(end)), gone, "PATCH after it");
        }
      },
    },
  ]),
];

/** Those of the server's algorithms that can be computed here. */
async function algorithms(lab: UploadLab): Promise<string[]> {
  const known = getHashes();
  return (await lab.advertised()).tusAlgorithms.filter((each) => known.includes(each));
}

const sum = (name: string, octetsOf: Uint8Array): string =>
  `${name} ${createHash(name).update(octetsOf).digest("base64")}`;

const checksum = extensionCases("checksum", [
  {
    id: "checksum",
    title: "a checksum that fits is let through, in each algorithm that is known here",
    async run(lab) {
      const names = await algorithms(lab);
      check(names.length > 0, "Tus-Checksum-Algorithm names nothing that is known here");
      for (const name of names) {
        const { url } = await lab.create(length);
        const fields = { "upload-checksum": sum(name, bytes) };
        checkStatus(await lab.patch(url, 0, bytes, fields), [204], name);
      }
      return { note: names.join(", ") };
    },
  },
  {
    id: "checksum-mismatch",
    title: "one that does not fit is a 460, and the offset stays",
    async run(lab) {
      for (const name of await algorithms(lab)) {
        const { url } = await lab.create(length);
        await lab.patch(url, 0, bytes.subarray(0, 10));
        const fields = { "upload-checksum": sum(name, bytes) };
        checkStatus(await lab.patch(url, 10, bytes.subarray(10), fields), [460], name);
        check((await lab.offset(url)) === 10, "the offset has moved");
      }
    },
  },
  {
    id: "checksum-unknown",
    title: "an algorithm that is not offered is a 400",
    async run(lab) {
      const { url } = await lab.create(length);
      const fields = { "upload-checksum": `none ${base64("x")}` };
      checkStatus(await lab.patch(url, 0, bytes, fields), [400], "the algorithm none");
      check((await lab.offset(url)) === 0, "the offset has moved");
    },
  },
]);

const trailer = extensionCases("checksum-trailer", [
  {
    id: "checksum-trailer",
    title: "the checksum comes after the octets, and is held against them",
    async run(lab) {
      const [name = "sha1"] = await algorithms(lab);
      const headers = { ...tusVersion, ...octets, "upload-offset": "0" };
      const send = (url: string, text: string) =>
        lab.trailed("PATCH", url, { headers, body: bytes, trailers: { "upload-checksum": text } });
      const { url } = await lab.create(length);
      checkStatus(
        await send(url, sum(name, bytes.subarray(1))),
        [460],
        "a trailer that does not fit",
      );
      check((await lab.offset(url)) === 0, "the offset has moved");
      checkStatus(await send(url, sum(name, bytes)), [204], "one that fits");
      check((await lab.offset(url)) === bytes.length, "the octets are not there");
    },
  },
]);

async function part(lab: UploadLab, octetsOf: Uint8Array, end = octetsOf.length): Promise<string> {
  const { url } = await lab.create({
    "upload-length": String(octetsOf.length),
    "upload-concat": "partial",
  });
  if (end > 0)
    checkStatus(await lab.patch(url, 0, octetsOf.subarray(0, end)), [204], "PATCH of a part");
  return url;
}

const concatenation = extensionCases("concatenation", [
  {
    id: "concatenation",
    title: "parts become one upload, in the order that is said",
    async run(lab) {
      const [first, second] = [bytes.subarray(0, 40_000), bytes.subarray(40_000)];
      const later = await part(lab, second);
      const urls = [await part(lab, first), later];
      checkField(await lab.head(later), "Upload-Concat", "partial", "HEAD of a part");
      const paths = urls.map((each) => new URL(each).pathname).join(" ");
      const { url } = await lab.create({ "upload-concat": `final;${paths}` });
      const reply = await lab.head(url);
      checkField(reply, "Upload-Length", size, "HEAD of the whole");
      check(
        reply.headers["upload-concat"]?.startsWith("final;") === true,
        "HEAD has no Upload-Concat",
      );
      await lab.checkStored(url, bytes);
    },
  },
  {
    id: "concatenation-patch",
    title: "nothing can be added to what was joined",
    async run(lab) {
      const path = new URL(await part(lab, bytes)).pathname;
      const { url } = await lab.create({ "upload-concat": `final;${path}` });
      checkStatus(await lab.patch(url, bytes.length, someBytes(1)), [403], "PATCH of the whole");
    },
  },
  {
    id: "concatenation-unknown",
    title: "a part that is not there is refused",
    async run(lab) {
      const missing = `${new URL(lab.target).pathname.replace(/\/$/, "")}/5f0c1e7c-0000-4000-8000-000000000000`;
      const fields = { ...tusVersion, "upload-concat": `final;${missing}` };
      checkStatus(await lab.send("POST", lab.target, fields), [4], "a part that is not there");
    },
  },
]);

export const tusExtensionCases: readonly CaseOf[] = [
  ...creation,
  ...more,
  ...checksum,
  ...trailer,
  ...concatenation,
];
