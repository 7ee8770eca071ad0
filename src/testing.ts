// `waybill/testing`: the contracts of stores and databases, to be run against your own.
export { testDb } from "./db/test-db.js";
export { testStore } from "./store/test-store.js";
export type { DbCase, DbUnderTest } from "./db/test-db.js";
export type { ConformanceCase, StoreUnderTest, TestStoreOptions } from "./store/test-store.js";
export type { Db, Dialect, Sql, SqlRow, SqlValue } from "./db/db.js";
export type { BlobReader, BlobWriter, ByteRange, Store } from "./store/store.js";
