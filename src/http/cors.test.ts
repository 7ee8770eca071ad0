import { describe, expect, it } from "vitest";
import { withCors, type Cors } from "./cors.js";
import type { HttpHandler, HttpRequest, HttpResponse } from "./exchange.js";

const app = "https://app.example.com";
const one: Cors = { origins: [app], credentials: false, maxAgeS: 600 };

const answer: HttpResponse = {
  status: 201,
  headers: { location: "/x", "upload-offset": "5", vary: "accept", "set-cookie": ["a=1"] },
  body: "x",
};
const handler: HttpHandler = async ({ method }) =>
  method === "OPTIONS" ? { status: 204, headers: { allow: "GET, PATCH, OPTIONS" } } : answer;

function send(cors: Cors, method: string, headers: HttpRequest["headers"]): Promise<HttpResponse> {
  const body = { present: false, pump: async () => undefined };
  const request = { method, target: "/x", scheme: "http", authority: "api.test", headers, body };
  return withCors(handler, cors)(request);
}

const sharing = ({ headers }: HttpResponse): object =>
  Object.fromEntries(
    Object.entries(headers).filter(([name]) => name === "vary" || name.startsWith("access-")),
  );

const preflight = {
  origin: app,
  "access-control-request-method": "PATCH",
  "access-control-request-headers": "tus-resumable,upload-offset",
};

describe("withCors", () => {
  it.each([
    {
      given: "an origin of the list may read all that stands in the answer, but no cookies",
      cors: one,
      headers: { origin: app },
      want: {
        "access-control-allow-origin": app,
        "access-control-expose-headers": "location, upload-offset, vary",
        vary: "accept, origin",
      },
    },
    {
      given: "another origin is told nothing, and caches keep it apart",
      cors: one,
      headers: { origin: "https://evil.example.com" },
      want: { vary: "accept, origin" },
    },
    {
      given: "null is an origin of nobody",
      cors: one,
      headers: { origin: "null" },
      want: { vary: "accept, origin" },
    },
    { given: "no origin at all", cors: one, headers: {}, want: { vary: "accept, origin" } },
    {
      given: "everybody",
      cors: { ...one, origins: ["*"] },
      headers: { origin: "https://evil.example.com" },
      want: {
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "location, upload-offset, vary",
        vary: "accept",
      },
    },
    {
      given: "with cookies",
      cors: { ...one, credentials: true },
      headers: { origin: app },
      want: {
        "access-control-allow-origin": app,
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "location, upload-offset, vary",
        vary: "accept, origin",
      },
    },
  ])("$given", async ({ cors, headers, want }) => {
    const response = await send(cors, "POST", headers as HttpRequest["headers"]);
    expect(sharing(response)).toEqual(want);
    expect(response).toMatchObject({ status: 201, body: "x" });
  });

  it("a preflight is told what the path allows", async () => {
    expect(await send(one, "OPTIONS", preflight)).toEqual({
      status: 204,
      headers: {
        allow: "GET, PATCH, OPTIONS",
        vary: "origin",
        "access-control-allow-origin": app,
        "access-control-allow-methods": "GET, PATCH, OPTIONS",
        "access-control-allow-headers": "tus-resumable,upload-offset",
        "access-control-max-age": "600",
      },
    });
  });

  it("a preflight of another origin allows nothing", async () => {
    const response = await send(one, "OPTIONS", {
      ...preflight,
      origin: "https://evil.example.com",
    });
    expect(sharing(response)).toEqual({ vary: "origin" });
  });

  it("an OPTIONS that is no preflight is a request like all", async () => {
    expect(sharing(await send(one, "OPTIONS", { origin: app }))).toEqual({
      "access-control-allow-origin": app,
      "access-control-expose-headers": "allow",
      vary: "origin",
    });
  });
});
