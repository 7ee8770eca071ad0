// Rows of the table `lease`: work that one process does at a time. Whoever takes one over gets a higher epoch, with
// which all that was held under earlier ones is over.
import type { Sql } from "./db.js";

export const leases = {
  /** The epoch under which it is held until `untilMs`; undefined while another holder has it. */
  async take(
    sql: Sql,
    lease: { name: string; holder: string; nowMs: number; untilMs: number },
  ): Promise<number | undefined> {
    const { name, holder, nowMs, untilMs } = lease;
    const [row] = await sql.all<{ epoch: number }>(
      `INSERT INTO lease (name, holder, epoch, until_at) VALUES ($1, $2, 1, $3)
      ON CONFLICT (name) DO UPDATE SET holder = $2, epoch = lease.epoch + 1, until_at = $3
      WHERE lease.until_at <= $4 OR lease.holder = $2 RETURNING epoch`,
      [name, holder, untilMs, nowMs],
    );
    return row && Number(row.epoch);
  },

  /** False when it was taken over. With a time that is over, it is given back. */
  async hold(
    sql: Sql,
    { name, epoch, untilMs }: { name: string; epoch: number; untilMs: number },
  ): Promise<boolean> {
    const changed = await sql.run("UPDATE lease SET until_at = $3 WHERE name = $1 AND epoch = $2", [
      name,
      epoch,
      untilMs,
    ]);
    return changed === 1;
  },
};
