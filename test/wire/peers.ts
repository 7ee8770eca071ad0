// What other parsers make of a form: busboy, undici, and Python's email package. Parts in order; an error is thrown.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Readable } from "node:stream";
import busboy, { type BusboyConfig } from "busboy";
import { Response } from "undici";

/** Absent members were not reported. Content as one character an octet, but text of undici's as such. */
export interface PeerPart {
  readonly name: string;
  readonly filename?: string;
  readonly type?: string;
  readonly data: string;
}

export interface Form {
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** With names in UTF-8 and paths kept, unless told otherwise. */
export function parseWithBusboy(form: Form, config: BusboyConfig = {}): Promise<PeerPart[]> {
  return new Promise((resolve, reject) => {
    const parts: PeerPart[] = [];
    const parser = busboy({
      headers: { "content-type": form.contentType },
      defParamCharset: "utf8",
      defCharset: "latin1",
      preservePath: true,
      ...config,
    });
    // An empty name is none to it.
    parser.on("field", (name: string | undefined, data) => parts.push({ name: name ?? "", data }));
    parser.on("file", (given: string | undefined, stream, { filename, mimeType }) => {
      const name = given ?? "";
      const chunks: Buffer[] = [];
      const at = parts.push({ name, data: "" }) - 1;
      stream.on("error", reject);
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("close", () => {
        const data = Buffer.concat(chunks).toString("latin1");
        parts[at] = { name, filename, type: mimeType, data };
      });
    });
    parser.on("error", reject);
    parser.on("close", () => resolve(parts));
    Readable.from([Buffer.from(form.body)]).pipe(parser);
  });
}

export async function parseWithUndici({ contentType, body }: Form): Promise<PeerPart[]> {
  const response = new Response(body, { headers: { "content-type": contentType } });
  const form = await response.formData();
  return Promise.all(
    [...form].map(async ([name, value]) => {
      if (typeof value === "string") return { name, data: value };
      const data = Buffer.from(await value.arrayBuffer()).toString("latin1");
      return { name, filename: value.name, type: value.type, data };
    }),
  );
}

const program = fileURLToPath(new URL("parse-forms.py", import.meta.url));

export function hasPython(): boolean {
  return spawnSync("python3", ["-c", ""], { timeout: 20_000 }).status === 0;
}

/** All of them in one process. */
export function parseWithPython(forms: readonly Form[]): PeerPart[][] {
  const input = forms.map(({ contentType, body }) => ({
    contentType,
    body: Buffer.from(body).toString("base64"),
  }));
  const { status, stdout, stderr } = spawnSync("python3", [program], {
    input: JSON.stringify(input),
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
    timeout: 60_000,
  });
  if (status !== 0) throw new Error(stderr);
  const parsed = JSON.parse(stdout) as (Omit<PeerPart, "name" | "filename" | "type"> & {
    name: string | null;
    filename: string | null;
    type: string | null;
  })[][];
  return parsed.map((parts) =>
    parts.map(({ name, filename, type, data }) => ({
      name: name ?? "",
      ...(filename !== null && { filename }),
      ...(type !== null && { type }),
      data: Buffer.from(data, "base64").toString("latin1"),
    })),
  );
}
