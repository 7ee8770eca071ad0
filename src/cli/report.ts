// What a command has to say while it works: on a terminal text, with one line of progress below it; otherwise, and
// with --json, one JSON object a line.
import type { Writable } from "node:stream";

export interface Report {
  /** One thing: the record, and what it is to people. */
  tell(record: object, text: string): void;
  /** On a terminal, until the next thing is told; at most ten times a second. */
  progress(text: string): void;
  /** Ends the line of progress. */
  end(): void;
}

export interface ReportOptions {
  readonly json: boolean;
  readonly out: Writable & { readonly isTTY?: boolean; readonly columns?: number };
}

const progressMs = 100;
const clearLine = "\r\u001B[K";

export function createReport({ json, out }: ReportOptions): Report {
  if (json || out.isTTY !== true) {
    return {
      tell: (record) => void out.write(`${JSON.stringify(record)}\n`),
      progress: () => undefined,
      end: () => undefined,
    };
  }
  let shown = false;
  let atMs = 0;
  const clear = (): void => {
    if (shown) out.write(clearLine);
    shown = false;
  };
  return {
    tell(_, text) {
      clear();
      out.write(`${text}\n`);
    },
    progress(text) {
      const nowMs = Date.now();
      if (nowMs - atMs < progressMs) return;
      atMs = nowMs;
      shown = true;
      out.write(clearLine + text.slice(0, (out.columns ?? 80) - 1));
    },
    end: clear,
  };
}
