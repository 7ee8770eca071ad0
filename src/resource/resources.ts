// What it means to create, read, replace, patch and delete a resource with its files. Each change is
// one transaction; bytes are durable before it and are deleted after it. Knows no HTTP.
import type { Clock } from "../base/clock.js";
import { WaybillError, type Fault } from "../base/fault.js";
import type { ReceivedFile } from "../base/file-reference.js";
import { together } from "../base/together.js";
import type { JsonObject } from "../base/json.js";
import { attachments, type Attachment } from "../db/attachments.js";
import type { Db, Sql } from "../db/db.js";
import { events } from "../db/events.js";
import {
  resources,
  type ResourceName,
  type ResourceQuery,
  type ResourceRow,
} from "../db/resources.js";
import { filePathOf, type CollectionRef } from "./collection-ref.js";
import { excuseMissing, isVisible, missingFiles, type IsExcused, type Owner } from "./drafts.js";
import {
  joinFiles,
  keptFinder,
  KeptFile,
  referenceOf,
  splitFiles,
  type FindKept,
  type SplitValue,
} from "./file-places.js";
import { mergePatch } from "./merge-patch.js";
import { placeFiles, type BindFile } from "./place-files.js";
import { forgetFiles, removeBelow, removeResource } from "./remove-resource.js";
import { changedEvents, createdEvents } from "./resource-events.js";
import { changedMeanwhile, idTaken, noFile, notFound } from "./resource-faults.js";
import { chooseId, stampDocument, withoutStamp } from "./server-fields.js";

export type { Attachment } from "../db/attachments.js";
export type { Owner } from "./drafts.js";
export type {
  ResourceFilter,
  ResourceName,
  ResourceOrder,
  ResourceQuery,
} from "../db/resources.js";

/** A resource as it is stored: `null` stands in the document where a file is. */
export interface ResourceState {
  readonly row: ResourceRow;
  readonly attachments: readonly Attachment[];
}

export interface ResourcesOptions {
  readonly db: Db;
  readonly clock: Clock;
  /** Called after a transaction that left tombstones: deletes their bytes. Never rejects. */
  readonly reap: () => Promise<void>;
  /** Stands before every path of the document in URLs; empty when there is none. */
  readonly basePath: string;
}

/** How one change is made: by whose files, and only if. */
export interface Change {
  readonly bind: BindFile;
  /** Throws when the resource as it is must not be changed (preconditions). */
  readonly check?: (state: ResourceState) => void;
  /** Within the transaction: what is to be kept with what it made. */
  readonly record?: ((sql: Sql, state: ResourceState) => Promise<void>) | undefined;
}

/** A change of a part, after which the whole must still fit. */
export interface CheckedChange extends Change {
  /** Looks at the resource as it would become. */
  readonly validate: (whole: unknown, isExcused: IsExcused) => Fault[];
}

/** One file place of a resource. */
export interface FilePlace {
  readonly id: string;
  readonly property: string;
}

/** All reject with `not-found` where there is no such resource. */
export interface Resources {
  /** `parents` must still be there when it is made. */
  create(
    collection: CollectionRef,
    value: unknown,
    change: Change & { parents: readonly ResourceName[] },
  ): Promise<ResourceState>;
  checkParents(parents: readonly ResourceName[]): Promise<void>;
  find(collection: CollectionRef, id: string): Promise<ResourceState>;
  list(query: ResourceQuery): Promise<{ states: ResourceState[]; total: number }>;
  replace(
    collection: CollectionRef,
    id: string,
    value: unknown,
    change: Change,
  ): Promise<ResourceState>;
  patch(
    collection: CollectionRef,
    id: string,
    patch: unknown,
    change: CheckedChange,
  ): Promise<ResourceState>;
  delete(collection: CollectionRef, id: string, check?: Change["check"]): Promise<void>;
  putFile(
    collection: CollectionRef,
    place: FilePlace,
    file: ReceivedFile,
    change: Change,
  ): Promise<ResourceState>;
  /** Adds to an array of files. */
  addFiles(
    collection: CollectionRef,
    place: FilePlace,
    files: readonly ReceivedFile[],
    change: CheckedChange,
  ): Promise<ResourceState>;
  /** `fileId` for one file of an array. */
  deleteFile(
    collection: CollectionRef,
    place: FilePlace & { fileId?: string },
    change: CheckedChange,
  ): Promise<ResourceState>;
}

