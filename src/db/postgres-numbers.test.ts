import { expect, it } from "vitest";
import type { PgClient } from "./postgres-driver.js";
import { createNumbers } from "./postgres-numbers.js";
import type { Pool } from "./postgres-pool.js";

/** A connection that is found dead so often; then the next number is always 7. */
function dying(times: number): Pool {
  let left = times;
  const answer = { rows: [{ first: 7 }], rowCount: 1, command: "INSERT" };
  const client = {
    async query() {
      if (left-- > 0) throw new Error("Connection terminated unexpectedly");
      return answer;
    },
  };
  // A whole client is of no use where one method is called.
  return {
    use: (work) => work(client as unknown as PgClient),
    counts: () => ({ open: 1, used: 1, waiting: 0 }),
    close: async () => undefined,
  };
}

function three(pool: Pool) {
  const { next } = createNumbers(pool);
  return Promise.allSettled([next("a"), next("a"), next("b")]);
}

it("asks once more where the server was started again meanwhile, and not without an end", async () => {
  const told = (await three(dying(1))).map((each) => each.status === "fulfilled" && each.value);
  expect(told).toEqual([7, 7, 7]);
  expect((await three(dying(9))).map(({ status }) => status)).toEqual(Array(3).fill("rejected"));
});
