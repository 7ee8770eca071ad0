// Random numbers from a seed: the same on every machine, so that a finding can be had again.

/** mulberry32. */
export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** From 0 up to `count`, without it. */
  below(count) {
    return this.next() % count;
  }

  chance(oneIn) {
    return this.next() % oneIn === 0;
  }

  pick(choices) {
    return choices[this.next() % choices.length];
  }

  octets(size) {
    const bytes = new Uint8Array(size);
    for (let i = 0; i < size; i++) bytes[i] = this.next();
    return bytes;
  }
}

/** One seed for each execution of a run. */
export function seedOf(seed, execution) {
  return new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(execution + 1, 0x85ebca6b)).next();
}
