import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { expect, it, onTestFinished } from "vitest";
import { createDocument, type OpenApiDocument } from "./document.js";
import { loadReferences } from "./load-references.js";

/** A document that refers to `count` others there, once they are loaded. */
async function load(
  listener: RequestListener,
  count: number,
  inAll: { bytesMax: number; msMax: number },
): Promise<OpenApiDocument> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  const address = server.address();
  const origin = `http://localhost:${typeof address === "object" ? address?.port : ""}`;
  const schemas = Array.from({ length: count }, (_, n) => ({ $ref: `${n}.yaml` }));
  const document = createDocument({ openapi: "3.1.0", schemas }, { uri: `${origin}/api.yaml` });
  return loadReferences(document, { allow: [origin], internal: ["localhost"] }, inAll);
}

it("documents on a host that says nothing have one deadline together", async () => {
  const startedMs = performance.now();
  const document = await load(() => undefined, 40, { bytesMax: 1000, msMax: 300 });
  expect(performance.now() - startedMs).toBeLessThan(5000);
  expect(() => document.resolve({ $ref: "39.yaml" })).toThrow("it takes too long");
});

it("documents of a round are fetched side by side", async () => {
  const waiting: (() => void)[] = [];
  const answerInPairs: RequestListener = (_, response) => {
    waiting.push(() => response.end("type: string\n"));
    if (waiting.length === 2) for (const answer of waiting.splice(0)) answer();
  };
  const document = await load(answerInPairs, 4, { bytesMax: 1000, msMax: 5000 });
  expect(document.resolve({ $ref: "3.yaml" }).node).toEqual({ type: "string" });
});

it("documents may be only so large together", async () => {
  const text = `type: ${"x".repeat(394)}`;
  const document = await load((_, response) => response.end(text), 3, {
    bytesMax: 900,
    msMax: 5000,
  });
  const refused = [0, 1, 2].filter((n) => {
    try {
      return document.resolve({ $ref: `${n}.yaml` }) === undefined;
    } catch (error) {
      return String(error).includes("all documents together are too large");
    }
  });
  expect(refused).toHaveLength(1);
});
