// S3 as a bucket, on Ceph: what each method does, and what a signed URL can do and can not.
import { afterAll, beforeAll, describe, it } from "vitest";
import type { Bucket } from "../../src/store/bucket.js";
import { createS3Bucket } from "../../src/store/s3-bucket.js";
import { credentialsOf, startCeph, type Ceph } from "../servers/ceph.js";
import { bucketCases } from "./bucket-cases.js";
import { directCases } from "./direct-cases.js";

let server: Ceph;
beforeAll(async () => {
  server = await startCeph();
});
afterAll(() => server.stop());

const open = async (): Promise<Bucket> => openAt(await server.createBucket());

const openAt = (url: string): Promise<Bucket> =>
  createS3Bucket(new URL(url), { credentials: credentialsOf(server) });

describe("a bucket", () => {
  for (const { name, run } of bucketCases) it(name, async () => run(await open()));
});

describe("direct uploads and signed reads", () => {
  for (const { name, run } of directCases) it(name, async () => run(await open()));
});
