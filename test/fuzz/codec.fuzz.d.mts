// What tests need to know of the fuzzer.
export interface FuzzOptions {
  /** Every export of the codec entries, and no others. */
  readonly codecs: object;
  readonly executions: number;
  readonly seed: number;
  /** The first execution; default 0. */
  readonly from?: number;
}

export function fuzz(
  options: FuzzOptions,
): Readonly<Record<string, { readonly decoded: number; readonly refused: number }>>;
