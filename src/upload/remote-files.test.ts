import type { LookupFunction } from "node:net";
import { describe, expect, it } from "vitest";
import { defaultLimits } from "../base/limits.js";
import { createRemoteFiles } from "./remote-files.js";

const limits = { ...defaultLimits, idleMsMax: 300 };
const never = new AbortController().signal;

function answering(...replies: string[]): { lookup: LookupFunction; asked: string[] } {
  const asked: string[] = [];
  const lookup: LookupFunction = (_, __, done) => {
    const address = replies[Math.min(asked.length, replies.length - 1)] ?? "";
    asked.push(address);
    done(null, [{ address, family: 4 }]);
  };
  return { lookup, asked };
}

describe("a file by its URL", () => {
  it("is asked for at the very address that was checked", async () => {
    // The first answer of this name server is public, every later one is not.
    const { lookup, asked } = answering("8.8.8.8", "127.0.0.1");
    const urls = { allow: ["http://rebind.test/"] };
    const remote = createRemoteFiles({ urls, limits, lookup });
    await expect(remote?.open("http://rebind.test/a", never)).rejects.toMatchObject({
      code: "url-not-usable",
    });
    expect(asked).toEqual(["8.8.8.8"]);
    await expect(remote?.open("http://rebind.test/a", never)).rejects.toThrow(
      "its address is an internal one",
    );
    expect(asked).toEqual(["8.8.8.8", "127.0.0.1"]);
  });

  it("tells nobody what a network says of itself, nor what its query signs", async () => {
    const { lookup } = answering("127.0.0.1");
    const urls = { allow: ["http://closed.test:1/"], internal: ["closed.test"] };
    const remote = createRemoteFiles({ urls, limits, lookup });
    const failure = remote?.open("http://closed.test:1/a?signature=secret", never);
    await expect(failure).rejects.toThrow(
      "The file at http://closed.test:1/a cannot be fetched: its server cannot be reached.",
    );
  });

  it("is nothing where nothing is allowed, and what cannot be allowed is refused at once", () => {
    expect(createRemoteFiles({ urls: {}, limits })).toBeUndefined();
    for (const entry of ["a b", "ftp://a.test/", "a.test/path"])
      expect(() => createRemoteFiles({ urls: { allow: [entry] }, limits })).toThrow(
        "cannot be allowed",
      );
  });
});
