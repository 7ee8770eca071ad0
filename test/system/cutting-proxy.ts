// A connection to a server that is lost half-way: what a client sends goes through up to a number of octets, stands
// still there, and is cut when a test says so.
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface CuttingProxy {
  readonly url: string;
  /** Once: the next connection over which more octets than this are sent. Resolves when it stands still, to what cuts it. */
  stallAfter(bytes: number): Promise<() => void>;
  close(): void;
}

interface Stall {
  readonly bytes: number;
  readonly reached: (cut: () => void) => void;
}

export async function startCuttingProxy(target: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target);
  let stall: Stall | undefined;
  const open = new Set<Socket>();

  const proxy = createServer((client) => {
    const server = connect(Number(port), hostname);
    let sent = 0;
    for (const socket of [client, server]) {
      open.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => open.delete(socket));
    }
    client.on("data", (chunk) => {
      sent += chunk.length;
      server.write(chunk);
      if (!stall || sent <= stall.bytes) return;
      client.pause();
      stall.reached(() => {
        client.destroy();
        server.destroy();
      });
      stall = undefined;
    });
    server.pipe(client);
    client.on("close", () => server.end());
  });
  proxy.listen(0, "localhost");
  await once(proxy, "listening");
  return {
    url: `http://localhost:${(proxy.address() as AddressInfo).port}`,
    stallAfter: (bytes) => new Promise((reached) => (stall = { bytes, reached })),
    close() {
      proxy.close();
      for (const socket of open) socket.destroy();
    },
  };
}
