// A page of another origin than the API, with scripts of clients that people use.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { root } from "./server-process.js";

const modules = join(root, "test/clients/node_modules");

export interface ClientPage {
  readonly origin: string;
  close(): void;
}

/** `scripts` are files of packages of `test/clients`, by the path that the page has them under. */
export async function serveClientPage(
  html: string,
  scripts: Readonly<Record<string, string>>,
): Promise<ClientPage> {
  const server = createServer((request, response) => {
    const name = scripts[request.url ?? ""];
    if (name === undefined)
      return response.setHeader("content-type", "text/html; charset=utf-8").end(html);
    readFile(join(modules, name)).then(
      (content) =>
        response.setHeader("content-type", "text/javascript; charset=utf-8").end(content),
      () => response.writeHead(404).end(),
    );
  });
  server.listen(0, "localhost");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { origin: `http://localhost:${port}`, close: () => void server.close() };
}
