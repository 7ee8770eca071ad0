// What the clients know of the server's profiles: what was acknowledged, and what was under way when it
// died. Says of a list that is read later whether both can be true. Knows nothing of HTTP.

export interface Stored {
  readonly size: number;
  readonly sha256: string;
}

export interface Profile {
  readonly name: string;
  readonly bio: string | null;
  readonly pic: Stored | null;
}

/** A change that was sent. `want` is what becomes of the profile, undefined when it goes. */
export interface Change {
  /** None for a profile that is to be created. */
  readonly id?: string;
  readonly want: Profile | undefined;
}

export interface Ledger {
  /** Ids that no change is under way for. */
  idle(): string[];
  size(): number;
  profile(id: string): Profile;
  begin(change: Change): void;
  /** It was answered: `id` names what was created. */
  acknowledge(change: Change, id?: string): void;
  /** It was answered that nothing was changed. */
  refuse(change: Change): void;
  /** How many were begun and not answered. */
  unanswered(): number;
  /** What is wrong with this list, in sentences; then takes it for the truth. */
  settle(found: ReadonlyMap<string, Profile>): string[];
}

export function createLedger(): Ledger {
  const known = new Map<string, Profile>();
  const open = new Set<Change>();

  const apply = (id: string, want: Profile | undefined): void => {
    if (want) known.set(id, want);
    else known.delete(id);
  };

  const faultsOf = (id: string, found: Profile | undefined): string[] => {
    const change = [...open].find((each) => each.id === id);
    const may = [known.get(id), ...(change ? [change.want] : [])];
    if (may.some((each) => same(each, found))) return [];
    return [`${id} is ${text(found)}, but can only be ${may.map(text).join(" or ")}.`];
  };

  const faultOfNew = (id: string, found: Profile): string[] => {
    const isOurs = [...open].some((each) => each.id === undefined && same(each.want, found));
    return isOurs ? [] : [`${id} is ${text(found)}, which nobody made.`];
  };

  return {
    idle: () => [...known.keys()].filter((id) => [...open].every((each) => each.id !== id)),
    size: () => known.size,
    profile(id) {
      const found = known.get(id);
      if (!found) throw new Error(`There is no profile ${id}.`);
      return found;
    },
    begin: (change) => void open.add(change),
    acknowledge(change, id = change.id) {
      open.delete(change);
      apply(id ?? "", change.want);
    },
    refuse: (change) => void open.delete(change),
    unanswered: () => open.size,
    settle(found) {
      const old = [...known.keys()].flatMap((id) => faultsOf(id, found.get(id)));
      const added = [...found].filter(([id]) => !known.has(id));
      const faults = [...old, ...added.flatMap(([id, profile]) => faultOfNew(id, profile))];
      open.clear();
      known.clear();
      for (const [id, profile] of found) known.set(id, profile);
      return faults;
    },
  };
}

const same = (a: Profile | undefined, b: Profile | undefined): boolean => text(a) === text(b);

function text(profile: Profile | undefined): string {
  if (!profile) return "gone";
  const { name, bio, pic } = profile;
  return JSON.stringify([name, bio, pic && [pic.size, pic.sha256]]);
}
