// Numbers of a sequence, on a connection of their own: a row that is locked until the COMMIT of whoever took its number
// would let one at a time commit. Their own commits are not waited for, since the log is in order: a number is durable no
// later than any row that has it. Requests that wait together take theirs together.
import { createDeferred, type Deferred } from "../base/deferred.js";
import { isConnectionLoss, postgresFault } from "./postgres-fault.js";
import type { Pool } from "./postgres-pool.js";
import { query, type Answer, type StatementNames } from "./postgres-sql.js";

export interface Numbers {
  /** From 1, and never again, whatever becomes of it. */
  next(name: string): Promise<number>;
}

export function createNumbers(pool: Pool): Numbers {
  const waiting = new Map<string, Deferred<number>[]>();
  const names: StatementNames = new Map();
  const serve = async (name: string): Promise<void> => {
    for (let few = waiting.get(name); few && few.length > 0; few = waiting.get(name)) {
      waiting.set(name, []);
      await take(few, name);
    }
    waiting.delete(name);
  };
  const take = async (few: readonly Deferred<number>[], name: string): Promise<void> => {
    try {
      const ask = (): Promise<Answer> =>
        pool.use((client) => query(client, names, { text, params: [name, few.length] }));
      // A dead connection is found once; numbers that were given to nobody are left out.
      const { rows } = await ask().catch((error: unknown) => {
        if (isConnectionLoss(error)) return ask();
        throw error;
      });
      const first = Number(rows[0]?.["first"]);
      for (const [i, each] of few.entries()) each.resolve(first + i);
    } catch (error) {
      for (const each of few) each.reject(postgresFault(error));
    }
  };
  return {
    next(name) {
      const mine = createDeferred<number>();
      const others = waiting.get(name);
      if (others) others.push(mine);
      else {
        waiting.set(name, [mine]);
        void serve(name);
      }
      return mine.promise;
    },
  };
}

const text = `INSERT INTO sequence (collection, next) VALUES ($1, $2 + 1)
  ON CONFLICT (collection) DO UPDATE SET next = sequence.next + $2
  RETURNING next - $2 AS first`;
