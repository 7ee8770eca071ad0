// A proxy in front of an object storage that is as unreliable as a network on a bad day: answers of its own with 503,
// delays, connections cut before or after the storage has done it, and bodies that end too early. Signatures stay as they are.
import { once } from "node:events";
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { Random } from "../system/kill-load.js";

export interface StoreProxy {
  readonly endpoint: string;
  /** From 0, never, to 1, at each request. */
  trouble(share: number): void;
  /** How often each was done. */
  readonly done: Readonly<Record<Trouble, number>>;
  stop(): Promise<void>;
}

const kinds = ["refused", "delayed", "cut before", "cut after", "truncated"] as const;
type Trouble = (typeof kinds)[number] | "as it should be";

export async function startStoreProxy(target: string, random: Random): Promise<StoreProxy> {
  const { hostname, port } = new URL(target);
  const done: Record<Trouble, number> = {
    refused: 0,
    delayed: 0,
    "cut before": 0,
    "cut after": 0,
    truncated: 0,
    "as it should be": 0,
  };
  let share = 0;
  const pick = (): Trouble =>
    (random() < share && kinds[Math.floor(random() * kinds.length)]) || "as it should be";

  const forward = (from: IncomingMessage, to: ServerResponse, trouble: Trouble) => {
    const { method, url, rawHeaders } = from;
    // The Host field is signed.
    const out = request({
      hostname,
      port,
      method,
      path: url,
      headers: rawHeaders as never,
      setHost: false,
    });
    out.on("error", () => to.destroy());
    to.on("close", () => out.destroy());
    out.on("response", (answer) => {
      if (trouble === "cut after") return void to.destroy();
      to.writeHead(answer.statusCode ?? 500, answer.rawHeaders as never);
      answer.on("error", () => to.destroy());
      if (trouble !== "truncated") return void answer.pipe(to);
      answer.once("data", (chunk: Buffer) => {
        to.write(chunk.subarray(0, chunk.length >> 1), () => to.destroy());
      });
      answer.once("end", () => to.destroy());
    });
    from.pipe(out);
  };

  const server = createServer((from, to) => {
    const trouble = pick();
    done[trouble]++;
    from.on("error", () => undefined);
    to.on("error", () => undefined);
    if (trouble === "refused") {
      from.resume();
      return void to.writeHead(503, { "retry-after": "0" }).end();
    }
    if (trouble === "cut before") return void from.destroy();
    if (trouble !== "delayed") return forward(from, to, trouble);
    void pause(random() * 1500).then(() => forward(from, to, "as it should be"));
  });
  server.requestTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    trouble: (said) => void (share = said),
    done,
    async stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
