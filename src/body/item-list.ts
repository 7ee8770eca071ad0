// The items of a sequence as they become complete: each is checked by itself, and kept for the whole or
// handed on at once. Knows nothing of how they came.
import type { PartPlace } from "../base/fault.js";
import { formatPointer, parsePointer } from "../base/pointer.js";
import type { KeyBudget } from "../codec/json/json-options.js";
import type { ValuePlan } from "../plan/value-plan.js";
import type { BodyContext } from "./body-context.js";
import { noteFaults } from "./fault-list.js";
import { stripReadOnly } from "./read-only.js";

export interface ItemListOptions {
  readonly context: BodyContext;
  /** Where read-only members stand in the array. */
  readonly value: ValuePlan | undefined;
  /** A standalone JSON Schema for the item at a position, by itself. */
  readonly itemSchemaAt: (index: number) => Readonly<Record<string, unknown>> | undefined;
  /** Something is to be said of the array as a whole, so all of it is kept. */
  readonly whole: boolean;
  /** Where the array stands in the request value. */
  readonly pointer?: string;
}

/** Where an item came from. */
export interface ItemPlace {
  readonly offset?: number;
  readonly part?: PartPlace | undefined;
}

export interface ItemList {
  /** The pointer of the item that is next to be added. */
  next(): string;
  /** The next item's position, where it is not the one after the last. */
  moveTo(index: number): void;
  /** What the next item is read with: knows when its files are stored. */
  readonly context: BodyContext;
  /** Members and items that the whole may still have. */
  readonly keys: KeyBudget;
  add(item: unknown, place: ItemPlace): void;
  /** The item could not be read: what is wrong is noted, or thrown when it is final. */
  fail(error: unknown, place: ItemPlace): void;
  /** Undefined where items were handed on and not kept. */
  value(): unknown[] | undefined;
}

export function createItemList(options: ItemListOptions): ItemList {
  const { whole, value, itemSchemaAt, pointer: at = "" } = options;
  const outer = options.context;
  const { takeItem } = outer;
  const keeps = whole || takeItem === undefined;
  const items: unknown[] = [];
  const keys: KeyBudget = { left: outer.limits.keysMax };
  let free = outer.memory.leftBytes;
  let files: Promise<void>[] = [];
  let index = 0;
  /** Nothing is handed on from the first item that is wrong. */
  let firstBad = Infinity;
  let handed: Promise<void> = Promise.resolve();

  const context: BodyContext = {
    ...outer,
    takeItem: undefined, // an item's own items are part of it
    finish(promise) {
      files.push(promise);
      outer.finish(promise);
    },
  };
  const next = (): string => at + formatPointer([index]);

  const handOn = (item: unknown, number: number, own: readonly Promise<void>[]): void => {
    if (!takeItem) return;
    const before = handed;
    const hand = async (): Promise<void> => {
      await before;
      await Promise.all(own);
      if (outer.faults.touches(at + formatPointer([number]))) firstBad = Math.min(firstBad, number);
      if (number < firstBad) await takeItem(item, number);
    };
    handed = hand();
    outer.wait(handed);
  };

  const pass = (item: unknown): void => {
    if (keeps) items[index] = item;
    else {
      outer.memory.leftBytes = free;
      keys.left = outer.limits.keysMax;
    }
    free = outer.memory.leftBytes;
    files = [];
    index++;
  };

  const check = (item: unknown, place: ItemPlace): boolean => {
    const itemSchema = itemSchemaAt(index);
    if (itemSchema === undefined) return true;
    const { validators, options } = outer;
    const faults = (options.applyDefaults ? validators.filling : validators.of)(itemSchema)(item);
    for (const fault of faults)
      outer.faults.add({ ...fault, ...placed(place), pointer: next() + (fault.pointer ?? "") });
    return faults.length === 0;
  };

  return {
    next,
    moveTo: (position) => void (index = position),
    context,
    keys,
    add(item, place) {
      const plan = value?.prefixItems?.[index] ?? value?.items;
      stripReadOnly(outer, item, plan, [...parsePointer(at), index]);
      if (!check(item, place)) firstBad = Math.min(firstBad, index);
      handOn(item, index, files);
      pass(item);
    },
    fail(error, place) {
      firstBad = Math.min(firstBad, index);
      // The budgets are those of all items: without any left there is no sense in reading more.
      if (keys.left < 0) throw error;
      noteFaults(outer.faults, error, { pointer: next(), part: place.part });
      pass(undefined);
    },
    value: () => (keeps ? items : undefined),
  };
}

function placed({ offset, part }: ItemPlace): ItemPlace {
  return { ...(offset === undefined ? {} : { offset }), ...(part ? { part } : {}) };
}
