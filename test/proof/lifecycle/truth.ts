// What must be true: at every moment, and at the end when all that is due has been done. Clients write down what they
// were told; the rows and bytes are looked at directly.
import { expect } from "vitest";
import type { SqlRow } from "../../../src/db/db.js";
import { createReapStep, sweepOrphans } from "../../../src/upload/prune.js";
import { gather } from "./gated-data.js";
import { hourMs, sha256, type Answer, type World } from "./world.js";

/** What may be in the file of a resource: these bytes, no file, or no resource at all. */
export type Content = string | null | undefined;

export interface Truth {
  /** A create that was sent; its resource may turn up even if nobody is told of it. */
  creating(content: Content): void;
  created(path: string, content: Content): void;
  /** Of a create of several: all of them or none; all, once somebody is told so. */
  together(contents: readonly string[]): { done(): void };
  /** Sends a change of a resource that is known. */
  changing(path: string, want: Content): { done(): void; refused(): void };
  /** A file as somebody read it: one of those that it can be, and all of it. */
  read(path: string, answer: Answer): void;
  /** Somebody is told that the upload is whole. */
  toldWhole(id: string): void;
  /** Of a token: who was told that they have it. */
  attachedBy(who: string): void;
  attachers(): readonly string[];
  /** At every moment. */
  look(world: World): Promise<void>;
  /** After the end: sweeps, and looks at everything. */
  settle(world: World, how?: { readonly mayLeave: boolean }): Promise<void>;
}

const ends = new Set(["attached", "expired", "aborted", "rejected"]);

interface UploadRow extends SqlRow {
  id: string;
  key: string;
  state: string;
  received: number;
}

interface Group {
  readonly contents: readonly string[];
  told: boolean;
}

interface Known {
  may: Set<Content>;
  /** Everything it ever could be, for readers that began earlier. */
  readonly ever: Set<Content>;
  open: number;
}

export function createTruth(): Truth {
  const known = new Map<string, Known>();
  const sent = new Set<Content>();
  const states = new Map<string, Set<string>>();
  const attachers: string[] = [];
  const groups: Group[] = [];

  const knownAt = (path: string): Known => {
    const found = known.get(path) ?? { may: new Set(), ever: new Set(), open: 0 };
    known.set(path, found);
    return found;
  };

  return {
    creating: (content) => void sent.add(content),

    created(path, content) {
      const { may, ever } = knownAt(path);
      may.add(content);
      ever.add(content);
    },

    together(contents) {
      const group: Group = { contents, told: false };
      groups.push(group);
      for (const each of contents) sent.add(each);
      return { done: () => void (group.told = true) };
    },

    changing(path, want) {
      const entry = knownAt(path);
      const alone = entry.open === 0;
      entry.open++;
      const before = new Set(entry.may);
      entry.may.add(want);
      entry.ever.add(want);
      return {
        done() {
          entry.open--;
          // What is deleted stays so: ids are not given again.
          if (want === undefined) entry.may = new Set([undefined]);
          else if (alone && entry.open === 0 && !isGone(entry)) entry.may = new Set([want]);
        },
        refused() {
          entry.open--;
          if (alone && entry.open === 0 && !before.has(want)) entry.may.delete(want);
        },
      };
    },

    read(path, { status, text }) {
      const { ever } = knownAt(path);
      if (status === 404)
        return expect([null, undefined].some((each) => ever.has(each))).toBe(true);
      expect(status).toBe(200);
      expect([...ever], `what was read of ${path}`).toContain(text);
    },

    toldWhole(id) {
      const been = [...(states.get(id) ?? [])];
      expect(been, `told that ${id} is whole`).toContain("verified");
    },

    attachedBy: (who) => void attachers.push(who),
    attachers: () => attachers,

    async look(world) {
      const rows = await world.db.all<UploadRow>("SELECT id, key, state, received FROM upload");
      for (const { id, state } of rows) {
        const been = states.get(id) ?? new Set();
        const end = [...been].find((each) => ends.has(each));
        if (end !== undefined && state !== end)
          throw new Error(`The upload ${id}, which was ${end}, is ${state}.`);
        states.set(id, been.add(state));
      }
      await everyRowHasBytes(world);
    },

    async settle(world, { mayLeave } = { mayLeave: false }) {
      await everyRowHasBytes(world);
      await tellTruth(world, { known, sent, groups });
      await world.prune();
      await tellTruth(world, { known, sent, groups });
      // All that waits for somebody is overdue.
      world.advance(30 * hourMs);
      await world.prune();
      // Where no call has failed, nothing is left to be found by a start.
      if (!mayLeave) expect(await strays(world), "what is left after pruning").toEqual([]);
      await sweep(world);
      expect(await strays(world), "what is left after a restart").toEqual([]);
      await everyRowHasBytes(world);
      await tellTruth(world, { known, sent, groups }, { draftsOver: true });
      expect(attachers.length, `attached by ${attachers.join(" and ")}`).toBeLessThanOrEqual(1);
    },
  };
}

