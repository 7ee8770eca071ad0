// `waybill/testing`: the contracts of stores and databases, to be run against your own, and a black-box suite of
// upload protocols for any server.
export { testDb } from "./db/test-db.js";
export { createConformance } from "./conformance/create-conformance.js";
export { testStore } from "./store/test-store.js";
export type { ConformanceOptions } from "./conformance/create-conformance.js";
export type { Attaching, Outcome, ProtocolCase, Section } from "./conformance/protocol-case.js";
export type { DbCase, DbUnderTest } from "./db/test-db.js";
export type { ConformanceCase, StoreUnderTest, TestStoreOptions } from "./store/test-store.js";
export type { Db, Dialect, Sql, SqlRow, SqlValue } from "./db/db.js";
export type {
  BlobReader,
  BlobWriter,
  ByteRange,
  DirectPlan,
  DirectRequest,
  DirectUpload,
} from "./store/store.js";
export type { PartialBlobs, PartialPlace, PartialWriter, Quarantine } from "./store/store.js";
export type { SignedRead, SignedRequest, SignedUrls, Store, StoredObject } from "./store/store.js";
