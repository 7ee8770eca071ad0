// The main job, told once for every combination of database and storage: each style in which a file can come, and what
// is done with it afterwards. Knows a server by its URL alone.
import { connect } from "node:net";
import { expect } from "vitest";
import { sendDirect } from "../../src/store/send-direct.js";
import {
  jsonOf,
  multipart,
  pictures,
  sha256,
  urlencoded,
  type Answer,
  type HttpClient,
  type Message,
} from "../system/http-scenario.js";

export interface Job extends HttpClient {
  readonly url: string;
  /** The path of a picture on the disk of the client. */
  readonly picture: string;
  /** Puts octets onto another server; resolves to their URL there. */
  publish(bytes: Buffer): string;
  /** Keys of the store that no row names. */
  strangers(): Promise<string[]>;
}

/** What a file is for. */
export interface Target {
  readonly collection: string;
  readonly property: string;
  readonly mediaType: string;
}

export const profiles: Target = {
  collection: "/api/v1/profiles/",
  property: "pic",
  mediaType: "image/png",
};
/** Takes any file, also one without octets. */
export const papers: Target = {
  collection: "/papers/",
  property: "file",
  mediaType: "application/octet-stream",
};

export interface Sent {
  /** What says whether the file was taken. */
  readonly answer: Answer;
  /** Of the resource that has it then. */
  readonly path: string;
}

type Style = (job: Job, to: Target, bytes: Buffer) => Promise<Sent>;

const { red, blue } = pictures;
const tus = { "tus-resumable": "1.0.0" };

/** As any client reads JSON. */
export const valueOf = ({ json }: Answer): Record<string, ReturnType<typeof JSON.parse>> =>
  Object(json);

const pathOf = (answer: Answer): string =>
  new URL(answer.headers.get("location") ?? "", "http://none.test/none/").pathname;

async function create(job: Job, { collection }: Target, message: Message): Promise<Sent> {
  const answer = await job.send("POST", collection, message);
  return { answer, path: pathOf(answer) };
}

const attach = (job: Job, to: Target, upload: unknown): Promise<Sent> =>
  create(job, to, jsonOf({ name: "Ada", [to.property]: { upload } }));

const partOf = ({ property, mediaType }: Target, bytes: Buffer) => ({
  name: property,
  filename: "a.png",
  type: mediaType,
  body: bytes,
});

