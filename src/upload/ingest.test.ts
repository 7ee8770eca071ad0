import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDiskStore } from "../store/disk-store.js";
import { createMemoryStore } from "../store/memory-store.js";
import { readBlob } from "../store/read-blob.js";
import { createIngest } from "./ingest.js";
import type { FileIntent } from "../base/sink.js";
import type { Store } from "../store/store.js";
import type { IngestSession } from "./ingest.js";

const clock = { now: () => 1_700_000_000_000 };
const limits = { fileBytesMax: 10_000_000, imagePixelsMax: 1_000_000 };
const anything: FileIntent = { allowedTypes: [], bytesMax: 10_000_000 };
const anImage: FileIntent = { allowedTypes: ["image/*"], bytesMax: 1e7, imagePixelsMax: 1e6 };

let root: string;
let disk: Store;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "waybill-ingest-"));
  disk = await createDiskStore({ folder: root });
});
afterAll(() => rm(root, { recursive: true, force: true }));

const open = (store: Store) => createIngest({ store, clock, limits }).session();

async function send(session: IngestSession, bytes: Uint8Array, intent: FileIntent, piece = 60_000) {
  const sink = session.open(intent);
  for (let from = 0; from < bytes.length; from += piece) {
    await sink.write(bytes.subarray(from, from + piece));
  }
  return sink.close();
}

async function keys(store: Store): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list()) found.push(key);
  return found;
}

async function bytesOf(store: Store, key: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readBlob(store, key)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const raw = { width: 600, height: 300, channels: 3 } as const;
const noise = (format: "png" | "jpeg" | "gif" | "webp" | "tiff") =>
  sharp(randomBytes(540_000), { raw }).toFormat(format, { effort: 1 }).toBuffer();
const flat = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: "red" } })
    .png()
    .toBuffer();

const garbage = (start: Buffer, size: number) =>
  Buffer.concat([start, randomBytes(size - start.length)]);

