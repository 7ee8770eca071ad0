// A sequence of JSON texts or events to an array (OAS 3.2 §4.14.3), item by item as they come. An item that
// cannot be read is a fault; the next one begins all the same.
import { WaybillError } from "../base/fault.js";
import { createEventStreamDecoder } from "../codec/sequence/event-stream-decoder.js";
import { createJsonSequenceSplitter } from "../codec/sequence/json-sequence-splitter.js";
import type { SequencePlan } from "../plan/sequence-plan.js";
import type { ValuePlan } from "../plan/value-plan.js";
import type { BodyContext } from "./body-context.js";
import type { BodyReader } from "./body-reader.js";
import { createItemList, type ItemList } from "./item-list.js";
import { createJsonReader, type JsonReader } from "./json-reader.js";
import { storeTextFile, TextFile } from "./text-file.js";

/** `whole`: there is a schema for all of it. */
export function createSequenceReader(
  context: BodyContext,
  plan: SequencePlan,
  whole: boolean,
): BodyReader {
  const { value, itemSchema } = plan;
  const items = createItemList({ context, value, itemSchemaAt: () => itemSchema, whole });
  const decoder =
    plan.framing === "event-stream"
      ? createEventReader(items, value)
      : createJsonItemsReader(plan.framing, items, value);
  return {
    write: (bytes) => decoder.write(bytes),
    end() {
      decoder.end();
      return items.value();
    },
    partAt: () => undefined,
  };
}

interface ItemsReader {
  write(bytes: Uint8Array): void;
  end(): void;
}

function createJsonItemsReader(
  framing: "json-lines" | "json-seq",
  items: ItemList,
  value: ValuePlan | undefined,
): ItemsReader {
  let index = 0;
  let offset = 0;
  let last = 0;
  /** Gone once the item is known to be wrong. */
  let reader: JsonReader | undefined;

  const attempt = (work: (reader: JsonReader) => void): void => {
    if (!reader) return;
    try {
      work(reader);
    } catch (error) {
      reader = undefined;
      items.fail(error, { offset });
    }
  };

  return createJsonSequenceSplitter(framing, {
    onItem(at) {
      const plan = value?.prefixItems?.[index] ?? value?.items;
      const { context, keys } = items;
      countKeys(items, 1, at); // it is an item of an array itself
      index++;
      offset = at;
      reader = createJsonReader({ context, plan, pointer: items.next(), offset, keys });
    },
    onData(bytes) {
      last = bytes[bytes.length - 1] ?? 0;
      attempt((current) => current.write(bytes));
    },
    onItemEnd() {
      attempt((current) => {
        const item = current.end();
        if (framing === "json-seq" && mayBeCut(item, last)) throw cutShort(offset);
        items.add(item, { offset });
      });
      reader = undefined;
    },
  });
}

// RFC 7464 §2.4: a number, `true`, `false` or `null` without white space behind it may be less than was sent.
function mayBeCut(item: unknown, last: number): boolean {
  return (typeof item !== "object" || item === null) && typeof item !== "string" && last > 0x20;
}

function cutShort(offset: number): WaybillError {
  const detail = `The item at octet ${offset} may be cut short: a line feed must follow it (RFC 7464).`;
  return new WaybillError({ code: "malformed-json", detail, offset });
}

function createEventReader(items: ItemList, value: ValuePlan | undefined): ItemsReader {
  let index = 0;
  return createEventStreamDecoder({
    keep: (octets) => items.context.keep(octets),
    onEvent(event, offset) {
      const plan = value?.prefixItems?.[index] ?? value?.items;
      index++;
      countKeys(items, 1 + Object.keys(event).length, offset);
      try {
        const file = plan?.properties?.get("data")?.filePlan;
        const pointer = `${items.next()}/data`;
        const data = file
          ? storeTextFile(items.context, new TextFile(event.data, file), { pointer, offset })
          : event.data;
        items.add({ ...event, data }, { offset });
      } catch (error) {
        items.fail(error, { offset });
      }
    },
  });
}

function countKeys({ keys, context }: ItemList, count: number, offset: number): void {
  keys.left -= count;
  if (keys.left >= 0) return;
  const value = context.limits.keysMax;
  const detail = `There are more than ${value} items and members of them.`;
  throw new WaybillError({
    code: "too-many-keys",
    detail,
    offset,
    limit: { name: "keysMax", value },
  });
}
