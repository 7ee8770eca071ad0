// The captured bodies in fixtures/: octets in NAME.bin, and in NAME.json the client, its version, and what it was told to send.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A part as sent: its content as text or by its digest, or parts of its own. Absent members were not sent. */
export interface SentPart {
  readonly name?: string;
  readonly filename?: string;
  readonly type?: string;
  readonly disposition?: string;
  readonly transferEncoding?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text?: string;
  readonly size?: number;
  readonly sha256?: string;
  readonly parts?: readonly SentPart[];
}

export interface Sent {
  readonly parts?: readonly SentPart[];
  readonly pairs?: readonly (readonly [name: string, value: string])[];
  readonly json?: unknown;
  /** What the base64 at these pointers of `json` stands for. */
  readonly files?: Readonly<Record<string, { readonly size: number; readonly sha256: string }>>;
}

export interface Fixture {
  readonly name: string;
  readonly client: string;
  readonly version: string;
  readonly contentType: string;
  readonly notes?: readonly string[];
  readonly sent: Sent;
  readonly body: Uint8Array;
}

export function readFixtures(): Fixture[] {
  const folder = fileURLToPath(new URL("fixtures/", import.meta.url));
  const names = readdirSync(folder).filter((file) => file.endsWith(".json"));
  return names.sort().map((file) => {
    const name = file.slice(0, -".json".length);
    const about = JSON.parse(readFileSync(`${folder}${file}`, "utf8")) as Omit<Fixture, "body">;
    return { ...about, name, body: readFileSync(`${folder}${name}.bin`) };
  });
}
