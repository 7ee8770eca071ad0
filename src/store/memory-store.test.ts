import { it } from "vitest";
import { createMemoryStore } from "./memory-store.js";
import { testStore } from "./test-store.js";

const make = async () => ({ store: createMemoryStore(), dispose: async () => undefined });

const skipRestarts = "memory does not outlive the process";

for (const { name, skip, run } of testStore("memory", make, { skipRestarts }))
  it.skipIf(skip)(name, run);
