import { describe, expect, it } from "vitest";
import { createRouter } from "./router.js";

const router = createRouter(
  [
    "GET /",
    "GET /things",
    "POST /things",
    "GET /things/{id}",
    "DELETE /things/{id}",
    "GET /things/mine",
    "GET /things/{id}.json",
    "GET /things/report-{year}.{format}",
    "POST /things/{id}:run",
    "GET /things/{thing}/parts/{part}",
    "PUT /profiles/{id}/pic/",
    "PATCH /profiles/{other}/pic",
    "GET /both",
    "GET /both/",
    "GET /caf%C3%A9/{a}-{b}",
    "GET /a/b/x",
    "GET /a/{b}/y",
    "GET /proto/{__proto__}",
  ].map((value) => {
    const [method = "", path = ""] = value.split(" ");
    return { method, path, value };
  }),
);

describe("find", () => {
  const matches: [given: string, want: string, params: Record<string, string>][] = [
    ["GET /", "GET /", {}],
    ["GET /things", "GET /things", {}],
    ["HEAD /things", "GET /things", {}],
    ["GET /things/7", "GET /things/{id}", { id: "7" }],
    ["GET /things/mine", "GET /things/mine", {}],
    ["GET /things/mines", "GET /things/{id}", { id: "mines" }],
    ["GET /things/7.json", "GET /things/{id}.json", { id: "7" }],
    ["GET /things/.json", "GET /things/{id}", { id: ".json" }],
    [
      "GET /things/report-24.a.b",
      "GET /things/report-{year}.{format}",
      { year: "24", format: "a.b" },
    ],
    ["POST /things/7:run", "POST /things/{id}:run", { id: "7" }],
    ["POST /things/7%3Arun", "POST /things/{id}:run", { id: "7" }],
    ["GET /things/a%2Fb", "GET /things/{id}", { id: "a/b" }],
    ["GET /things/%C5%BE%20+", "GET /things/{id}", { id: "ž +" }],
    ["GET /things/7/parts/8", "GET /things/{thing}/parts/{part}", { thing: "7", part: "8" }],
    ["GET /things/mine/parts/8", "GET /things/{thing}/parts/{part}", { thing: "mine", part: "8" }],
    ["PUT /profiles/1/pic/", "PUT /profiles/{id}/pic/", { id: "1" }],
    ["PUT /profiles/1/pic", "PUT /profiles/{id}/pic/", { id: "1" }],
    ["PATCH /profiles/1/pic", "PATCH /profiles/{other}/pic", { other: "1" }],
    ["GET /things/", "GET /things", {}],
    ["GET /both", "GET /both", {}],
    ["GET /both/", "GET /both/", {}],
    ["GET /caf%c3%a9/x-y-z", "GET /caf%C3%A9/{a}-{b}", { a: "x", b: "y-z" }],
    ["GET /%74hings", "GET /things", {}],
    ["GET /a/b/y", "GET /a/{b}/y", { b: "b" }],
  ];
  for (const [given, value, params] of matches) {
    it(given, () => {
      const [method = "", path = ""] = given.split(" ");
      const got = router.find(method, path);
      expect(got).toMatchObject({ kind: "match", value });
      expect(got.kind === "match" && { ...got.params }).toEqual(params);
    });
  }

  const others: [given: string, want: unknown][] = [
    ["PUT /things", { kind: "method", allow: ["GET", "HEAD", "POST"] }],
    ["OPTIONS /things/7", { kind: "method", allow: ["DELETE", "GET", "HEAD"] }],
    ["GET /profiles/1/pic/", { kind: "method", allow: ["PUT"] }],
    ["GET /nothing", { kind: "none" }],
    ["GET /things//parts/8", { kind: "none" }],
    ["GET /things/7/", { kind: "match" }],
    ["GET /things/7//", { kind: "none" }],
    ["GET /THINGS", { kind: "none" }],
    ["GET /things/%", { kind: "none" }],
    ["GET /things/%ff", { kind: "none" }],
    ["GET *", { kind: "none" }],
    ["GET ", { kind: "none" }],
    ["GET http://x/things", { kind: "none" }],
    ["GET /__proto__", { kind: "none" }],
  ];
  for (const [given, want] of others) {
    it(given, () => {
      const [method = "", path = ""] = given.split(" ");
      expect(router.find(method, path)).toMatchObject(want as object);
    });
  }

  it("gives params without a prototype", () => {
    const got = router.find("GET", "/proto/x");
    expect(got.kind === "match" && Object.entries(got.params)).toEqual([["__proto__", "x"]]);
  });

  it("finds each of thousands of routes", () => {
    const routes = Array.from({ length: 5000 }, (_, i) => ({
      method: "GET",
      path: `/v${i % 7}/c${i}/{id}/x${i % 3}`,
      value: i,
    }));
    const many = createRouter(routes);
    for (const { path, value } of routes) {
      const got = many.find("GET", path.replace("{id}", "k"));
      if (got.kind !== "match" || got.value !== value) expect.fail(path);
    }
  });
});
