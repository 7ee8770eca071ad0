// The order in which a direct upload is brought to its blob's name: here one process can be held while another goes on,
// over a few requests that are answered in memory. That S3 is used rightly is for test/backends, on a real one.
import { expect, it } from "vitest";
import { connectS3, type S3Connection } from "./s3-connection.js";
import { createS3Direct } from "./s3-direct.js";
import { createS3Join } from "./s3-join.js";

interface Input {
  readonly Key: string;
  readonly CopySource?: string;
  readonly CopySourceIfMatch?: string;
}

const refusal = (status: number) =>
  Object.assign(new Error("Refused."), { $metadata: { httpStatusCode: status } });

const go = async (): Promise<void> => undefined;
async function* readNothing(): AsyncGenerator<Uint8Array> {}

it("what comes once another process has completed is not brought over the blob", async () => {
  const objects = new Map<string, string>();
  const answer = async ({ input }: { input: Input }): Promise<object> => {
    const { Key, CopySource, CopySourceIfMatch: version } = input;
    const source = CopySource === undefined ? Key : CopySource.slice("bucket/".length);
    const found = objects.get(source);
    if (found === undefined) throw refusal(404);
    if (version !== undefined && version !== found) throw refusal(412);
    objects.set(Key, found);
    return { ContentLength: found.length, ContentType: "image/png", ETag: found };
  };
  const url = new URL("s3://bucket?endpoint=http://localhost:1");
  const real = await connectS3(url, { credentials: { accessKeyId: "a", secretAccessKey: "b" } });
  Object.assign(real.client, { send: answer });
  const connection: S3Connection = real;
  let hold = go;
  const direct = await createS3Direct({
    connection,
    join: createS3Join(connection, readNothing),
    async stat(name) {
      const found = objects.get(name);
      const held = hold;
      hold = go;
      await held();
      return found === undefined
        ? undefined
        : { size: found.length, version: found, sha256: undefined };
    },
    async remove(name) {
      objects.delete(name);
    },
  });
  const wanted = { size: 4, mediaType: "image/png", expiresMs: 60_000 };
  const rest = { sha256: undefined, method: "PUT" } as const;
  const { session } = await direct.begin("blob", { ...wanted, ...rest }, "aside");
  objects.set("aside", "good");
  hold = async () => {
    await direct.complete("blob", session);
    objects.set("aside", "evil");
  };
  await direct.complete("blob", session).catch(() => undefined);
  expect(objects.get("blob")).toBe("good");
});
