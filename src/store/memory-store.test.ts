import { it } from "vitest";
import { createMemoryStore } from "./memory-store.js";
import { testStore } from "./test-store.js";

const make = async () => ({ store: createMemoryStore(), dispose: async () => undefined });

const options = {
  skipRestarts: "memory does not outlive the process",
  skipStaleWriters: "memory is one process's, which closes the writer before",
  skipSigned: "memory has no URLs",
};

for (const { name, skip, run } of testStore("memory", make, options)) it.skipIf(skip)(name, run);
