// The files of one request, from first octet to answer: kept when a resource took them, else gone.
import type { FileSinks } from "../base/sink.js";

export interface FileSession extends FileSinks {
  /** The store's key of a file of this session. */
  keyOf(id: string): string;
  /** A committed row names these files; ids of other sessions are passed over. */
  keep(ids: readonly string[]): void;
  /** Deletes every file that is not kept, whole or not. Never rejects. */
  end(): Promise<void>;
}