/** For each who asks, what is there for them. */
export type ResourcesOf = (owner: Owner) => Resources;

export function createResources(options: ResourcesOptions): ResourcesOf {
  return (owner) => resourcesOf(options, owner);
}

function resourcesOf({ db, clock, reap, basePath }: ResourcesOptions, owner: Owner): Resources {
  const load = async (sql: Sql, { key }: CollectionRef, id: string): Promise<ResourceState> => {
    const row = await resources.get(sql, { collection: key, id });
    if (!row || !isVisible(row, owner, clock.now())) throw notFound(id);
    return { row, attachments: await attachments.ofResource(sql, row) };
  };

  const checkAll = async (sql: Sql, parents: readonly ResourceName[]): Promise<void> => {
    for (const parent of parents) {
      const row = await resources.get(sql, parent);
      if (!row || !isVisible(row, owner, clock.now())) throw notFound(parent.id);
    }
  };

  const finder = (collection: CollectionRef, state: ResourceState): FindKept =>
    keptFinder(state.attachments, (each) => {
      const path = filePathOf(collection, each);
      return path === undefined ? undefined : basePath + path;
    });

  /** One change of one resource: loaded, checked, split, written. */
  const change = async (
    collection: CollectionRef,
    id: string,
    { check, bind, record }: Partial<Change>,
    valueOf: (state: ResourceState) => unknown,
  ): Promise<ResourceState> => {
    const state = await db.transaction(async (sql) => {
      const before = await load(sql, collection, id);
      check?.(before);
      const split = splitFiles(valueOf(before), collection.plan, finder(collection, before));
      const after = await write(sql, collection, before, split, bind);
      await record?.(sql, after);
      return after;
    });
    await reap();
    return state;
  };

  const write = async (
    sql: Sql,
    collection: CollectionRef,
    { row, attachments: held }: ResourceState,
    { document, files }: SplitValue,
    bind: Change["bind"] = unexpected,
  ): Promise<ResourceState> => {
    const { key, plan } = collection;
    const updatedAt = Math.max(clock.now(), row.updatedAt);
    const stamped = stampDocument(plan, document, {
      id: row.id,
      createdAt: row.createdAt,
      updatedAt,
    });
    // In the transaction that brings its last file, it is a draft no more: all see it from here on.
    const draft = row.draft && missingFiles(plan, stamped).length > 0;
    const next = { ...row, document: stamped, draft, updatedAt, expectedVersion: row.version };
    if (!(await resources.update(sql, next))) throw changedMeanwhile();
    await attachments.detach(sql, row);
    await placeFiles(sql, { collection: key, id: row.id }, files, { bind, nowMs: updatedAt });
    await forgetFiles(sql, held, files, updatedAt);
    await events.insert(sql, changedEvents(row, { held, files, draft }), updatedAt);
    return load(sql, collection, row.id);
  };

  return {
    async create(collection, value, { bind, parents, record }) {
      return db.transaction(async (sql) => {
        const nowMs = clock.now();
        const { document, files } = splitFiles(value, collection.plan, () => undefined);
        await checkAll(sql, parents);
        const { seq, id } = await freeId(sql, collection, document, nowMs);
        const stamped = stampDocument(collection.plan, document, {
          id,
          createdAt: nowMs,
          updatedAt: nowMs,
        });
        const row = {
          collection: collection.key,
          id,
          seq,
          document: stamped,
          ...draftOf(collection, stamped, { owner, nowMs }),
          createdAt: nowMs,
          updatedAt: nowMs,
        };
        const told = createdEvents(row, files);
        const [, placed] = await together([
          insert(sql, row),
          placeFiles(sql, row, files, { bind, nowMs }),
          events.insert(sql, told, nowMs),
        ]);
        // What is known is not read back: Postgres would find it next to what others insert at the same time.
        const state = placed
          ? { row: { ...row, version: 1 }, attachments: placed }
          : await load(sql, collection, id);
        await record?.(sql, state);
        return state;
      });
    },

    checkParents: (parents) => checkAll(db, parents),

    find: (collection, id) => load(db, collection, id),

    async list(query) {
      const rows = await resources.list(db, query);
      const total = await totalOf(db, query, rows.length);
      const files = await attachments.ofResources(db, {
        collection: query.collection,
        ids: rows.map(({ id }) => id),
      });
      return { states: rows.map((row) => ({ row, attachments: files.get(row.id) ?? [] })), total };
    },

    replace: (collection, id, value, how) => change(collection, id, how, () => value),

    patch: (collection, id, patch, how) =>
      change(collection, id, how, (state) =>
        fitting(how, collection, state, mergePatch(current(collection, state), patch)),
      ),

    async delete(collection, id, check) {
      await db.transaction(async (sql) => {
        const state = await load(sql, collection, id);
        check?.(state);
        const nowMs = clock.now();
        await removeResource(sql, state.row, { nowMs, removal: "deleted" });
        if (collection.plan.hasBelow) await removeBelow(sql, state.row, nowMs);
      });
      await reap();
    },

    putFile: (collection, { id, property }, file, how) =>
      change(collection, id, how, (state) => ({ ...current(collection, state), [property]: file })),

    addFiles: (collection, { id, property }, files, how) =>
      change(collection, id, how, (state) => {
        const whole = current(collection, state);
        const held = whole[property];
        return fitting(how, collection, state, {
          ...whole,
          [property]: [...(Array.isArray(held) ? held : []), ...files],
        });
      }),

    deleteFile: (collection, { id, property, fileId }, how) =>
      change(collection, id, how, (state) => {
        const whole = current(collection, state);
        return fitting(how, collection, state, withoutFile(whole, property, fileId));
      }),
  };
}

