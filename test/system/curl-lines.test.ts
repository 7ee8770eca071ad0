// Every curl line that the server prints at start, run as it was printed, in the order of print, in a
// folder that has the files they name. Each must succeed, and do what it says.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root, startServer, type ServerProcess } from "./server-process.js";

const run = promisify(execFile);

interface PrintedLine {
  /** `POST /api/v1/profiles/`, the heading that it stands under. */
  readonly operation: string;
  readonly style: string;
  readonly line: string;
}

interface Answer {
  readonly status: number;
  readonly headers: string;
  readonly body: string;
}

/** What the documents must print at least: fewer would pass unseen. */
const examples = [
  { document: "examples/profiles.yaml", lines: 17 },
  { document: "examples/profiles.openapi.yaml", lines: 17 },
  { document: "examples/upload.yaml", lines: 5 },
] as const;

describe.each(examples)("the curl lines of $document", ({ document, lines: least }) => {
  let folder: string;
  let server: ServerProcess;
  let printed: readonly PrintedLine[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "waybill-curl-"));
    server = await startServer({ document: join(root, document), data: join(folder, "data") });
    printed = parsePrinted(server.printed());
    await mkdir(join(folder, "files"));
    await mkdir(join(folder, "saved"));
    for (const name of filesOf(printed))
      await writeFile(join(folder, "files", name), await madeFile(name));
  });

  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("do what they say, one after the other", async () => {
    expect(printed.length).toBeGreaterThanOrEqual(least);
    for (const each of printed) {
      const answer = await runLine(each.line, folder);
      const said = `${each.line}\n${answer.status} ${answer.body}`;
      expect(answer.status, said).toBeGreaterThanOrEqual(200);
      expect(answer.status, said).toBeLessThan(300);
      await checkEffect(each, answer, {
        url: server.url,
        files: join(folder, "files"),
        saved: join(folder, "saved"),
      });
    }
  });

  it("end as a clean stop and leave no fault in the log", async () => {
    expect(await server.stop()).toBe(0);
    const levels = logLevels(server.logged());
    expect(levels.length).toBeGreaterThan(printed.length);
    expect(levels.filter((level) => level > 40)).toEqual([]);
  });
});

// Headings stand at the margin, styles after `  # `, lines after two spaces.
function parsePrinted(text: string): PrintedLine[] {
  const found: PrintedLine[] = [];
  let operation = "";
  let style = "";
  for (const line of text.split("\n")) {
    const heading = /^([A-Z]+ \/\S*)/.exec(line)?.[1];
    if (heading !== undefined) operation = heading;
    else if (line.startsWith("  # ")) style = line.slice(4);
    else if (line.startsWith("  curl ")) found.push({ operation, style, line: line.trim() });
  }
  return found;
}

function filesOf(printed: readonly PrintedLine[]): Set<string> {
  const names = printed.flatMap(({ line }) =>
    [...line.matchAll(/(?:=?@|base64 -w0 )([\w.-]+\.\w+)/g)].map((match) => match[1] ?? ""),
  );
  return new Set(names);
}

// Really of their kinds, and no two alike.
async function madeFile(name: string): Promise<Uint8Array | string> {
  const width = 16 + name.length;
  const image = sharp({ create: { width, height: 9, channels: 3, background: "#3a7bd5" } });
  if (name.endsWith(".png")) return image.png().toBuffer();
  if (name.endsWith(".jpg")) return image.jpeg().toBuffer();
  if (name.endsWith(".bin")) return Uint8Array.from({ length: 4096 }, (_, at) => (at * 7) % 256);
  if (name.endsWith(".csv")) return "city,people\nParis,2100000\nOslo,700000\n";
  throw new Error(`A curl line wants ${name}, and this test cannot make one.`);
}

/**
 * As a person runs it, with the headers and the status kept. What is saved goes to a folder of its own:
 * curl replaces no file whose name the server chose.
 */
async function runLine(line: string, folder: string): Promise<Answer> {
  const kept = `curl -sS -D ${join(folder, "headers")} -w '%{stderr}%{http_code}'`;
  const script = line.replace(/^curl/, kept);
  const cwd = join(folder, savesFile(line) ? "saved" : "files");
  const { stdout, stderr } = await run("bash", ["-euo", "pipefail", "-c", script], { cwd });
  const headers = await readFile(join(folder, "headers"), "latin1");
  return { status: Number(stderr.trim()), headers, body: stdout };
}

