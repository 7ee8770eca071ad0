// Several statements of one transaction on their way together.

/**
 * What they resolve to, once all have settled; rejects with what the first of them in this order rejected with, since the
 * others may have failed because of it.
 */
export async function together<const Works extends readonly Promise<unknown>[]>(
  works: Works,
): Promise<{ -readonly [Index in keyof Works]: Awaited<Works[Index]> }> {
  await Promise.allSettled(works);
  const results: unknown[] = [];
  for (const work of works) results.push(await work);
  return results as { -readonly [Index in keyof Works]: Awaited<Works[Index]> };
}
