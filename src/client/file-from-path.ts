// A file of this machine as a file to be sent. Asks the platform for its file system when it is called, so
// that nothing of Node is loaded where there is none.
import type * as FileSystem from "node:fs";
import type { FileInput } from "./file-input.js";
import type { PartSaid } from "./part-input.js";

/**
 * The file at a path, opened when its turn comes and read once. Its name is the path's last step unless `said` has
 * another; its type is what `said` says, never what it looks like. Throws what the file system throws, and
 * TypeError where there is no file system.
 */
export function fileFromPath(path: string, said: PartSaid = {}): FileInput {
  const { createReadStream, statSync } = fileSystem();
  const { size } = statSync(path);
  const content: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => createReadStream(path)[Symbol.asyncIterator](),
  };
  return { content, filename: path.slice(path.search(/[^/\\]*$/)), size, ...said };
}

function fileSystem(): typeof FileSystem {
  const { process } = globalThis as { process?: Partial<NodeJS.Process> };
  const found = process?.getBuiltinModule?.("node:fs");
  if (!found) throw new TypeError("There is no file system here to read a path from.");
  return found;
}
