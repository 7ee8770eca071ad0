// Uploads that clients send by themselves, to the store that has signed for them.
import { afterEach, describe, expect, it } from "vitest";
import { WaybillError } from "../../src/base/fault.js";
import { pictures } from "../system/http-scenario.js";
import { undoAll } from "./open-waybill.js";
import { createSignedStore, type SignedStore } from "./signed-store.js";
import { begin, codesOf, png, remote, said, sha256 } from "./direct-api.js";

afterEach(undoAll);

const sendTo = ({ send }: SignedStore, direct: { url: string }, bytes: Uint8Array = pictures.red) =>
  send(direct.url, bytes);

describe("to the store", () => {
  it("is sent to its URLs, and completed", async () => {
    const { ask, signed } = await remote();
    const { upload, direct, complete, state } = await begin(ask);
    expect(state).toBe("reserved");
    expect(direct).toMatchObject({ kind: "put", method: "PUT", headers: png });
    expect(signed.begun).toEqual([
      { ...said(pictures.red), filename: undefined, method: undefined, expiresMs: 3_600_000 },
    ]);
    const early = await ask("POST", complete);
    expect([early.status, codesOf(early)]).toEqual([409, ["conflict -"]]);
    expect(await sendTo(signed, direct)).toBe(200);
    const done = await ask("POST", complete);
    expect([done.status, done.value]).toEqual([
      200,
      expect.objectContaining({
        state: "verified",
        mediaType: "image/png",
        sha256: sha256(pictures.red),
      }),
    ]);
    expect(done.value).toEqual((await ask("POST", complete)).value);
    const profile = await ask("POST", "/profiles", { name: "A", pic: { upload } });
    expect(profile.status).toBe(201);
    const file = await ask("GET", "/profiles/1/pic");
    expect(file.headers.get("content-length")).toBe(String(pictures.red.length));
    const shown = JSON.stringify([done.value, profile.value]);
    const [key = "none"] = await signed.keys();
    expect(shown).not.toContain(key);
  });

  it.each([
    ["fewer octets", pictures.red.subarray(1), undefined],
    ["other octets", pictures.red.map((each) => each ^ 1), undefined],
    ["a digest that the store says", pictures.red, () => sha256(pictures.blue)],
  ])("%s: refused for good, and nothing is left", async (_, bytes, saysDigest) => {
    const { ask, signed, prune, clock } = await remote({}, createSignedStore(saysDigest));
    const { upload, direct, complete, id } = await begin(ask);
    await sendTo(signed, direct, bytes);
    for (const _ of [1, 2]) {
      const answer = await ask("POST", complete);
      expect([answer.status, codesOf(answer)]).toEqual([422, ["upload-rejected -"]]);
    }
    expect(await signed.keys()).toEqual([]);
    expect((await ask("GET", `/uploads/${id}`)).value.state).toBe("rejected");
    const create = { name: "A", pic: { upload } };
    expect(codesOf(await ask("POST", "/profiles", create))).toEqual(["upload-not-usable /pic"]);
    // Whoever has the URL may still send: what comes goes with the tombstone, which waits for the URL's end.
    signed.overwrite(new URL(direct.url).pathname.slice(1), pictures.red);
    await prune();
    expect(await signed.keys()).toHaveLength(1);
    clock.at += 2 * 3_600_000;
    await prune();
    expect([await signed.keys(), [...signed.sessions]]).toEqual([[], []]);
  });

  it("one that is changed behind the server's back is not attached, and goes", async () => {
    const { ask, signed } = await remote();
    const { upload, direct, complete, id } = await begin(ask);
    await sendTo(signed, direct);
    await ask("POST", complete);
    const [key = ""] = await signed.keys();
    await signed.overwrite(key, pictures.blue);
    const create = { name: "A", pic: { upload } };
    expect(codesOf(await ask("POST", "/profiles", create))).toEqual(["upload-not-usable /pic"]);
    expect((await ask("GET", `/uploads/${id}`)).value.state).toBe("rejected");
    expect(await signed.keys()).toEqual([]);
  });

  it("one that was moved to another store is the same", async () => {
    const { ask, signed } = await remote();
    const { upload, direct, complete } = await begin(ask);
    await sendTo(signed, direct);
    await ask("POST", complete);
    const [key = ""] = await signed.keys();
    await signed.overwrite(key, pictures.red);
    expect((await ask("POST", "/profiles", { name: "A", pic: { upload } })).status).toBe(201);
  });

  it("one that is changed while it is read is refused", async () => {
    const { ask, signed } = await remote();
    const { direct, complete } = await begin(ask);
    await sendTo(signed, direct);
    const { open } = signed.store;
    Object.assign(signed.store, {
      open: async (key: string) => {
        const reader = await open(key);
        await signed.overwrite(key, pictures.red);
        return reader;
      },
    });
    expect((await ask("POST", complete)).status).toBe(422);
  });

  it("two nodes complete it at once: once, and both are told", async () => {
    const { ask, node, signed, db } = await remote();
    const other = await node();
    const { direct, complete } = await begin(ask);
    await sendTo(signed, direct);
    const answers = await Promise.all(
      [ask, other.ask, ask, other.ask].map((each) => each("POST", complete)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await db.all("SELECT id FROM blob")).toHaveLength(1);
    const events = await db.all("SELECT id FROM event WHERE type = 'upload.verified'");
    expect(events).toHaveLength(1);
  });

  it("whoever meets another on its way in the storage looks whether that has done it", async () => {
    const { ask, signed } = await remote();
    const { direct, complete } = await begin(ask);
    await sendTo(signed, direct);
    saysOnce(signed, "not-found");
    expect((await ask("POST", complete)).value.state).toBe("verified");
  });

  it("what the storage has taken and was not announced is refused for good, in its words", async () => {
    const { ask, signed } = await remote();
    const { complete, id } = await begin(ask);
    saysOnce(signed, "upload-rejected");
    const answer = await ask("POST", complete);
    expect([answer.status, answer.value.detail]).toEqual([422, "So the storage says."]);
    expect((await ask("GET", `/uploads/${id}`)).value.state).toBe("rejected");
    expect((await ask("POST", complete)).status).toBe(422);
    expect([await signed.keys(), [...signed.sessions]]).toEqual([[], []]);
  });

  it.each(["complete", "stat", "open"] as const)(
    "cut off in %s, nobody is told, and the next request finishes it",
    async (call) => {
      const { ask, signed } = await remote();
      const { direct, complete } = await begin(ask);
      await sendTo(signed, direct);
      const broken = failsOnce(signed, call);
      expect((await ask("POST", complete)).status).toBe(500);
      expect(broken()).toBe(true);
      expect((await ask("POST", complete)).value.state).toBe("verified");
    },
  );

  it("cut off once it has arrived, the pruner finishes it", async () => {
    const { ask, signed, prune } = await remote();
    const { direct, complete, id } = await begin(ask);
    await sendTo(signed, direct);
    failsOnce(signed, "open");
    expect((await ask("POST", complete)).status).toBe(500);
    expect((await ask("GET", `/uploads/${id}`)).value.state).toBe("stored");
    await prune();
    expect((await ask("GET", `/uploads/${id}`)).value.state).toBe("verified");
  });

  it.each(["abort", "expire"])("%s ends the store's session", async (way) => {
    const { ask, signed, prune, clock } = await remote();
    const { direct, complete, id } = await begin(ask);
    await sendTo(signed, direct);
    expect(signed.sessions.size).toBe(1);
    if (way === "abort") await ask("DELETE", `/uploads/${id}`);
    clock.at += 25 * 3_600_000;
    await prune();
    clock.at += 2 * 3_600_000;
    await prune();
    expect([[...signed.sessions], await signed.keys()]).toEqual([[], []]);
    expect((await ask("POST", complete)).status).toBe(way === "abort" ? 410 : 410);
  });

  it("a session that cannot be ended now is ended later", async () => {
    const { ask, signed, prune, clock } = await remote();
    const { id } = await begin(ask);
    signed.before = async (call) => {
      if (call === "abort") throw new Error("down");
    };
    expect((await ask("DELETE", `/uploads/${id}`)).status).toBe(204);
    clock.at += 2 * 3_600_000;
    await prune();
    expect(signed.sessions.size).toBe(1);
    signed.before = async () => undefined;
    await prune();
    expect(signed.sessions.size).toBe(0);
  });

  it("given up while it is completed: one of them wins, and nothing is left", async () => {
    const { ask, signed, prune, clock } = await remote();
    const { direct, complete, id } = await begin(ask);
    await sendTo(signed, direct);
    signed.before = async (call) => {
      if (call !== "complete") return;
      signed.before = async () => undefined;
      expect((await ask("DELETE", `/uploads/${id}`)).status).toBe(204);
    };
    expect((await ask("POST", complete)).status).toBe(410);
    clock.at += 2 * 3_600_000;
    await prune();
    expect(await signed.keys()).toEqual([]);
  });

  it("for one Idempotency-Key there is one: URLs that were not heard are of another, and the first is given up", async () => {
    const { ask, signed, prune, clock } = await remote();
    const key = { "idempotency-key": "k1" };
    const first = await begin(ask, pictures.red, {}, key);
    const again = await begin(ask, pictures.red, {}, key);
    expect(again.direct.url).not.toBe(first.direct.url);
    expect((await ask("GET", `/uploads/${first.id}`)).value.state).toBe("aborted");
    await sendTo(signed, again.direct);
    await ask("POST", again.complete);
    const done = await begin(ask, pictures.red, {}, key);
    expect(done).toMatchObject({ id: again.id, state: "verified" });
    clock.at += 2 * 3_600_000;
    await prune();
    expect(signed.sessions.size).toBe(0);
  });
});

/** Its first answer to `complete`, once it has done what it could. */
function saysOnce({ store }: SignedStore, code: "not-found" | "upload-rejected"): void {
  const { signed } = store;
  if (!signed) throw new Error("It signs.");
  const { complete } = signed;
  Object.assign(signed, {
    async complete(...args: Parameters<typeof complete>) {
      Object.assign(signed, { complete });
      await complete(...args).catch(() => undefined);
      throw new WaybillError({ code, detail: "So the storage says." });
    },
  });
}

/** One call of the store fails, once it has done its work. */
function failsOnce({ store }: SignedStore, call: "complete" | "stat" | "open"): () => boolean {
  const owner = (call === "open" ? store : store.signed) as unknown as Record<string, Function>;
  const work = owner[call]!;
  let isDone = false;
  owner[call] = async (...args: unknown[]) => {
    const result = await work.apply(owner, args);
    if (isDone) return result;
    isDone = true;
    throw new Error("cut off");
  };
  return () => isDone;
}
