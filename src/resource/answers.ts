// Answers that are kept for retries of the same request (Idempotency-Key), and which requests are under way. Knows
// no HTTP but that an answer has a status, header fields and a body.
import type { Clock } from "../base/clock.js";
import { WaybillError } from "../base/fault.js";
import type { Db, Sql } from "../db/db.js";
import { answers, type AnswerName, type AnswerRow } from "../db/idempotency.js";

export type { AnswerName } from "../db/idempotency.js";

export type Answer = Pick<AnswerRow, "status" | "headers" | "body">;

export interface Answers {
  /** Throws `request-in-progress` while one of this name is under way here; ends with what it returns. */
  begin(name: AnswerName): () => void;
  /** Rejects with `idempotency-key-reused` where it was given to another request. */
  find(name: AnswerName, digest: string): Promise<Answer | undefined>;
  /** Whether a request of this name was answered, whatever it was. */
  has(name: AnswerName): Promise<boolean>;
  /** Within the transaction that does what was asked for. Rejects where another node did it at the same time. */
  keep(sql: Sql, name: AnswerName, made: Answer & { digest: string }): Promise<void>;
  forget(name: AnswerName): Promise<void>;
  /** Forgets some of those that are old enough; resolves to whether there may be more. */
  prune(): Promise<boolean>;
}

export interface AnswersOptions {
  readonly db: Db;
  readonly clock: Clock;
  /** How long an answer is kept. */
  readonly expiresMs: number;
}

const stepMax = 200;

export function createAnswers({ db, clock, expiresMs }: AnswersOptions): Answers {
  const underWay = new Set<string>();
  return {
    begin({ key, principal, operation }) {
      const name = JSON.stringify([principal, operation, key]);
      if (underWay.has(name)) throw inProgress();
      underWay.add(name);
      return () => void underWay.delete(name);
    },

    async find(name, digest) {
      const found = await answers.get(db, name, clock.now());
      if (found && found.digest !== digest) throw reused();
      return found;
    },

    has: async (name) => (await answers.get(db, name, clock.now())) !== undefined,

    async keep(sql, name, made) {
      const createdAt = clock.now();
      const row = { ...name, ...made, createdAt, expiresAt: createdAt + expiresMs };
      if (!(await answers.insert(sql, row))) throw inProgress();
    },

    forget: (name) => answers.delete(db, name),

    async prune() {
      const pruned = await db.transaction((sql) =>
        answers.prune(sql, { nowMs: clock.now(), limit: stepMax }),
      );
      return pruned === stepMax;
    },
  };
}

function inProgress(): WaybillError {
  const detail = "A request with this Idempotency-Key is under way; ask again when it is over.";
  return new WaybillError({ code: "request-in-progress", detail });
}

function reused(): WaybillError {
  const detail =
    "This Idempotency-Key was given to another request; a new request needs a new one.";
  return new WaybillError({ code: "idempotency-key-reused", detail });
}
