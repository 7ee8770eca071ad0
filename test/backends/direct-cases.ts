// What clients do with the signed URLs of a bucket, by fetch and by curl: the right use works, and whatever else is tried
// is refused, and leaves nothing.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { sendDirect } from "../../src/store/send-direct.js";
import type { Bucket, BucketSigned } from "../../src/store/bucket.js";
import type { DirectPlan, DirectRequest } from "../../src/store/store.js";
import { assertCode, names, pattern, put, readAll, type BucketCase } from "./bucket-cases.js";

export const wanted = (size: number, more: Partial<DirectRequest> = {}): DirectRequest => ({
  expiresMs: 60_000,
  size,
  mediaType: "image/png",
  sha256: undefined,
  method: undefined,
  ...more,
});

export interface DirectCasesOptions {
  /** How long what is to expire lives, and what makes it expire. Default: it has expired when it is made. */
  readonly expiry?: { readonly expiresMs: number; pass(): void };
  /** What has no end in time, and why. */
  readonly endless?: { readonly method: "parts"; readonly why: string };
}

type Run = (
  bucket: Bucket,
  signed: BucketSigned,
  options: Required<Pick<DirectCasesOptions, "expiry">> & DirectCasesOptions,
) => Promise<void>;

const cases: Record<string, Run> = {
  "a signed URL reads one object, whole and in ranges, under the type and name it says": async (
    bucket,
    signed,
    { expiry },
  ) => {
    await put(bucket, "r/1", pattern(1000), 1000);
    const contentDisposition = `attachment; filename="a b.png"; filename*=UTF-8''%C3%BC.png`;
    const how = { expiresMs: 60_000, mediaType: "image/png", contentDisposition };
    const url = await signed.read("r/1", how);
    const whole = await fetch(url);
    assert.equal(whole.status, 200);
    assert.equal(whole.headers.get("content-type"), "image/png");
    assert.equal(whole.headers.get("content-disposition"), contentDisposition);
    assert.ok(pattern(1000).equals(Buffer.from(await whole.arrayBuffer())));
    const part = await fetch(url, { headers: { range: "bytes=10-19" } });
    assert.equal(part.status, 206);
    assert.ok(
      pattern(1000)
        .subarray(10, 20)
        .equals(Buffer.from(await part.arrayBuffer())),
    );
    assert.ok(pattern(1000).equals(await curl(url)));
    await put(bucket, "r/2", pattern(10), 10);
    for (const [method, at] of [
      ["GET", url.replace("r/1", "r/2")],
      ["PUT", url],
      ["DELETE", url],
    ] as const)
      assert.ok((await fetch(at, { method })).status >= 400, method);
    const expired = await signed.read("r/1", { ...how, expiresMs: expiry.expiresMs });
    expiry.pass();
    assert.ok((await fetch(expired)).status >= 400);
  },
  "what is sent as the plan says is an object once it is complete, however often": async (
    bucket,
    signed,
  ) => {
    for (const method of [undefined, "PUT", "POST", "parts"] as const)
      for (const size of [0, 1, 300_000]) {
        const name = `c/${method}-${size}`;
        const { plan, session } = await signed.begin(name, wanted(size, { method }), "aside");
        await assertCode(signed.complete(name, session), "not-found");
        for (const status of await sendDirect(plan, pattern(size))) assert.ok(status < 300, name);
        const [first, again] = [
          await signed.complete(name, session),
          await signed.complete(name, session),
        ];
        assert.deepEqual(first, again);
        assert.equal(first.size, size);
        assert.ok(pattern(size).equals(await readAll(bucket, name, { version: first.version })));
      }
    assert.equal((await names(bucket, "")).length, 12);
  },
  "curl sends it too": async (bucket, signed) => {
    const folder = await mkdtemp(join(tmpdir(), "direct-"));
    const file = join(folder, "file");
    await writeFile(file, pattern(5000));
    try {
      const { plan, session } = await signed.begin(
        "curl",
        wanted(5000, { method: "PUT" }),
        "aside",
      );
      assert.ok(plan.kind === "put");
      const fields = Object.entries(plan.headers).flatMap(([name, value]) => [
        "-H",
        `${name}: ${value}`,
      ]);
      await curl(plan.url, "-X", plan.method, ...fields, "--data-binary", `@${file}`);
      await signed.complete("curl", session);
      assert.ok(pattern(5000).equals(await readAll(bucket, "curl")));
    } finally {
      await rm(folder, { recursive: true });
    }
  },
  "a wrong length is refused, and leaves nothing": async (bucket, signed) => {
    for (const method of ["PUT", "POST", "parts"] as const)
      for (const size of [999, 1001]) {
        const { plan, session } = await signed.begin(method, wanted(1000, { method }), "aside");
        const taken = (await sendDirect(plan, pattern(size), { isCut: false })).every(isTaken);
        const isThere = taken && plan.kind !== "parts";
        const code = isThere ? "upload-rejected" : "not-found";
        await assertCode(signed.complete(method, session), code);
        assert.equal(await bucket.stat(method), undefined);
        if (isThere) {
          await signed.abort(method, session);
          continue;
        }
        // The right one may follow.
        await sendDirect(plan, pattern(1000));
        assert.equal((await signed.complete(method, session)).size, 1000);
        await bucket.delete(method);
      }
    assert.deepEqual(await names(bucket, ""), []);
  },
  "a wrong type is refused, and leaves nothing": async (bucket, signed) => {
    for (const method of ["PUT", "POST"] as const) {
      const { plan, session } = await signed.begin(method, wanted(1000, { method }), "aside");
      const sent = await sendDirect(plan, pattern(1000), { mediaType: "text/html" });
      const code = sent.every(isTaken) ? "upload-rejected" : "not-found";
      await assertCode(signed.complete(method, session), code);
      assert.equal(await bucket.stat(method), undefined);
    }
    assert.deepEqual(await names(bucket, ""), []);
  },
  "an expired URL is refused": async (bucket, signed, { expiry, endless }) => {
    for (const method of ["PUT", "POST", "parts"] as const) {
      if (method === endless?.method) continue;
      const given = wanted(1000, { method, expiresMs: expiry.expiresMs });
      const { plan, session } = await signed.begin(method, given, "aside");
      expiry.pass();
      for (const status of await sendDirect(plan, pattern(1000))) assert.ok(status >= 400, method);
      await assertCode(signed.complete(method, session), "not-found");
    }
    assert.deepEqual(await names(bucket, ""), []);
  },
  "no URL changes an object once it is complete": async (bucket, signed) => {
    for (const method of ["PUT", "POST", "parts"] as const) {
      const { plan, session } = await signed.begin(method, wanted(1000, { method }), "aside");
      await sendDirect(plan, pattern(1000));
      const { version } = await signed.complete(method, session);
      await sendDirect(plan, pattern(1000, 5));
      assert.equal((await signed.complete(method, session)).version, version);
      assert.ok(pattern(1000).equals(await readAll(bucket, method, { version })));
    }
  },
  "a URL is of one object alone": async (bucket, signed) => {
    await put(bucket, "other", pattern(10), 10);
    for (const method of ["PUT", "parts"] as const) {
      const { plan } = await signed.begin("mine", wanted(1000, { method }), "aside");
      if (plan.kind === "session") continue; // its URL names the session, and that alone
      for (const to of ["other", "new"])
        for (const status of await sendDirect(renamed(plan, to), pattern(1000)))
          assert.ok(status >= 400, `${method} ${to} ${status}`);
    }
    const { plan } = await signed.begin("mine", wanted(1000, { method: "POST" }), "aside");
    if (plan.kind === "form") {
      const fields = { ...plan.fields, key: "other" };
      for (const status of await sendDirect({ ...plan, fields }, pattern(1000)))
        assert.ok(status >= 400);
    }
    assert.deepEqual(await names(bucket, ""), ["other"]);
    assert.ok(pattern(10).equals(await readAll(bucket, "other")));
  },
  "what is given up is gone, complete or not": async (bucket, signed) => {
    for (const method of ["PUT", "POST", "parts"] as const)
      for (const until of ["begun", "sent", "complete"] as const) {
        const { plan, session } = await signed.begin(method, wanted(1000, { method }), "aside");
        if (until !== "begun") await sendDirect(plan, pattern(1000));
        if (until === "complete") await signed.complete(method, session);
        await signed.abort(method, session);
        await signed.abort(method, session);
        assert.deepEqual(await names(bucket, ""), [], `${method} ${until}`);
        await assertCode(signed.complete(method, session), "not-found");
      }
    assert.equal(await bucket.sweep("", Date.now() + 60_000), 0);
  },
};