/** Ends the connection in the middle of the body, once `until` was answered; resolves to all that was. */
async function cutOff(
  job: Job,
  head: readonly string[],
  { sent, until }: { sent: Buffer; until?: RegExp },
): Promise<string> {
  const socket = connect(Number(new URL(job.url).port), "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(`${[...head, "Host: 127.0.0.1"].join("\r\n")}\r\n\r\n`);
  if (until === undefined) socket.end(sent);
  let told = "";
  for await (const chunk of socket) {
    told += String(chunk);
    if (until?.test(told) && !socket.writableEnded) socket.end(sent);
  }
  return told;
}

async function byTus(job: Job, to: Target, bytes: Buffer): Promise<Sent> {
  const made = await job.send("POST", "/uploads", {
    headers: { ...tus, "upload-length": String(bytes.length) },
  });
  expect(made.status).toBe(201);
  const path = pathOf(made);
  const [quarter, half] = [bytes.length >> 2, bytes.length >> 1];
  const patch = (offset: number, body: Buffer): Promise<Answer> =>
    job.send("PATCH", path, {
      headers: {
        ...tus,
        "upload-offset": String(offset),
        "content-type": "application/offset+octet-stream",
      },
      body,
    });
  expect((await patch(0, bytes.subarray(0, quarter))).status).toBe(204);
  const head = [
    `PATCH ${path} HTTP/1.1`,
    "Tus-Resumable: 1.0.0",
    `Upload-Offset: ${quarter}`,
    "Content-Type: application/offset+octet-stream",
    `Content-Length: ${bytes.length - quarter}`,
  ];
  if (bytes.length > 0) await cutOff(job, head, { sent: bytes.subarray(quarter, half) });
  const offset = await offsetOf(job, path, [quarter, half]);
  const rest = await patch(offset, bytes.subarray(offset));
  expect([rest.status, rest.headers.get("upload-offset")]).toEqual([204, String(bytes.length)]);
  return attach(job, to, made.headers.get("upload-token"));
}

async function byDraft(job: Job, to: Target, bytes: Buffer): Promise<Sent> {
  const fields = { "upload-draft-interop-version": "8", "upload-complete": "?1" };
  if (bytes.length === 0) {
    const whole = await job.send("POST", "/uploads", { headers: fields, body: bytes });
    return attach(job, to, valueOf(whole)["upload"]);
  }
  const half = bytes.subarray(0, bytes.length >> 1);
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  const head = ["POST /uploads HTTP/1.1", `Content-Length: ${bytes.length}`, ...lines];
  const told = await cutOff(job, head, { sent: half, until: /^HTTP\/1\.1 104 .*\r\n\r\n/s });
  const path = new URL(/^location: (\S+)/im.exec(told)?.[1] ?? "", job.url).pathname;
  const offset = await offsetOf(job, path, [0, half.length]);
  const rest = await job.send("PATCH", path, {
    headers: {
      "upload-offset": String(offset),
      "upload-complete": "?1",
      "content-type": "application/partial-upload",
    },
    body: bytes.subarray(offset),
  });
  expect(rest.headers.get("upload-complete")).toBe("?1");
  return attach(job, to, valueOf(rest)["upload"]);
}

/** What was answered counts, and of what was broken off, what had become durable. */
async function offsetOf(job: Job, path: string, [from, to]: [number, number]): Promise<number> {
  const { status, headers } = await job.send("HEAD", path, { headers: tus });
  expect(status).toBeLessThan(300);
  const offset = Number(headers.get("upload-offset"));
  expect(offset).toBeGreaterThanOrEqual(from);
  expect(offset).toBeLessThanOrEqual(to);
  return offset;
}

/** Straight to the storage: wherever the answer says. */
const direct =
  (method?: "POST" | "parts"): Style =>
  async (job, to, bytes) => {
    const about = { size: bytes.length, mediaType: to.mediaType, sha256: sha256(bytes), method };
    const { upload, direct: plan, complete } = valueOf(await job.json("POST", "/uploads", about));
    for (const status of await sendDirect(plan, bytes)) expect(status).toBeLessThan(300);
    const done = await job.json("POST", new URL(complete, job.url).pathname, {});
    expect(valueOf(done)).toMatchObject({ size: bytes.length, sha256: sha256(bytes) });
    return attach(job, to, upload);
  };

function batchOf(to: Target, bytes: Buffer): Required<Message> {
  const part = "--b\r\nContent-Type: application/http\r\n";
  const made = `POST ${to.collection} HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{"name": "Ada"}`;
  const put = `PUT $new/${to.property}/ HTTP/1.1\r\nContent-Type: ${to.mediaType}\r\n\r\n`;
  const pieces = [
    `${part}Content-ID: <new>\r\n\r\n${made}\r\n${part}\r\n${put}`,
    bytes,
    "\r\n--b--\r\n",
  ];
  return {
    headers: { "content-type": "multipart/mixed; boundary=b", accept: "application/json" },
    body: Buffer.concat(pieces.map((each) => Buffer.from(each))),
  };
}

export const styles: Readonly<Record<string, Style>> = {
  "base64 in JSON": (job, to, bytes) =>
    create(job, to, jsonOf({ name: "Ada", [to.property]: bytes.toString("base64") })),
  "a form": (job, to, bytes) =>
    create(job, to, multipart([{ name: "name", body: "Ada" }, partOf(to, bytes)])),
  "a urlencoded form": (job, to, bytes) =>
    create(job, to, urlencoded({ [to.property]: bytes.toString("base64"), name: "Ada" })),
  "raw octets": async (job, to, bytes) => {
    const { path } = await create(job, to, jsonOf({ name: "Ada" }));
    const headers = { "content-type": to.mediaType };
    const answer = await job.send("PUT", `${path}${to.property}/`, { headers, body: bytes });
    return { answer, path };
  },
  "an upload before": async (job, to, bytes) => {
    const headers = { "content-type": to.mediaType };
    const first = await job.send("POST", "/uploads", { headers, body: bytes });
    expect(first.status).toBe(201);
    return attach(job, to, valueOf(first)["upload"]);
  },
  "tus, broken off": byTus,
  "the draft of the IETF, broken off": byDraft,
  "a direct upload": direct(),
  "a direct upload by a form": direct("POST"),
  "a direct upload in parts": direct("parts"),
  "a URL": (job, to, bytes) =>
    create(job, to, jsonOf({ name: "Ada", [to.property]: { url: job.publish(bytes) } })),
  "a batch": async (job, to, bytes) => {
    const answer = await job.send("POST", "/batch", batchOf(to, bytes));
    const [made] =
      answer.status === 200 ? (answer.json as { headers: { location: string } }[]) : [];
    return { answer, path: made ? new URL(made.headers.location, job.url).pathname : "" };
  },
};

/** What a resource says of its file, and the file whole. */
export async function readBack(job: Job, to: Target, path: string, bytes: Buffer): Promise<void> {
  const told = valueOf(await job.send("GET", path))[to.property];
  expect(told).toMatchObject({ size: bytes.length, sha256: sha256(bytes) });
  const got = await job.send("GET", `${path}${to.property}/`);
  expect([got.status, got.headers.get("content-length")]).toEqual([200, String(bytes.length)]);
  expect(got.bytes.equals(bytes)).toBe(true);
}

const dateTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT/);
const named = async (job: Job, name: string): Promise<unknown> =>
  valueOf(await job.send("GET", `${profiles.collection}?name=${name}`))["count"];