/** As a process does when it starts. */
async function sweep({ db, store, now }: World): Promise<void> {
  await store.sweep();
  await sweepOrphans({ db, store, beforeMs: now() });
  const step = createReapStep({ db, store, clock: { now } });
  while (await step());
}

const isGone = ({ may }: Known): boolean => may.size === 1 && may.has(undefined);

async function everyRowHasBytes({ db, store }: World): Promise<void> {
  const rows = await db.all<{ key: string; size: number; sha256: string }>(
    "SELECT key, size, sha256 FROM blob",
  );
  for (const { key, size, sha256: digest } of rows) {
    const reader = await store.open(key).catch(() => undefined);
    if (!reader) throw new Error(`A row without bytes: ${key}.`);
    const text = Buffer.concat(await gather(reader.read())).toString("latin1");
    await reader.close();
    if (text.length !== Number(size) || sha256(text) !== digest)
      throw new Error(`The bytes of ${key} are not those of its row.`);
  }
}

/** Bytes and rows that nothing attaches. */
async function strays({ db, store }: World): Promise<string[]> {
  const attached = await db.all<{ key: string }>(
    "SELECT b.key FROM attachment AS a JOIN blob AS b ON b.id = a.blob_id",
  );
  const blobs = await db.all<{ key: string }>("SELECT key FROM blob");
  const tombs = await db.all<{ key: string }>("SELECT key FROM tombstone");
  const kept = new Set(attached.map(({ key }) => key));
  const stored = (await gather(store.list())).map(({ key }) => key);
  const halves = store.partial ? await gather(store.partial.list()) : [];
  const rows = blobs.filter(({ key }) => !kept.has(key)).map(({ key }) => `row ${key}`);
  const stray = [...stored, ...halves].filter((key) => !kept.has(key));
  return [...stray, ...rows, ...tombs.map(({ key }) => `tombstone ${key}`)];
}

interface Told {
  readonly known: ReadonlyMap<string, Known>;
  readonly sent: ReadonlySet<Content>;
  readonly groups: readonly Group[];
}

async function tellTruth(
  world: World,
  { known, sent, groups }: Told,
  { draftsOver = false } = {},
): Promise<void> {
  for (const [path, { may }] of known) {
    const found = await contentAt(world, path);
    if (draftsOver && path.startsWith("/passports") && found === undefined) continue;
    expect([...may], `${path} at the end`).toContain(found);
  }
  const list = await world.send({ method: "GET", path: "/things" });
  const { results } = JSON.parse(list?.text ?? "") as { results: { id: number }[] };
  const found: Content[] = [];
  for (const { id } of results) {
    const path = `/things/${id}`;
    const content = await contentAt(world, path);
    found.push(content);
    if (!known.has(path)) expect([...sent], `${path}, of which nobody was told`).toContain(content);
  }
  for (const { contents, told } of groups) {
    const there = contents.filter((each) => found.includes(each));
    if (there.length > 0 || told) expect(there, "what was to come together").toEqual(contents);
  }
}

async function contentAt(world: World, path: string): Promise<Content> {
  const shown = await world.send({ method: "GET", path });
  if (shown?.status === 404) return undefined;
  expect(shown?.status, path).toBe(200);
  const property = path.startsWith("/passports") ? "front" : "file";
  const { [property]: reference } = JSON.parse(shown?.text ?? "") as Record<
    string,
    { sha256: string } | null | undefined
  >;
  const got = await world.send({ method: "GET", path: `${path}/${property}` });
  if (!reference) {
    expect(got?.status, `${path}/${property}`).toBe(404);
    return null;
  }
  expect(got?.status, `${path}/${property}`).toBe(200);
  expect(sha256(got?.text ?? ""), `${path}/${property}`).toBe(reference.sha256);
  return got?.text;
}
