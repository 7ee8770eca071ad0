// A receiver of webhooks: a real server that keeps what it gets, and answers as it is told.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Got {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Default 204. */
export type Respond = (response: ServerResponse, got: Got, count: number) => void;

export interface Receiver {
  readonly url: string;
  readonly port: number;
  readonly got: Got[];
  /** Resolves when there are that many. */
  received(count: number): Promise<Got[]>;
  close(): Promise<void>;
}

export async function startReceiver(respond?: Respond, port = 0): Promise<Receiver> {
  const got: Got[] = [];
  const wake: (() => void)[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const one = {
        path: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      };
      got.push(one);
      if (respond) respond(response, one, got.length);
      else response.writeHead(204).end();
      for (const each of wake.splice(0)) each();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    got,
    async received(count) {
      while (got.length < count) await new Promise<void>((resolve) => wake.push(resolve));
      return got;
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