/** What is done besides sending a file. */
export const cases: Readonly<Record<string, (job: Job) => Promise<void>>> = {
  "the two commands of the example, to the letter": async (job) => {
    const said = '{"name": "Douglas Hofstadter"}';
    const type = "Content-Type: application/json";
    const place = `url:${profiles.collection}`;
    const made = JSON.parse(await job.curl("-d", said, "-H", type, "-X", "POST", place));
    const times = { created_at: dateTime, updated_at: dateTime };
    expect(made).toEqual({ id: made.id, name: "Douglas Hofstadter", pic: null, ...times });
    const at = `${place}${made.id}/pic/`;
    const put = JSON.parse(await job.curl("-F", `pic=@${job.picture}`, "-X", "PUT", at));
    const url = `${job.url}${profiles.collection}${made.id}/pic/`;
    expect(put.pic).toMatchObject({ url, filename: "pic.png", sha256: sha256(blue) });
    await readBack(job, profiles, `${profiles.collection}${made.id}/`, blue);
  },

  "lists, filters and orders": async (job) => {
    for (const [name, bio] of [
      ["Zoë", "listed"],
      ["Ada", "listed"],
      ["zoe", "listed"],
      ["Bob", "unlisted"],
    ])
      await job.json("POST", profiles.collection, { name, bio });
    const list = async (query: string): Promise<unknown[]> => {
      const { results } = valueOf(await job.send("GET", `${profiles.collection}?${query}`));
      return results.map(({ name }: { name: string }) => name);
    };
    expect(await list("bio=listed")).toEqual(["Zoë", "Ada", "zoe"]);
    expect(await list("bio=listed&ordering=name")).toEqual(["Ada", "Zoë", "zoe"]);
    expect(await list("bio=listed&ordering=-id&page_size=2")).toEqual(["zoe", "Ada"]);
    expect(await list("bio=listed&ordering=-id&page_size=2&page=2")).toEqual(["Zoë"]);
    expect(await list("name=Bob&bio=unlisted")).toEqual(["Bob"]);
    expect((await job.send("GET", `${profiles.collection}?ordering=no`)).status).toBe(400);
  },

  "replaces, patches and deletes": async (job) => {
    const { path } = await create(job, profiles, multipart([partOf(profiles, red), eve]));
    const before = await job.send("GET", `${path}pic/`);
    const merge = { "content-type": "application/merge-patch+json" };
    const patched = await job.send("PATCH", path, { headers: merge, body: '{"bio": "Notes"}' });
    expect(valueOf(patched)).toMatchObject({ name: "Eve", bio: "Notes" });
    await readBack(job, profiles, path, red);
    const replaced = await job.send("PUT", path, multipart([eve, partOf(profiles, blue)]));
    expect([replaced.status, valueOf(replaced)["bio"]]).toEqual([200, undefined]);
    await readBack(job, profiles, path, blue);
    const after = await job.send("GET", `${path}pic/`);
    expect(after.headers.get("etag")).not.toBe(before.headers.get("etag"));
    const stale = { ...merge, "if-match": '"stale"' };
    const refused = await job.send("PATCH", path, { headers: stale, body: '{"name": "No"}' });
    expect(refused.status).toBe(412);
    expect((await job.json("PATCH", path, { pic: null })).status).toBe(200);
    expect((await job.send("GET", `${path}pic/`)).status).toBe(404);
    expect((await job.send("DELETE", path)).status).toBe(204);
    expect((await job.send("GET", path)).status).toBe(404);
  },

  "sends whole files, ranges, and only what has changed": async (job) => {
    const bytes = bytesOf(11_000_000);
    const { path } = await styles["a form"]!(job, profiles, bytes);
    const get = (headers: Record<string, string>) => job.send("GET", `${path}pic/`, { headers });
    const etag = (await get({})).headers.get("etag") ?? "";
    for (const [range, from, to] of [
      ["bytes=0-0", 0, 1],
      ["bytes=5242870-5242890", 5_242_870, 5_242_891],
      ["bytes=8000000-", 8_000_000, bytes.length],
      ["bytes=-7", bytes.length - 7, bytes.length],
    ] as const) {
      const part = await get({ range });
      const place = `bytes ${from}-${to - 1}/${bytes.length}`;
      expect([part.status, part.headers.get("content-range")]).toEqual([206, place]);
      expect(part.bytes.equals(bytes.subarray(from, to))).toBe(true);
    }
    const two = await get({ range: "bytes=1-3,9000000-9000009" });
    expect([two.status, two.bytes.includes(bytes.subarray(9_000_000, 9_000_010))]).toEqual([
      206,
      true,
    ]);
    expect((await get({ range: `bytes=${bytes.length}-` })).status).toBe(416);
    expect((await get({ "if-none-match": etag })).status).toBe(304);
    expect((await get({ "if-match": '"other"' })).status).toBe(412);
    expect((await get({ "if-match": etag, range: "bytes=0-3" })).status).toBe(206);
    expect((await get({ "if-range": '"other"', range: "bytes=0-3" })).bytes.length).toBe(
      bytes.length,
    );
    const head = await job.send("HEAD", `${path}pic/`);
    expect(head.headers.get("content-length")).toBe(String(bytes.length));
    expect((await job.send("DELETE", path)).status).toBe(204);
  },

  "does once what is sent again with its key": async (job) => {
    const { headers, body } = multipart([{ name: "name", body: "Once" }, partOf(profiles, red)]);
    const message = { headers: { ...headers, "idempotency-key": "main-job" }, body };
    const [first, second] = await Promise.all([1, 2].map(() => create(job, profiles, message)));
    const third = await create(job, profiles, message);
    expect(third.answer.status).toBe(201);
    // Whoever comes while the first is still under way is told so.
    for (const each of [first, second]) expect([201, 409]).toContain(each?.answer.status);
    expect(await named(job, "Once")).toBe(1);
    const other = { ...message, body: jsonOf({ name: "Other" }).body };
    const type = { ...message.headers, "content-type": "application/json" };
    expect((await create(job, profiles, { ...other, headers: type })).answer.status).toBe(422);
    await readBack(job, profiles, third.path, red);
  },

  "a batch is done as a whole, or not at all": async (job) => {
    const { headers, body } = batchOf(profiles, pictures.none);
    const octets = Buffer.from(Buffer.from(body).toString("latin1").replace("Ada", "Nobody"));
    const answer = await job.send("POST", "/batch", { headers, body: octets });
    expect(valueOf(answer)).toMatchObject({ errors: [{ code: "not-an-image", request: 1 }] });
    expect(await named(job, "Nobody")).toBe(0);
  },

  "an upload is used once, and may be given up": async (job) => {
    const first = await job.send("POST", "/uploads", { body: red });
    const { upload } = valueOf(first);
    expect((await attach(job, profiles, upload)).answer.status).toBe(201);
    expect((await attach(job, profiles, upload)).answer.status).toBe(400);
    const made = await job.send("POST", "/uploads", {
      headers: {
        ...tus,
        "upload-length": "100",
        "content-type": "application/offset+octet-stream",
      },
      body: red.subarray(0, 50),
    });
    expect(made.headers.get("upload-offset")).toBe("50");
    expect((await job.send("DELETE", pathOf(made), { headers: tus })).status).toBe(204);
    expect((await job.send("HEAD", pathOf(made), { headers: tus })).status).toBe(410);
  },

  "the upload operation takes its form": async (job) => {
    const metadata = { name: "My PDF Document", recipients: ["andy@example.com"] };
    const answer = await job.send(
      "POST",
      "/upload",
      multipart([
        { name: "metadata", type: "application/json", body: JSON.stringify(metadata) },
        { name: "description", body: "Long" },
        { name: "file", filename: "a.pdf", body: pictures.none.toString("base64") },
      ]),
    );
    const file = { size: pictures.none.length, sha256: sha256(pictures.none), filename: "a.pdf" };
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({ metadata, description: "Long", file });
    const wrong = multipart([{ name: "anyImage", body: pictures.none.toString("base64") }]);
    const refused = await job.send("POST", "/upload/media-types", wrong);
    expect(valueOf(refused)).toMatchObject({ status: 400, errors: [{ code: "not-an-image" }] });
  },
};

const eve = { name: "name", body: "Eve" };

/** A picture of that many octets, the same each time, and none of them like its neighbours; none for 0. */
export function bytesOf(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at + 4 <= size; at += 4)
    bytes.writeUInt32LE(Math.imul(at, 2654435761) >>> 0, at);
  red.copy(bytes, 0, 0, Math.min(size, red.length));
  return bytes;
}