describe.each(["memory", "disk"])("ingest into %s", (kind) => {
  const store = () => (kind === "disk" ? disk : createMemoryStore());

  it("stores bytes of every size around its buffers, with their digest", async () => {
    const to = store();
    const session = open(to);
    for (const size of [0, 1, 65_535, 65_536, 65_537, 1_000_000]) {
      for (const piece of [size || 1, 1009]) {
        const bytes = randomBytes(size);
        const reference = await send(session, bytes, anything, piece);
        const sha256 = createHash("sha256").update(bytes).digest("hex");
        expect(reference).toMatchObject({ size, sha256 });
        const key = session.file(reference.id)?.key ?? "";
        expect(bytes.equals(await bytesOf(to, key))).toBe(true);
      }
    }
    await session.discardAll();
    expect(await keys(to)).toEqual([]);
  });

  const pictures = ["png", "jpeg", "gif", "webp", "tiff"] as const;
  it.each(pictures)("measures a %s, short or long", async (format) => {
    const session = open(store());
    const long = await noise(format);
    expect(long.length).toBeGreaterThan(65_536);
    const wanted = { width: 600, height: 300, mediaType: `image/${format}` };
    expect(await send(session, long, anImage)).toMatchObject(wanted);
    const short = await sharp(await flat(600, 300))
      .toFormat(format)
      .toBuffer();
    expect(await send(session, short, anImage)).toMatchObject(wanted);
    await session.discardAll();
  });

  const refusals: {
    given: string;
    bytes: Promise<Buffer> | Buffer;
    intent: FileIntent;
    want: object;
  }[] = [
    {
      given: "a text for an image",
      bytes: Buffer.from("I am no image.\n"),
      intent: { ...anImage, declaredType: "image/png", filename: "x.png" },
      want: {
        code: "not-an-image",
        message: "The file is not an image: by its bytes it is text/plain.",
      },
    },
    {
      given: "a long text for an image",
      bytes: Buffer.from("I am no image.\n".repeat(50_000)),
      intent: anImage,
      want: { code: "not-an-image" },
    },
    {
      given: "an empty file for an image",
      bytes: Buffer.alloc(0),
      intent: anImage,
      want: { code: "not-an-image", message: "The file is not an image: it is empty." },
    },
    {
      given: "a signature without an image",
      bytes: garbage(Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"), 1000),
      intent: anImage,
      want: { code: "not-an-image" },
    },
    {
      given: "a long signature without an image",
      bytes: garbage(Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"), 300_000),
      intent: anImage,
      want: { code: "not-an-image" },
    },
    {
      given: "an image of another type",
      bytes: flat(3, 3),
      intent: { ...anImage, allowedTypes: ["image/jpeg", "image/gif"] },
      want: {
        code: "file-type-not-allowed",
        message: "The file is not image/jpeg or image/gif: by its bytes it is image/png.",
      },
    },
    {
      given: "a small file of a huge image",
      bytes: flat(2000, 501),
      intent: anImage,
      want: {
        code: "image-too-large",
        faults: [{ limit: { name: "imagePixelsMax", value: 1_000_000 } }],
      },
    },
    {
      given: "many frames",
      bytes: sharp(Buffer.alloc(400 * 300 * 3 * 9), {
        raw: { width: 400, height: 2700, channels: 3, pageHeight: 300 },
      })
        .gif({ loop: 0, keepDuplicateFrames: true })
        .toBuffer(),
      intent: anImage,
      want: { code: "image-too-large" },
    },
    {
      given: "one octet too many",
      bytes: Buffer.alloc(101),
      intent: { ...anything, bytesMax: 100 },
      want: { code: "file-too-large", faults: [{ limit: { name: "fileBytesMax", value: 100 } }] },
    },
    {
      given: "a file past the server's limit",
      bytes: Buffer.alloc(10_000_001),
      intent: { ...anything, bytesMax: 1e9 },
      want: { code: "file-too-large", faults: [{ limit: { value: 10_000_000 } }] },
    },
  ];
  it.each(refusals)("refuses $given, and leaves nothing", async ({ bytes, intent, want }) => {
    const to = store();
    const session = open(to);
    await expect(send(session, await bytes, intent)).rejects.toMatchObject(want);
    // Before anyone has cleaned up.
    if ((want as { code: string }).code !== "file-too-large") expect(await keys(to)).toEqual([]);
    await session.discardAll();
    expect(await keys(to)).toEqual([]);
    expect(session.files()).toEqual([]);
    if (kind === "disk") expect(await readdir(join(root, "tmp"))).toEqual([]);
  });

  it("takes a file of exactly the limit", async () => {
    const session = open(store());
    const intent = { ...anything, bytesMax: 100 };
    expect(await send(session, Buffer.alloc(100), intent)).toMatchObject({ size: 100 });
    await session.discardAll();
  });

  it("deletes what was not kept, and only that", async () => {
    const to = store();
    const session = open(to);
    const kept = await send(session, Buffer.from("kept"), anything);
    await send(session, Buffer.from("lost"), anything);
    await send(session, randomBytes(300_000), anything);
    const half = session.open(anything);
    await half.write(randomBytes(600_000));
    session.open(anything);
    expect(session.files()).toHaveLength(3);
    session.keep([kept.id]);
    await session.discardAll();
    expect(await keys(to)).toEqual([session.file(kept.id)?.key]);
    await to.delete(session.file(kept.id)?.key ?? "");
  });

  it("abort after close deletes the bytes and forgets the file", async () => {
    const to = store();
    const session = open(to);
    const sink = session.open(anything);
    await sink.write(Buffer.from("x"));
    const { id } = await sink.close();
    await sink.abort();
    await sink.abort();
    expect(session.file(id)).toBeUndefined();
    expect(await keys(to)).toEqual([]);
  });

  it("abort during close leaves nothing", async () => {
    const to = store();
    for (const size of [10, 300_000]) {
      const sink = open(to).open(anything);
      await sink.write(randomBytes(size));
      const closing = sink.close().catch(() => undefined);
      await sink.abort();
      await closing;
    }
    expect(await keys(to)).toEqual([]);
  });
});

describe("ingest", () => {
  it("keeps the first error", async () => {
    const sink = open(createMemoryStore()).open({ ...anything, bytesMax: 1 });
    const error = await (async () => sink.write(Buffer.alloc(2)))().catch(
      (reason: unknown) => reason,
    );
    expect(() => sink.write(Buffer.alloc(1))).toThrow(error as Error);
    await expect(sink.close()).rejects.toBe(error);
  });

  it("stores nothing of a long file whose type is wrong", async () => {
    const memory = createMemoryStore();
    let stored = 0;
    const create: Store["create"] = (key) => {
      const writer = memory.create(key);
      return { ...writer, write: (bytes) => ((stored += bytes.length), writer.write(bytes)) };
    };
    const session = open({ ...memory, create });
    await expect(send(session, Buffer.alloc(5_000_000, "a"), anImage)).rejects.toThrow();
    expect(stored).toBe(0);
  });

  const names: { given: string; want: string | undefined }[] = [
    { given: "a.png", want: "a.png" },
    { given: "C:\\Users\\me\\a.png", want: "a.png" },
    { given: "../../etc/passwd", want: "passwd" },
    { given: "ü \u{1f600}.png", want: "ü \u{1f600}.png" },
    { given: "a\r\nb\0.png", want: "ab.png" },
    { given: "..", want: undefined },
    { given: "", want: undefined },
  ];
  it.each(names)("a file named $given is called $want", async ({ given, want }) => {
    const reference = await send(open(createMemoryStore()), Buffer.from("x"), {
      ...anything,
      filename: given,
    });
    expect(reference.filename).toBe(want);
  });

  it("gives width and height as shown, after EXIF orientation", async () => {
    const turned = await sharp(await flat(40, 20))
      .jpeg()
      .withMetadata({ orientation: 6 })
      .toBuffer();
    const reference = await send(open(createMemoryStore()), turned, anImage);
    expect(reference).toMatchObject({ width: 20, height: 40 });
  });

  it("reads the headers of BMP and ICO, which sharp does not", async () => {
    const bmp = Buffer.alloc(58);
    bmp.write("BM");
    bmp.writeUInt32LE(40, 14);
    bmp.writeInt32LE(7, 18);
    bmp.writeInt32LE(-5, 22);
    bmp.writeUInt16LE(1, 26);
    bmp.writeUInt16LE(24, 28);
    const session = open(createMemoryStore());
    const want = { mediaType: "image/bmp", width: 7, height: 5 };
    expect(await send(session, bmp, anImage)).toMatchObject(want);
    const ico = Buffer.from(`0000010001001020000001002000680400001600${"0".repeat(200)}`, "hex");
    expect(await send(session, ico, anImage)).toMatchObject({ width: 16, height: 32 });
    bmp.writeInt32LE(0, 18);
    await expect(send(session, bmp, anImage)).rejects.toMatchObject({ code: "not-an-image" });
  });

  it("names a file and its key apart", async () => {
    const session = open(createMemoryStore());
    const { id } = await send(session, Buffer.from("x"), anything);
    const file = session.file(id);
    expect(file?.key).not.toBe(id);
    expect(file).toMatchObject({ reference: { id }, createdAt: clock.now() });
    expect(session.files()).toEqual([file]);
  });
});
