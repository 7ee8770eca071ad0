// The faults of one body, gathered: those that let reading go on are reported all together.
import { WaybillError, type Fault, type PartPlace } from "../base/fault.js";
import { formatPointer, type PointerStep } from "../base/pointer.js";

/** Faults of one request that are told: past these, more would help nobody. */
export const faultsMax = 100;

export interface FaultList {
  /** In the order in which they were found, up to `faultsMax`. */
  readonly faults: readonly Fault[];
  add(fault: Fault): void;
  /** Is there a fault at this pointer, or above or below it? */
  touches(pointer: string): boolean;
  /** Errors on their way up whose pointers start at the request value already. */
  readonly placed: WeakSet<Error>;
}

export function createFaultList(): FaultList {
  const faults: Fault[] = [];
  return {
    faults,
    placed: new WeakSet(),
    add(fault) {
      if (faults.length < faultsMax) faults.push(fault);
    },
    touches: (pointer) =>
      faults.some(
        ({ pointer: at }) => at !== undefined && (isWithin(at, pointer) || isWithin(pointer, at)),
      ),
  };
}

/** Is `inner` the place `outer`, or below it? */
function isWithin(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(`${outer}/`);
}

/** Codes that end the request at once: what comes after them would only cost. */
const finalCodes = new Set<string>([
  "body-too-large",
  "file-too-large",
  "too-many-parts",
  "too-many-fields",
  "too-many-files",
  "field-too-large",
  "client-gone",
  "request-timeout",
  "unavailable",
  "internal",
]);

/** Notes what can be told beside other faults, with its place; throws what is final. */
export function noteFaults(
  list: FaultList,
  error: unknown,
  place: { pointer?: string; part?: PartPlace | undefined },
): void {
  if (!(error instanceof WaybillError) || list.placed.has(error)) throw error;
  if (error.faults.some(({ code }) => finalCodes.has(code))) {
    const final = located(error, place);
    list.placed.add(final);
    throw final;
  }
  for (const fault of error.faults) list.add(locate(fault, place));
}

/** Faults of one member of a value: their pointers gain its name. */
export function within<Value>(step: PointerStep, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof WaybillError)) throw error;
    throw located(error, { pointer: formatPointer([step]) });
  }
}

function located(
  error: WaybillError,
  place: { pointer?: string; part?: PartPlace | undefined },
): WaybillError {
  const [first, ...rest] = error.faults;
  return new WaybillError([locate(first, place), ...rest.map((fault) => locate(fault, place))], {
    cause: error,
  });
}

function locate(
  fault: Fault,
  { pointer, part }: { pointer?: string; part?: PartPlace | undefined },
): Fault {
  const at = pointer === undefined ? {} : { pointer: pointer + (fault.pointer ?? "") };
  return { ...fault, ...at, ...(part ? { part } : {}) };
}
