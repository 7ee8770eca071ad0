// The contract of signed URLs, for stores that have them: what clients do with them, and what they cannot do.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createUuid } from "../base/id.js";
import { sendDirect } from "./send-direct.js";
import type { DirectRequest, Store } from "./store.js";
import { assertCode, keysOf, pattern, put, readAll, signedOf } from "./store-steps.js";

const methods = [undefined, "PUT", "POST", "parts"] as const;

const wanted = (size: number, method: DirectRequest["method"]): DirectRequest => ({
  expiresMs: 600_000,
  size,
  mediaType: "image/png",
  sha256: createHash("sha256").update(pattern(size)).digest("hex"),
  method,
});

export const signedCases: Record<string, (store: Store) => Promise<void>> = {
  "a signed URL reads one blob, whole and in ranges, under the type and name it says": async (
    store,
  ) => {
    const bytes = pattern(300_000);
    const key = await put(store, bytes);
    const contentDisposition = `attachment; filename="a.png"; filename*=UTF-8''%C3%A4.png`;
    const how = { expiresMs: 60_000, mediaType: "image/png", contentDisposition };
    const url = await signedOf(store).read(key, how);
    const whole = await fetch(url);
    assert.deepEqual([whole.status, whole.headers.get("content-type")], [200, "image/png"]);
    assert.equal(whole.headers.get("content-disposition"), contentDisposition);
    assert.ok(bytes.equals(Buffer.from(await whole.arrayBuffer())));
    const part = await fetch(url, { headers: { range: "bytes=10-19" } });
    assert.equal(part.status, 206);
    assert.ok(bytes.subarray(10, 20).equals(Buffer.from(await part.arrayBuffer())));
  },
  "what a client sends itself is a blob once it is complete, however often": async (store) => {
    const signed = signedOf(store);
    const keys: string[] = [];
    for (const method of methods)
      for (const size of [0, 1, 300_000]) {
        const key = createUuid(Date.now());
        const { plan, session } = await signed.begin(key, wanted(size, method));
        await assertCode(signed.complete(key, session), "not-found");
        for (const status of await sendDirect(plan, pattern(size)))
          assert.ok(status < 300, `${plan.kind}: ${status}`);
        assert.deepEqual(await keysOf(store), keys, `${plan.kind} of ${size}: not complete`);
        const first = await signed.complete(key, session);
        assert.deepEqual(await signed.complete(key, session), first);
        assert.deepEqual(await signed.stat(key), first);
        assert.equal(first.size, size);
        if (first.sha256 !== undefined) assert.equal(first.sha256, wanted(size, method).sha256);
        assert.ok(pattern(size).equals(await readAll(store, key)));
        keys.push(key);
        keys.sort();
      }
    await store.sweepAbandoned?.(Date.now() + 60_000);
    assert.deepEqual(await keysOf(store), keys);
  },
  "parts come in any order, and again": async (store) => {
    const signed = signedOf(store);
    const bytes = pattern(40_000_000);
    const key = createUuid(Date.now());
    const { plan, session } = await signed.begin(key, wanted(bytes.length, "parts"));
    if (plan.kind === "parts") {
      const [first, ...rest] = plan.parts.toReversed();
      assert.ok(first && rest.length > 0);
      await sendDirect({ kind: "parts", parts: [first, first] }, bytes);
      await assertCode(signed.complete(key, session), "not-found");
      await sendDirect({ kind: "parts", parts: rest }, bytes);
    } else await sendDirect(plan, bytes);
    assert.equal((await signed.complete(key, session)).size, bytes.length);
    assert.ok(bytes.equals(await readAll(store, key)));
  },
  "a lying length is no blob; where the storage has not taken it, the right one may follow": async (
    store,
  ) => {
    const signed = signedOf(store);
    for (const method of methods)
      for (const size of [999, 1001]) {
        const key = createUuid(Date.now());
        const { plan, session } = await signed.begin(key, wanted(1000, method));
        const sent = await sendDirect(plan, pattern(size), { isCut: false });
        const isThere = plan.kind !== "parts" && sent.every((status) => status < 300);
        const code = isThere ? "upload-rejected" : "not-found";
        await assertCode(signed.complete(key, session), code);
        assert.equal(await signed.stat(key), undefined);
        if (isThere) {
          await signed.abort(key, session);
          continue;
        }
        await sendDirect(plan, pattern(1000));
        assert.equal((await signed.complete(key, session)).size, 1000);
        await store.delete(key);
      }
    assert.deepEqual(await keysOf(store), []);
  },
  "no URL changes a blob once it is complete": async (store) => {
    const signed = signedOf(store);
    for (const method of methods) {
      const key = createUuid(Date.now());
      const { plan, session } = await signed.begin(key, wanted(1000, method));
      await sendDirect(plan, pattern(1000));
      const { version } = await signed.complete(key, session);
      await sendDirect(plan, pattern(1000, 5));
      assert.equal((await signed.complete(key, session)).version, version);
      assert.ok(pattern(1000).equals(await readAll(store, key)));
    }
  },
  "what is given up is gone, complete or not": async (store) => {
    const signed = signedOf(store);
    for (const method of methods)
      for (const until of ["begun", "sent", "complete"] as const) {
        const key = createUuid(Date.now());
        const { plan, session } = await signed.begin(key, wanted(1000, method));
        if (until !== "begun") await sendDirect(plan, pattern(1000));
        if (until === "complete") await signed.complete(key, session);
        await signed.abort(key, session);
        await signed.abort(key, session);
        assert.deepEqual(await keysOf(store), [], `${plan.kind} ${until}`);
        await assertCode(signed.complete(key, session), "not-found");
      }
    assert.equal((await store.sweepAbandoned?.(Date.now() + 60_000)) ?? 0, 0);
  },
};