/** Counting reads all that there is; a page that is not full has told it. */
async function totalOf(sql: Sql, query: ResourceQuery, found: number): Promise<number> {
  const { offset, limit } = query;
  const isLast = found < limit && (found > 0 || offset === 0);
  return isLast ? offset + found : resources.count(sql, query);
}

/** The whole as it would become, if it fits its schema; in a draft may go on missing what was missing before. */
function fitting(
  how: CheckedChange,
  { plan }: CollectionRef,
  { row }: ResourceState,
  whole: unknown,
): unknown {
  const missing = row.draft ? missingFiles(plan, row.document) : [];
  const [fault, ...more] = how.validate(whole, excuseMissing(missing));
  if (fault) throw new WaybillError([fault, ...more]);
  return whole;
}

function withoutFile(
  whole: Readonly<Record<string, unknown>>,
  property: string,
  fileId: string | undefined,
): Record<string, unknown> {
  const { [property]: held, ...rest } = whole;
  if (fileId === undefined) {
    if (held instanceof KeptFile) return rest;
    throw noFile(property);
  }
  const files = Array.isArray(held) ? held : [];
  const left = files.filter(
    (each) => !(each instanceof KeptFile && referenceOf(each).id === fileId),
  );
  if (left.length === files.length) throw noFile(property);
  return { ...rest, [property]: left };
}

/** The columns of a new row that say whether it is a draft. */
function draftOf(
  { plan }: CollectionRef,
  document: JsonObject,
  { owner, nowMs }: { owner: Owner; nowMs: number },
): Pick<ResourceRow, "draft" | "owner" | "expiresAt"> {
  if (!plan.drafts || missingFiles(plan, document).length === 0) return { draft: false };
  return { draft: true, owner: owner ?? undefined, expiresAt: nowMs + plan.drafts.expiresMs };
}

// Clients that choose ids may have taken the counter's next ones.
async function freeId(
  sql: Sql,
  { key, plan }: CollectionRef,
  document: JsonObject,
  nowMs: number,
): Promise<{ seq: number; id: string }> {
  for (;;) {
    const seq = await resources.nextId(sql, key);
    const id = chooseId(plan, document, seq, nowMs);
    const counted = plan.id.kind === "integer" && id === String(seq);
    const taken =
      plan.id.byClient && counted && (await resources.get(sql, { collection: key, id }));
    if (!taken || (plan.id.property !== undefined && String(document[plan.id.property]) === id))
      return { seq, id };
  }
}

// The value with kept files in it, as a patch is applied to it.
function current(
  { plan }: CollectionRef,
  { row, attachments: held }: ResourceState,
): Record<string, unknown> {
  return joinFiles(withoutStamp(plan, row.document), held, (each) => new KeptFile(each));
}

function insert(sql: Sql, row: Omit<ResourceRow, "version">): Promise<void> {
  return resources.insert(sql, row).catch((error: unknown) => {
    throw error instanceof WaybillError && error.code === "conflict"
      ? idTaken(row.id, error)
      : error;
  });
}

function unexpected(): never {
  throw new Error("This change brings no files.");
}
