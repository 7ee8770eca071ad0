// The value while it grows: which arrays and objects are open, where the next value goes, and which spot of
// the plan that is. Knows no octets.
import { memberOf } from "../../base/member-of.js";
import type { PointerStep } from "../../base/pointer.js";
import { spotOfItem } from "./json-options.js";
import type { JsonSpot } from "./json-options.js";

/** An open array or object. */
interface Frame {
  /** Undefined in an object. */
  readonly array: unknown[] | undefined;
  readonly object: Record<string, unknown>;
  readonly spot: JsonSpot | undefined;
  /** The member that is begun. */
  key: string;
}

/** Part of a hot state machine: it trusts its caller to keep JSON's grammar. */
export class JsonTree {
  root: unknown;
  readonly #rootSpot: JsonSpot | undefined;
  readonly #stack: Frame[] = [];
  #frame: Frame | undefined;

  constructor(rootSpot: JsonSpot | undefined) {
    this.#rootSpot = rootSpot;
  }

  get depth(): number {
    return this.#stack.length;
  }

  get inArray(): boolean {
    return this.#frame?.array !== undefined;
  }

  openArray(): void {
    this.#open({ array: [], object: noObject, spot: this.spot(), key: "" });
  }

  openObject(): void {
    this.#open({ array: undefined, object: {}, spot: this.spot(), key: "" });
  }

  close(): void {
    const frame = this.#stack.pop();
    this.#frame = this.#stack.at(-1);
    this.place(frame?.array ?? frame?.object);
  }

  /** Begins a member; false when the object has one of that name. */
  name(key: string): boolean {
    const frame = this.#frame;
    if (frame === undefined) return true;
    frame.key = key;
    return !Object.hasOwn(frame.object, key);
  }

  /** A value is complete: it goes where it belongs. */
  place(value: unknown): void {
    const frame = this.#frame;
    if (frame === undefined) this.root = value;
    else if (frame.array !== undefined) frame.array.push(value);
    else if (frame.key === "__proto__") define(frame.object, frame.key, value);
    else frame.object[frame.key] = value;
  }

  /** The spot of the value that comes next. */
  spot(): JsonSpot | undefined {
    const frame = this.#frame;
    if (frame === undefined) return this.#rootSpot;
    if (frame.spot === undefined) return undefined;
    if (frame.array !== undefined) return spotOfItem(frame.spot, frame.array.length);
    return memberOf(frame.spot, frame.key);
  }

  /** To the value that comes next. */
  path(): PointerStep[] {
    return this.#stack.map((frame) => (frame.array ? frame.array.length : frame.key));
  }

  #open(frame: Frame): void {
    this.#stack.push(frame);
    this.#frame = frame;
  }
}

const noObject: Record<string, unknown> = Object.freeze({});

// As JSON.parse has it: a member like any other, which plain assignment would make the prototype.
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}
