// A Waybill in this process over a folder of its own, both gone at the end of the test.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  assembleWaybill,
  createWaybill,
  type Waybill,
  type WaybillOptions,
} from "../../src/server/create-waybill.js";
import { openUnderTest } from "./data-under-test.js";

/** What a test undoes at its end, the last first. */
export const undo: (() => Promise<unknown>)[] = [];

export async function undoAll(): Promise<void> {
  for (const each of undo.splice(0).toReversed()) await each();
}

export interface Opened {
  readonly waybill: Waybill;
  readonly folder: string;
}

/** `data` is a folder that somebody else deletes. */
export async function openWaybill(
  schemas: object,
  options: Partial<WaybillOptions> = {},
  data?: string,
): Promise<Opened> {
  const folder = data ?? (await mkdtemp(join(tmpdir(), "waybill-api-")));
  if (data === undefined) undo.push(() => rm(folder, { recursive: true }));
  const all = {
    document: { openapi: "3.1.1", info: { title: "T", version: "1" }, components: { schemas } },
    data: folder,
    ...options,
  };
  const under = all.data === folder ? await openUnderTest(folder) : undefined;
  const waybill = under ? await assembleWaybill(all, under) : await createWaybill(all);
  undo.push(() => waybill.close());
  return { waybill, folder };
}
