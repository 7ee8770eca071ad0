// Rows of the table `secret`: made once, and the same for all processes on one database.
import type { Db } from "./db.js";

export const secrets = {
  /** The one of this name; `made` becomes it where there is none yet. */
  async get(db: Db, name: string, made: string): Promise<string> {
    await db.run("INSERT INTO secret (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", [
      name,
      made,
    ]);
    const row = await db.get<{ value: string }>("SELECT value FROM secret WHERE name = $1", [name]);
    if (!row) throw new Error(`There is no secret ${name}.`);
    return row.value;
  },
};