export function createDirectCases({
  expiry = { expiresMs: -1000, pass: () => undefined },
  endless,
}: DirectCasesOptions = {}): BucketCase[] {
  const options = { expiry, ...(endless ? { endless } : {}) };
  return Object.entries(cases).map(([name, run]) => ({
    name:
      endless && name.includes("expired")
        ? `${name}; not of ${endless.method}: ${endless.why}`
        : name,
    run: async (bucket) => {
      assert.ok(bucket.signed);
      await run(bucket, bucket.signed, options);
    },
  }));
}

export const directCases: readonly BucketCase[] = createDirectCases();

const isTaken = (status: number): boolean => status < 300;

/** The same signature for another name. */
function renamed(plan: DirectPlan, to: string): DirectPlan {
  const rename = (url: string) => {
    const changed = new URL(url);
    changed.pathname = changed.pathname.replace(/mine|aside/, to);
    return changed.href;
  };
  if (plan.kind !== "parts") return { ...plan, url: rename(plan.url) };
  return { ...plan, parts: plan.parts.map((part) => ({ ...part, url: rename(part.url) })) };
}

async function curl(url: string, ...args: readonly string[]): Promise<Buffer> {
  const options = { encoding: "buffer", maxBuffer: 10_000_000 } as const;
  const { stdout } = await promisify(execFile)("curl", ["-sS", "--fail", ...args, url], options);
  return stdout;
}
