// A promise that somebody else settles (`Promise.withResolvers`, which Node 20 does not have). One that is rejected while
// nobody waits is no unhandled rejection.

export interface Deferred<Value> {
  readonly promise: Promise<Value>;
  resolve(value: Value): void;
  reject(error: unknown): void;
}

export function createDeferred<Value>(): Deferred<Value> {
  const settlers: Pick<Deferred<Value>, "resolve" | "reject">[] = [];
  const promise = new Promise<Value>((resolve, reject) => settlers.push({ resolve, reject }));
  promise.catch(() => undefined);
  return {
    promise,
    resolve: (value) => settlers[0]?.resolve(value),
    reject: (error) => settlers[0]?.reject(error),
  };
}
