// One request body, from its octets to its value: every file in the store, every fault told at once.
import { WaybillError, type Fault, type PartPlace } from "../base/fault.js";
import type { Limits } from "../base/limits.js";
import type { FileSinks } from "../base/sink.js";
import type { MediaTypePlan } from "../plan/media-type-plan.js";
import {
  defaultBodyOptions,
  type BodyContext,
  type BodyOptions,
  type MemoryBudget,
  type TakeItem,
} from "./body-context.js";
import { createBodyReader, type BodyMessage, type BodyReader } from "./body-reader.js";
import { createFaultList, type FaultList } from "./fault-list.js";
import { createNestedReader } from "./nested-reader.js";
import type { Validators } from "./validator.js";

export interface BodyDecoding extends BodyMessage {
  readonly plan: MediaTypePlan;
  readonly limits: Limits;
  readonly sinks: FileSinks;
  readonly validators: Validators;
  readonly options?: BodyOptions;
  /** Where several bodies share it; else `valueBytesMax` of this one. */
  readonly memory?: MemoryBudget | undefined;
  /** Is handed the items of a sequence instead of the value; see `BodyContext`. */
  readonly takeItem?: TakeItem | undefined;
  /** What the schema finds that is no fault here. */
  readonly isExcused?: ((fault: Fault) => boolean) | undefined;
}

export interface BodyDecoder {
  /** Rejects or throws with the first final fault; then the decoder is dead, and its sinks are to be discarded. */
  write(bytes: Uint8Array): void | Promise<void>;
  /** The value: files are `ReceivedFile`s. Rejects with all faults together. */
  end(): Promise<unknown>;
}

export function createBodyDecoder(decoding: BodyDecoding): BodyDecoder {
  const faults = createFaultList();
  const work = createWork();
  const context = createContext(decoding, faults, work);
  const reader = createBodyReader(context, decoding.plan, decoding);
  return {
    write(bytes) {
      try {
        reader.write(bytes);
      } catch (error) {
        if (decoding.takeItem) return failLater(work, error);
        throw error;
      }
      return work.turn();
    },
    async end() {
      const value = await readToEnd(reader, faults, work);
      await work.done();
      if (faults.faults.length === 0 || value !== undefined)
        validate(decoding, reader, value, faults);
      const [first, ...rest] = faults.faults;
      if (first) throw new WaybillError([first, ...rest]);
      return value;
    },
  };
}

// Items that are being handed on when the body fails are still part of it.
async function failLater(work: Work, error: unknown): Promise<never> {
  await work.turn()?.catch(() => undefined);
  throw error;
}

// A body that ends too early may hold other faults; both are told.
async function readToEnd(reader: BodyReader, faults: FaultList, work: Work): Promise<unknown> {
  try {
    return reader.end();
  } catch (error) {
    if (!(error instanceof WaybillError) || faults.faults.length === 0)
      return failLater(work, error);
    for (const fault of error.faults) faults.add(fault);
    return undefined;
  }
}

function validate(
  { plan, validators, limits, options = defaultBodyOptions, isExcused }: BodyDecoding,
  reader: BodyReader,
  value: unknown,
  faults: FaultList,
): void {
  const check = options.applyDefaults ? validators.filling : validators.of;
  // What could not be read is missing from the value: one fault is enough.
  const isToldAlready = ({ pointer = "" }: Fault): boolean =>
    pointer !== "" && faults.touches(pointer);
  const content = options.assertContent ? limits : undefined;
  const found = check(plan.schema)(value, { content, isExcused }).filter(
    (fault) => !isToldAlready(fault),
  );
  for (const fault of found) faults.add(withPart(fault, reader));
}

function withPart(fault: Fault, reader: BodyReader): Fault {
  const part = fault.pointer === undefined ? undefined : reader.partAt(fault.pointer);
  return part ? { ...fault, part } : fault;
}

function createContext(decoding: BodyDecoding, faults: FaultList, work: Work): BodyContext {
  const { limits, sinks, validators, options = defaultBodyOptions, takeItem } = decoding;
  const memory = decoding.memory ?? { leftBytes: limits.valueBytesMax };
  let files = 0;
  let parts = 0;
  return {
    memory,
    keep(octets) {
      memory.leftBytes -= octets;
      if (memory.leftBytes < 0) throw tooMuchToKeep(limits.valueBytesMax);
    },
    limits,
    sinks,
    faults,
    options,
    validators,
    takeItem,
    readParts: createNestedReader,
    countPart(part) {
      if (++parts > limits.partsMax) throw tooManyParts(limits.partsMax, part);
    },
    wait: work.wait,
    finish: work.finish,
    countFile() {
      files++;
      if (files <= limits.filesMax) return;
      const limit = { name: "filesMax", value: limits.filesMax };
      throw new WaybillError({
        code: "too-many-files",
        detail: `There are more than ${limits.filesMax} files.`,
        limit,
      });
    },
  };
}

function tooMuchToKeep(value: number): WaybillError {
  const detail = `There are more than ${value} octets of values, files aside.`;
  return new WaybillError({
    code: "body-too-large",
    detail,
    limit: { name: "valueBytesMax", value },
  });
}

function tooManyParts(value: number, part: PartPlace): WaybillError {
  const detail = `The body has more than ${value} parts.`;
  const limit = { name: "partsMax", value };
  return new WaybillError({ code: "too-many-parts", detail, offset: part.offset, part, limit });
}

/** What goes on beside reading: sinks that ask for time, and files being closed. */
interface Work {
  wait(promise: Promise<void>): void;
  finish(promise: Promise<void>): void;
  /** Resolves when more octets are welcome; nothing to wait for when undefined. */
  turn(): Promise<void> | undefined;
  done(): Promise<void>;
}

const closingMax = 16;

function createWork(): Work {
  let waiting: Promise<void>[] = [];
  let failure: { error: unknown } | undefined;
  const closing = new Set<Promise<void>>();
  const caught = async (promise: Promise<void>): Promise<void> => {
    try {
      await promise;
    } catch (error) {
      failure ??= { error };
    }
  };
  const settle = async (promises: readonly Promise<void>[]): Promise<void> => {
    await Promise.all(promises);
    if (failure) throw failure.error;
  };
  return {
    wait: (promise) => void waiting.push(caught(promise)),
    finish(promise) {
      const ending = caught(promise).finally(() => closing.delete(ending));
      closing.add(ending);
    },
    turn() {
      const many = closing.size > closingMax ? [Promise.race(closing)] : [];
      if (waiting.length === 0 && many.length === 0 && !failure) return undefined;
      const promises = [...waiting, ...many];
      waiting = [];
      return settle(promises);
    },
    done: () => settle([...waiting, ...closing]),
  };
}
