// Work that must not overlap with other work on the same thing, in this process.

/** One after the other for each id: whoever opens an upload must find the writer before it, to end it. */
export function createTurns(): <Value>(id: string, work: () => Promise<Value>) => Promise<Value> {
  const last = new Map<string, Promise<unknown>>();
  return (id, work) => {
    const mine = (last.get(id) ?? Promise.resolve()).then(work, work);
    last.set(id, mine);
    const forget = (): void => {
      if (last.get(id) === mine) last.delete(id);
    };
    mine.then(forget, forget);
    return mine;
  };
}
