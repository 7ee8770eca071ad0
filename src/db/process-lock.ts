// One process for a folder: a lock that the kernel gives back however the process ends. SQLite's own
// file lock, since Node has none; nothing is ever written into its file.
import { openSqlite } from "./sqlite-connection.js";

export interface ProcessLock {
  release(): void;
}

/** Waits two seconds for another process to end. Throws `unavailable` while it holds the lock. */
export function lockProcess(path: string): ProcessLock {
  const connection = openSqlite(path, []);
  try {
    connection.run("BEGIN EXCLUSIVE");
  } catch (error) {
    connection.close();
    throw error;
  }
  return {
    release() {
      connection.run("ROLLBACK"); // closing alone would wait for a collector
      connection.close();
    },
  };
}
