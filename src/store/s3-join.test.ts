import { describe, expect, it } from "vitest";
import { planJoin } from "./s3-join.js";

const mebibyte = 1_048_576;
const gibibyte = 1024 * mebibyte;

const sourcesOf = (sizes: readonly number[]) =>
  sizes.map((size, index) => ({ name: String(index), size }));

/** What the service holds every join to, and the octets that it is of, in their order. */
function check(sizes: readonly number[]): number {
  const sources = sourcesOf(sizes);
  const { parts } = planJoin(sources);
  const lengths = parts.map((part) =>
    part.reduce((sum, { range }) => sum + range.end - range.start + 1, 0),
  );
  expect(parts.length).toBeLessThanOrEqual(10_000);
  expect(lengths.slice(0, -1).every((length) => length >= 5 * mebibyte)).toBe(true);
  expect(lengths.every((length) => length <= 5 * gibibyte)).toBe(true);
  const ends = new Map<string, number>();
  let last = 0;
  for (const { name, range } of parts.flat()) {
    expect([Number(name) >= last, range.start]).toEqual([true, ends.get(name) ?? 0]);
    last = Number(name);
    ends.set(name, range.end + 1);
  }
  expect(sources.filter(({ name, size }) => (ends.get(name) ?? 0) !== size)).toEqual([]);
  return parts.filter((part) => part.length === 1).length;
}

describe("a join", () => {
  it("is of nothing, or of what there is", () => {
    expect(planJoin([]).parts).toEqual([]);
    expect(planJoin(sourcesOf([0, 0])).parts).toEqual([]);
    expect(check([1])).toBe(1);
  });

  it("leaves large segments to the service, and puts small ones together", () => {
    expect(check([8, 8, 8, 1].map((size) => size * mebibyte))).toBe(4);
    expect(check([1, 1, 1, 8, 8].map((size) => size * mebibyte))).toBe(2);
    expect(check([8, 1, 8].map((size) => size * mebibyte))).toBe(2);
    expect(check(Array.from({ length: 500 }, () => 100_000))).toBe(0);
    expect(check([5 * mebibyte - 1, 5 * mebibyte])).toBe(1);
  });

  it("keeps the service's limits up to 5 TiB", () => {
    check([6 * gibibyte]);
    check([5 * 1024 * gibibyte]);
    check(Array.from({ length: 11_000 }, () => 8 * mebibyte));
    check([...Array.from({ length: 3000 }, (_, i) => i * 7919), 300 * gibibyte, 17]);
  });
});
