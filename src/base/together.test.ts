import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { together } from "./together.js";

const failLate = async (text: string, ms: number): Promise<never> => {
  await sleep(ms);
  throw new Error(text);
};

it("gives what each resolves to, in their order", async () => {
  expect(await together([sleep(2, "a"), Promise.resolve(1)])).toEqual(["a", 1]);
});

it("rejects with the first in order, though another failed before it, when all have settled", async () => {
  let settled = false;
  const last = sleep(6).then(() => void (settled = true));
  const all = together([Promise.resolve(), failLate("cause", 3), failLate("effect", 0), last]);
  await expect(all).rejects.toThrow("cause");
  expect(settled).toBe(true);
});
