// Every call of an object told when it is over: by name, with how long it took and whether it failed. Knows nothing of
// what the calls do.
import { performance } from "node:perf_hooks";

export interface Told {
  /** `partial.sync` for a method of a member. */
  readonly call: string;
  readonly seconds: number;
  readonly failed: boolean;
}

export interface TimedOptions {
  readonly tell: (told: Told) => void;
  /** What a method gives back that is to be closed, such as a reader: one more of them, or one less. */
  readonly held?: (call: string, by: 1 | -1) => void;
}

/** The same object to whoever uses it. Calls that give no promise are over at once. */
export function timedCalls<Target extends object>(
  target: Target,
  options: TimedOptions,
  prefix = "",
): Target {
  return new Proxy(target, {
    get(from, name) {
      const value: unknown = Reflect.get(from, name);
      if (typeof name !== "string") return value;
      if (typeof value === "function") {
        return (...args: unknown[]) =>
          timed(prefix + name, options, () => Reflect.apply(value, from, args));
      }
      const isMember = typeof value === "object" && value !== null;
      return isMember ? timedCalls(value, options, `${prefix}${name}.`) : value;
    },
  });
}

function timed(call: string, options: TimedOptions, work: () => unknown): unknown {
  const startMs = performance.now();
  const over = (failed: boolean): void =>
    options.tell({ call, seconds: (performance.now() - startMs) / 1000, failed });
  try {
    const result = work();
    if (result instanceof Promise) {
      return result.then(
        (value: unknown) => {
          over(false);
          return held(value, call, options);
        },
        (error: unknown) => {
          over(true);
          throw error;
        },
      );
    }
    if (!isCloseable(result)) over(false);
    return held(result, call, options);
  } catch (error) {
    over(true);
    throw error;
  }
}

interface Closeable {
  close(): Promise<void>;
}

/** Its `close`, `sync` and `abort` are calls as well; the rest of it is too small to be told. */
function held(value: unknown, call: string, options: TimedOptions): unknown {
  if (!isCloseable(value)) return value;
  options.held?.(call, 1);
  let isOpen = true;
  const release = (): void => {
    if (isOpen) options.held?.(call, -1);
    isOpen = false;
  };
  return new Proxy(value, {
    get(from, name) {
      const member: unknown = Reflect.get(from, name);
      if (typeof member !== "function") return member;
      if (name !== "close" && name !== "abort" && name !== "sync") return member.bind(from);
      return (...args: unknown[]) => {
        if (name !== "sync") release();
        return timed(`${call}.${name}`, options, () => Reflect.apply(member, from, args));
      };
    },
  });
}

function isCloseable(value: unknown): value is Closeable {
  return (
    typeof value === "object" &&
    value !== null &&
    "close" in value &&
    typeof value.close === "function"
  );
}