interface Place {
  readonly url: string;
  readonly files: string;
  readonly saved: string;
}

async function checkEffect(printed: PrintedLine, answer: Answer, place: Place): Promise<void> {
  const { operation, line } = printed;
  const url = /(http:\/\/\S+?)'?$/.exec(line)?.[1] ?? "";
  if (savesFile(line)) return checkSaved(answer, url, place);
  if (operation.startsWith("DELETE")) {
    expect(answer.status).toBe(204);
    expect((await fetch(url)).status).toBe(404);
    return;
  }
  if (operation.startsWith("POST")) return checkCreated(printed, answer, place);
  if (operation.startsWith("GET")) return checkRead(operation, answer);
  await checkKept(printed, url, answer, place);
}

// The answer shows each file by what it holds; where resources can be read, the file reads back whole.
async function checkCreated(printed: PrintedLine, answer: Answer, place: Place): Promise<void> {
  const { line, operation } = printed;
  expect(answer.status).toBe(201);
  if (operation === "POST /uploads") return checkStaged(line, parsed(answer.body), place);
  await checkFiles(line, parsed(answer.body), place);
  const location = /^location: (\S+)/im.exec(answer.headers)?.[1];
  if (location === undefined) return;
  const read = await fetch(new URL(location, place.url));
  expect(read.status).toBe(200);
  expect(await read.json()).toEqual(parsed(answer.body));
}

// The answer is the file's, with a token that a resource can be made with.
async function checkStaged(line: string, staged: unknown, place: Place): Promise<void> {
  expect(staged).toMatchObject({ upload: expect.stringMatching(/^wbu_/) });
  await checkFiles(line, { file: staged }, place);
}

function checkRead(operation: string, answer: Answer): void {
  const body = parsed(answer.body);
  expect(body).toMatchObject(
    operation.includes("{") ? { id: 1, name: "example" } : { count: 3, next: null },
  );
}

async function checkKept(
  { operation, line }: PrintedLine,
  url: string,
  answer: Answer,
  place: Place,
): Promise<void> {
  const isFile = operation.endsWith("/pic/");
  const resource = await fetch(isFile ? url.replace(/pic\/$/, "") : url);
  const body = await resource.json();
  expect(parsed(answer.body)).toEqual(body);
  await checkFiles(line, body, place);
  if (isFile) await checkBytes(url, "pic.png", place);
}

/** Every file that the line names is in the value with its digest, and reads back as it was. */
async function checkFiles(line: string, value: unknown, place: Place): Promise<void> {
  for (const name of filesOf([{ operation: "", style: "", line }])) {
    const bytes = await readFile(join(place.files, name));
    const property = name.replace(/\.\w+$/, "");
    const reference = isRecord(value) ? value[property] : undefined;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    expect(reference, line).toMatchObject({
      size: bytes.length,
      sha256: Buffer.from(digest).toString("hex"),
    });
    const url = isRecord(reference) ? reference["url"] : undefined;
    if (typeof url === "string") await checkBytes(new URL(url, place.url).href, name, place);
  }
}

async function checkBytes(url: string, name: string, place: Place): Promise<void> {
  const read = await fetch(url);
  expect(read.status, url).toBe(200);
  const bytes = Buffer.from(await read.arrayBuffer());
  expect(bytes.equals(await readFile(join(place.files, name))), url).toBe(true);
}

function savesFile(line: string): boolean {
  return /^curl (?:\S+ )*-[oO]/.test(line);
}

// As it was sent, under the name that the server gave it.
async function checkSaved({ headers, body }: Answer, url: string, place: Place): Promise<void> {
  expect(body).toBe("");
  const entries = await readdir(place.saved, { recursive: true, withFileTypes: true });
  const [saved, ...others] = entries.filter((entry) => entry.isFile());
  expect(others).toEqual([]);
  const name = saved?.name ?? "";
  expect(headers).toMatch(/^content-disposition: /im);
  expect(headers).toContain('filename="pic.png"');
  const bytes = await readFile(join(saved?.parentPath ?? "", name));
  expect(bytes.equals(await readFile(join(place.files, "pic.png")))).toBe(true);
  await checkBytes(url, "pic.png", place);
}

function parsed(text: string): unknown {
  return JSON.parse(text);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function logLevels(log: string): number[] {
  return log
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const entry = parsed(line);
      return isRecord(entry) ? Number(entry["level"]) : NaN;
    });
}
