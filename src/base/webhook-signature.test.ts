import { describe, expect, it } from "vitest";
import { isWaybillError } from "./fault.js";
import { parseWebhookSecret, signWebhook, verifyWebhook } from "./webhook-signature.js";

// The example of the Standard Webhooks libraries.
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const other = `whsec_${Buffer.alloc(24, 1).toString("base64")}`;
const id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const timestamp = 1614265330;
const body = '{"test": 2432232314}';
const nowMs = timestamp * 1000;
const signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const headers = {
  "webhook-id": id,
  "webhook-timestamp": String(timestamp),
  "webhook-signature": signature,
};

const v = (more: object, payload: string = body, secrets: string | string[] = secret, at = 0) =>
  verifyWebhook({ ...headers, ...more }, payload, secrets, { nowMs: nowMs + at });

it("signs as the published example", () => {
  expect(signWebhook({ id, timestamp, body }, [parseWebhookSecret(secret)])).toEqual(headers);
});

describe("verifyWebhook", () => {
  it("takes what is genuine, in any shape of headers", () => {
    const want = { id, test: 2432232314 };
    expect(v({})).toEqual(want);
    expect(verifyWebhook(new Headers(headers), Buffer.from(body), secret, { nowMs })).toEqual(want);
    expect(v({ "webhook-signature": `v1,AAAA v1a,xx ${signature}` })).toEqual(want);
    expect(v({}, body, [other, secret])).toEqual(want);
    expect(v({}, body, secret, 300_000)).toEqual(want);
  });

  const refused: [string, () => unknown][] = [
    ["another body", () => v({}, '{"test": 2432232315}')],
    ["another id", () => v({ "webhook-id": "msg_2" })],
    ["another time", () => v({ "webhook-timestamp": String(timestamp + 1) })],
    ["another secret", () => v({}, body, other)],
    ["no signature", () => v({ "webhook-signature": undefined })],
    [
      "a signature of another version",
      () => v({ "webhook-signature": signature.replace("1", "2") }),
    ],
    ["a shorter signature", () => v({ "webhook-signature": signature.slice(0, 20) })],
    ["no time", () => v({ "webhook-timestamp": "soon" })],
    ["one that is too old", () => v({}, body, secret, 301_000)],
    ["one from the future", () => v({}, body, secret, -301_000)],
  ];
  it.each(refused)("refuses %s", (_, work) => {
    expect(() => work()).toThrow(
      expect.toSatisfy((error) => isWaybillError(error) && error.code === "unauthorized"),
    );
  });

  it.each(["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ=", "whsec_?"])(
    "takes %j for no secret, and does not show it",
    (said) =>
      expect(() => v({}, body, said)).toThrow(/^A webhook's secret is whsec_ and base64 of/),
  );
});
