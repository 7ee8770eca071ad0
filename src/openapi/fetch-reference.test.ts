import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { LookupFunction } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allowedReferences } from "./allowed-references.js";
import { fetchReference } from "./fetch-reference.js";
import { createIsPublicAddress } from "../net/public-address.js";

describe("an address", () => {
  const isPublic = createIsPublicAddress();
  it.each(["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111"])(
    "%s is public",
    (given) => expect(isPublic(given)).toBe(true),
  );
  it.each([
    "127.0.0.1",
    "127.255.0.9",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.8",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001::1",
    "2001:db8::1",
    "localhost",
    "",
  ])("%j is not", (given) => expect(isPublic(given)).toBe(false));
});

describe("what is allowed", () => {
  it.each([
    { given: "example.com", url: "https://example.com/a", want: true },
    { given: "Example.com", url: "http://example.com/a", want: true },
    { given: "Example.com", url: "http://example.com:8080/a", want: false },
    { given: "Example.com:8080", url: "http://example.com:8080/a", want: true },
    { given: "example.com:443", url: "https://example.com/a", want: true },
    { given: "example.com:8080", url: "http://example.com/a", want: false },
    { given: "example.com", url: "https://evil-example.com/a", want: false },
    { given: "example.com", url: "https://example.com.evil.test/a", want: false },
    { given: "example.com", url: "https://user:pass@example.com/a", want: false },
    { given: "example.com", url: "ftp://example.com/a", want: false },
    { given: "https://example.com/v1", url: "https://example.com/v1/a.yaml", want: true },
    { given: "https://example.com/v1", url: "https://example.com/v1", want: true },
    { given: "https://example.com/v1", url: "https://example.com/v10", want: false },
    { given: "https://example.com/v1/", url: "https://example.com/v1/../v2", want: false },
    { given: "https://example.com/v1", url: "http://example.com/v1/a", want: false },
    { given: "https://example.com/v1", url: "https://example.com/v1/a%2Fb", want: true },
    { given: "https://example.com/v1", url: "https://example.com/v1/..%2fv2", want: false },
    { given: "https://example.com/v1", url: "https://example.com/v1/a/%2e%2e%5cv2", want: false },
    { given: "https://example.com/v1", url: "https://example.com/v1/%252e%252e/v2", want: false },
    { given: "https://example.com/v1", url: "https://example.com/v1/..;a=b/v2", want: false },
    { given: "https://example.com/v1", url: "https://example.com/v1/100%2525/a;b", want: true },
  ])("$given: $url is $want", ({ given, url, want }) => {
    expect(allowedReferences({ allow: [given] }).has(new URL(url))).toBe(want);
  });

  it.each([
    "",
    "a b",
    "example.com/path",
    "*.example.com",
    "https://a.test/?b",
    "file:///etc",
    "://",
  ])("%j is nothing to allow", (given) => {
    expect(() => allowedReferences({ allow: [given] })).toThrow("cannot be allowed");
  });
});

describe("fetching", () => {
  const answers: Record<string, RequestListener> = {
    "/a.yaml": (_, response) => response.end("type: string\n"),
    "/gone": (_, response) => response.writeHead(410).end(),
    "/large": (_, response) => response.end("x".repeat(1001)),
    "/silent": () => undefined,
    "/stalls": (_, response) => void response.write("type"),
    "/loop": (_, response) => response.writeHead(302, { location: "/loop" }).end(),
    "/moved": (_, response) => response.writeHead(301, { location: "a.yaml" }).end(),
    "/out": (_, response) =>
      response.writeHead(307, { location: "http://elsewhere.test/a.yaml" }).end(),
    "/inside": (request, response) =>
      response
        .writeHead(302, { location: `http://127.0.0.1:${request.socket.localPort}/a.yaml` })
        .end(),
    "/metadata": (_, response) =>
      response.writeHead(302, { location: "http://169.254.169.254/latest" }).end(),
  };
  let server: Server;
  let origin = "";
  const asked: string[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? "");
      answers[request.url ?? ""]?.(request, response);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    origin = `localhost:${typeof address === "object" ? address?.port : ""}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const get = async (path: string, more: object = {}, allow = [origin]) =>
    fetchReference(`http://${origin}${path}`, {
      allowed: allowedReferences({ allow, internal: ["localhost"] }),
      bytesMax: 1000,
      msMax: 500,
      redirectsMax: 2,
      ...more,
    });

  it("takes a document, and knows where it was in the end", async () => {
    expect(await get("/a.yaml")).toEqual({
      uri: `http://${origin}/a.yaml`,
      text: "type: string\n",
    });
    expect(await get("/moved")).toMatchObject({ uri: `http://${origin}/a.yaml` });
  });

  it.each([
    { given: "/gone", want: "answers 410" },
    { given: "/large", want: "larger than 1000 octets" },
    { given: "/silent", want: "takes too long" },
    { given: "/stalls", want: "takes too long" },
    { given: "/loop", want: "leads on more than 2 times" },
    {
      given: "/out",
      want: "elsewhere.test/a.yaml cannot be followed: it is not among what is allowed",
    },
  ])("refuses $given", async ({ given, want }) => {
    await expect(get(given)).rejects.toThrow(want);
  });

  it("checks each redirect anew: one host that may be internal makes no other so", async () => {
    const allow = [origin, origin.replace("localhost", "127.0.0.1"), "169.254.169.254"];
    await expect(get("/inside", {}, allow)).rejects.toThrow("its address is an internal one");
    await expect(get("/metadata", {}, allow)).rejects.toThrow("its address is an internal one");
  });

  it("connects to nothing internal, unless the host is named", async () => {
    asked.length = 0;
    const allowed = allowedReferences({ allow: [origin] });
    await expect(get("/a.yaml", { allowed })).rejects.toThrow("its address is an internal one");
    expect(asked).toEqual([]);
  });

  it("checks the very address that it connects to", async () => {
    // The first answer of this name server is public, every later one is not.
    const replies = ["8.8.8.8", "127.0.0.1"];
    const seen: string[] = [];
    const lookup: LookupFunction = (_, __, done) => {
      const address = replies[Math.min(seen.length, 1)] ?? "";
      seen.push(address);
      done(null, [{ address, family: 4 }]);
    };
    const port = origin.split(":")[1];
    const allowed = allowedReferences({ allow: [`rebind.test:${port}`] });
    const options = { allowed, bytesMax: 1, msMax: 300, redirectsMax: 0, lookup };
    asked.length = 0;
    await expect(fetchReference(`http://rebind.test:${port}/a.yaml`, options)).rejects.toThrow();
    expect(seen).toEqual(["8.8.8.8"]);
    await expect(fetchReference(`http://rebind.test:${port}/a.yaml`, options)).rejects.toThrow(
      "its address is an internal one",
    );
    expect(asked).toEqual([]);
  });

  it("refuses a name of which one address is internal", async () => {
    const allowed = allowedReferences({ allow: ["mixed.test"] });
    const options = { allowed, bytesMax: 1, msMax: 300, redirectsMax: 0, lookup: findMixed };
    await expect(fetchReference("http://mixed.test/", options)).rejects.toThrow(
      "its address is an internal one",
    );
  });
});

const findMixed: LookupFunction = (_, __, done) =>
  done(null, [
    { address: "8.8.8.8", family: 4 },
    { address: "::1", family: 6 },
  ]);
