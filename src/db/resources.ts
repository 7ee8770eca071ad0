// Rows of the table `resource`: JSON documents under a collection and an id. Knows nothing of schemas
// and files.
import { jsonEquals, jsonOrder } from "./json-property.js";
import type { JsonObject } from "../base/json.js";
import type { Dialect, Sql, SqlValue } from "./db.js";

export interface ResourceName {
  readonly collection: string;
  readonly id: string;
}

export interface ResourceRow extends ResourceName {
  /** Counts from 1 in each collection and is never reused; for integer ids it is the id. */
  readonly seq: number;
  readonly document: JsonObject;
  /** 1 at first, one more with each update. */
  readonly version: number;
  readonly draft: boolean;
  /** Of a draft: who alone may see it; undefined for nobody in particular. */
  readonly owner?: string | undefined;
  /** Of a draft: from then on it is no more. */
  readonly expiresAt?: number | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface ResourceChange extends ResourceName {
  readonly document: JsonObject;
  readonly draft: boolean;
  readonly updatedAt: number;
  readonly expectedVersion: number;
}

/** A property of the document, or the column that it is kept in. `id` is always its column. */
export interface ResourcePlace {
  readonly property: string;
  readonly column?: "id" | "created_at" | "updated_at";
}

export interface ResourceFilter extends ResourcePlace {
  readonly op: "eq";
  /** Compared by type: 1, `"1"` and `true` differ. `null` also finds what has no such property. */
  readonly value: string | number | boolean | null;
}

export interface ResourceOrder extends ResourcePlace {
  readonly descending: boolean;
}

export interface ResourceQuery {
  readonly collection: string;
  readonly filters: readonly ResourceFilter[];
  /** Ties are broken by `seq`, in the direction of the last order. */
  readonly order: readonly ResourceOrder[];
  readonly limit: number;
  readonly offset: number;
}

export const resources = {
  /** Version 1. Rejects with `conflict` when the id is taken. */
  async insert(sql: Sql, row: Omit<ResourceRow, "version">): Promise<void> {
    const { collection, id, seq, document, draft, owner, expiresAt, createdAt, updatedAt } = row;
    const text = JSON.stringify(document);
    await sql.run(
      `INSERT INTO resource (collection, id, seq, document, version, draft, owner, expires_at, created_at, updated_at)
      VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9)`,
      [
        collection,
        id,
        seq,
        text,
        draft ? 1 : 0,
        owner ?? null,
        expiresAt ?? null,
        createdAt,
        updatedAt,
      ],
    );
  },

  async get(sql: Sql, { collection, id }: ResourceName): Promise<ResourceRow | undefined> {
    const row = await sql.get<StoredRow>(
      `SELECT ${columns} FROM resource WHERE collection = $1 AND id = $2`,
      [collection, id],
    );
    return row && resourceRow(row);
  },

  /** False when it is gone or of another version. Once it is no draft, it has no owner and never expires. */
  async update(sql: Sql, change: ResourceChange): Promise<boolean> {
    const { collection, id, document, draft, updatedAt, expectedVersion } = change;
    const changed = await sql.run(
      `UPDATE resource SET document = $3, draft = $4, updated_at = $5, version = version + 1,
      owner = CASE WHEN $4 = 1 THEN owner END, expires_at = CASE WHEN $4 = 1 THEN expires_at END
      WHERE collection = $1 AND id = $2 AND version = $6`,
      [collection, id, JSON.stringify(document), draft ? 1 : 0, updatedAt, expectedVersion],
    );
    return changed === 1;
  },

  /** Rejects with `conflict` while files are attached. One that is gone is no error. */
  async delete(sql: Sql, { collection, id }: ResourceName): Promise<void> {
    await sql.run("DELETE FROM resource WHERE collection = $1 AND id = $2", [collection, id]);
  },

  /** Drafts that are no more, those first that were so first. */
  async expired(
    sql: Sql,
    { nowMs, limit, offset = 0 }: { nowMs: number; limit: number; offset?: number },
  ): Promise<ResourceRow[]> {
    const rows = await sql.all<StoredRow>(
      `SELECT ${columns} FROM resource WHERE draft = 1 AND expires_at <= $1
      ORDER BY expires_at, collection, id LIMIT $2 OFFSET $3`,
      [nowMs, limit, offset],
    );
    return rows.map(resourceRow);
  },

  /**
   * Within the transaction that deletes an expired draft, before all else: then whoever would complete it at the same
   * time finds another version. False when it is gone, completed or changed.
   */
  async claimExpired(
    sql: Sql,
    { collection, id, version }: ResourceName & { version: number },
  ): Promise<boolean> {
    const claimed = await sql.run(
      `UPDATE resource SET version = version + 1
      WHERE collection = $1 AND id = $2 AND version = $3 AND draft = 1`,
      [collection, id, version],
    );
    return claimed === 1;
  },

  /** All resources in collections whose names begin with this one and a slash, e.g. `/users/7`. Drafts too. */
  async under(sql: Sql, name: string): Promise<ResourceRow[]> {
    // "0" is next to "/": a range of the primary key, in the order of octets.
    const rows = await sql.all<StoredRow>(
      `SELECT ${columns} FROM resource WHERE collection >= $1 AND collection < $2`,
      [`${name}/`, `${name}0`],
    );
    return rows.map(resourceRow);
  },

  /** The next number of the collection. Within the transaction that uses it; there may be gaps. */
  async nextId(sql: Sql, collection: string): Promise<number> {
    if (sql.number) return sql.number(collection);
    const row = await sql.get(
      `INSERT INTO sequence (collection, next) VALUES ($1, 2)
      ON CONFLICT (collection) DO UPDATE SET next = sequence.next + 1
      RETURNING next - 1 AS id`,
      [collection],
    );
    return Number(row?.["id"]);
  },

  /** Drafts are left out. */
  async list(sql: Sql, query: ResourceQuery): Promise<ResourceRow[]> {
    const { where, params } = condition(sql.dialect, query);
    const { length } = params;
    const rows = await sql.all<StoredRow>(
      `SELECT ${columns} FROM resource WHERE ${where} ORDER BY ${ordering(sql.dialect, query.order)}
      LIMIT $${length + 1} OFFSET $${length + 2}`,
      [...params, query.limit, query.offset],
    );
    return rows.map(resourceRow);
  },

  /** How many `list` would give without a limit. */
  async count(sql: Sql, query: Pick<ResourceQuery, "collection" | "filters">): Promise<number> {
    const { where, params } = condition(sql.dialect, query);
    const row = await sql.get(`SELECT COUNT(*) AS total FROM resource WHERE ${where}`, params);
    return Number(row?.["total"]);
  },
};

const columns =
  "collection, id, seq, document, version, draft, owner, expires_at, created_at, updated_at";

type StoredRow = {
  collection: string;
  id: string;
  seq: number;
  document: string;
  version: number;
  draft: number;
  owner: string | null;
  expires_at: number | null;
  created_at: number;
  updated_at: number;
};

function resourceRow(row: StoredRow): ResourceRow {
  return {
    collection: row.collection,
    id: row.id,
    seq: Number(row.seq),
    document: JSON.parse(row.document) as JsonObject,
    version: Number(row.version),
    draft: row.draft !== 0,
    ...(row.owner === null ? {} : { owner: row.owner }),
    ...(row.expires_at === null ? {} : { expiresAt: Number(row.expires_at) }),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  };
}

function condition(
  dialect: Dialect,
  { collection, filters }: Pick<ResourceQuery, "collection" | "filters">,
): { where: string; params: SqlValue[] } {
  const params: SqlValue[] = [collection];
  const terms = ["collection = $1", "draft = 0"];
  for (const filter of filters) {
    const column = columnOf(filter);
    const place = `$${params.length + 1}`;
    const { term, param } = column
      ? columnEquals(column, filter.value, place)
      : jsonEquals(dialect, { name: filter.property, value: filter.value, place });
    terms.push(term);
    if (param !== undefined) params.push(param);
  }
  return { where: terms.join(" AND "), params };
}

function columnEquals(
  column: string,
  value: ResourceFilter["value"],
  place: string,
): { term: string; param?: SqlValue } {
  if (value === null) return { term: `${column} IS NULL` };
  const isText = column === "id" || typeof value === "boolean";
  return { term: `${column} = ${place}`, param: isText ? String(value) : value };
}

function ordering(dialect: Dialect, order: readonly ResourceOrder[]): string {
  const terms = order.flatMap((each) => {
    const column = columnOf(each);
    // As numbers, not as the text that ids are kept as: 9 before 10.
    const places =
      column === "id" ? ["seq"] : column ? [column] : jsonOrder(dialect, each.property);
    return places.map((place) => `${place} ${each.descending ? "DESC" : "ASC"}`);
  });
  return [...terms, `seq ${order.at(-1)?.descending ? "DESC" : "ASC"}`].join(", ");
}

function columnOf({ property, column }: ResourcePlace): ResourcePlace["column"] {
  return column ?? (property === "id" ? "id" : undefined);
}
