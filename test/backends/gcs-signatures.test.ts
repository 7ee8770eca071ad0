// The fake's verifier of V4 signatures against what the SDK signs, against what is tampered with, and against the vectors
// that Google publishes (googleapis/conformance-tests, storage/v1), where GCS_V4_VECTORS names a folder that has them.
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Storage } from "@google-cloud/storage";
import { describe, expect, it } from "vitest";
import { verifyPolicy, verifySignedUrl } from "../servers/gcs-signature.js";

const { publicKey: key, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const email = "signer@test-project.iam.gserviceaccount.com";
const private_key = String(privateKey.export({ type: "pkcs8", format: "pem" }));
const signer = { email, key, nowMs: Date.now() };
const file = new Storage({ credentials: { client_email: email, private_key } })
  .bucket("bucket")
  .file("a b/ü%.png");
const minute = () => Date.now() + 60_000;
const headers = { "x-goog-if-generation-match": "0", "content-type": "image/png" };

describe("a URL that the SDK has signed", async () => {
  const [text] = await file.getSignedUrl({
    version: "v4",
    action: "write",
    expires: minute(),
    contentType: "image/png",
    extensionHeaders: { "x-goog-if-generation-match": "0" },
  });
  const url = new URL(text);
  const changed = (change: (url: URL) => void): URL => {
    const other = new URL(url);
    change(other);
    return other;
  };

  it("is accepted", () => verifySignedUrl({ method: "PUT", url, headers }, signer));

  const wrong = {
    "another method": { method: "GET", url, headers },
    "another name": { method: "PUT", url: changed((u) => (u.pathname += "x")), headers },
    "another bucket": {
      method: "PUT",
      url: changed((u) => (u.pathname = u.pathname.replace("bucket", "other"))),
      headers,
    },
    "one parameter more": {
      method: "PUT",
      url: changed((u) => u.searchParams.set("a", "b")),
      headers,
    },
    "a longer life": {
      method: "PUT",
      url: changed((u) => u.searchParams.set("X-Goog-Expires", "600")),
      headers,
    },
    "another type": { method: "PUT", url, headers: { ...headers, "content-type": "text/html" } },
    "a condition that is left out": {
      method: "PUT",
      url,
      headers: { "content-type": "image/png" },
    },
    "a header of Google's that is not signed": {
      method: "PUT",
      url,
      headers: { ...headers, "x-goog-acl": "public-read" },
    },
  };
  for (const [name, request] of Object.entries(wrong))
    it(`is refused with ${name}`, () => expect(() => verifySignedUrl(request, signer)).toThrow());
  it("is refused once it has expired", () => {
    const late = { ...signer, nowMs: Date.now() + 61_000 };
    expect(() => verifySignedUrl({ method: "PUT", url, headers }, late)).toThrow(/expired/);
  });
});

describe("a form that the SDK has signed", async () => {
  const [{ fields }] = await file.generateSignedPostPolicyV4({
    expires: minute(),
    conditions: [["content-length-range", 10, 10]],
    fields: { "content-type": "image/png" },
  });
  const given = new Map(Object.entries(fields));
  const form = { bucket: "bucket", fields: given, fileBytes: 10 };
  it("is accepted", () => verifyPolicy(form, signer));
  const wrong = {
    "another bucket": { ...form, bucket: "other" },
    "another key": { ...form, fields: new Map([...given, ["key", "x"]]) },
    "another type": { ...form, fields: new Map([...given, ["content-type", "text/html"]]) },
    "one field more": { ...form, fields: new Map([...given, ["acl", "public-read"]]) },
    "an octet less": { ...form, fileBytes: 9 },
    "an octet more": { ...form, fileBytes: 11 },
    "another policy": {
      ...form,
      fields: new Map([...given, ["policy", Buffer.from("{}").toString("base64")]]),
    },
  };
  for (const [name, request] of Object.entries(wrong))
    it(`is refused with ${name}`, () => expect(() => verifyPolicy(request, signer)).toThrow());
});

interface Vectors {
  readonly signingV4Tests: readonly {
    readonly description: string;
    readonly method: string;
    readonly timestamp: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly expectedUrl: string;
  }[];
  readonly postPolicyV4Tests: readonly {
    readonly description: string;
    readonly policyInput: { readonly bucket: string; readonly timestamp: string };
    readonly policyOutput: { readonly fields: Readonly<Record<string, string>> };
  }[];
}

const folder = process.env["GCS_V4_VECTORS"];
const title =
  "the published vectors (GCS_V4_VECTORS names a folder with them; they are not kept here)";

describe.skipIf(folder === undefined)(title, () => {
  if (folder === undefined) return;
  const read = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8"));
  const account: { client_email: string; private_key: string } = read(
    "test_service_account.not-a-test.json",
  );
  const vectors: Vectors = read("v4_signatures.json");
  const theirs = (timestamp: string) => ({
    email: account.client_email,
    key: createPublicKey(account.private_key),
    nowMs: Date.parse(timestamp),
  });
  for (const {
    description,
    method,
    timestamp,
    headers: sent = {},
    expectedUrl,
  } of vectors.signingV4Tests)
    it(description, () => {
      const lower = Object.entries(sent).map(([name, value]) => [name.toLowerCase(), value]);
      const request = { method, url: new URL(expectedUrl), headers: Object.fromEntries(lower) };
      verifySignedUrl(request, theirs(timestamp));
    });
  for (const { description, policyInput, policyOutput } of vectors.postPolicyV4Tests)
    it(description, () => {
      const entries = Object.entries(policyOutput.fields);
      const fields = new Map(entries.map(([name, value]) => [name.toLowerCase(), value]));
      // One of them asks for a field that it does not give.
      if (description === "POST Policy ACL matching") fields.set("acl", "public-read");
      const range = /"content-length-range",(\d+)/.exec(
        Buffer.from(fields.get("policy") ?? "", "base64").toString(),
      );
      const request = { bucket: policyInput.bucket, fields, fileBytes: Number(range?.[1] ?? 1) };
      verifyPolicy(request, theirs(policyInput.timestamp));
    });
});
