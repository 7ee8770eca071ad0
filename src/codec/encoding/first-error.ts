// The first error of a codec is final: whoever failed is dead, and says the same again.

/** Runs steps until one throws; from then on throws that error without running anything. */
export function createFirstErrorGuard(): <T>(step: () => T) => T {
  let failure: { readonly error: unknown } | undefined;
  return (step) => {
    if (failure) throw failure.error;
    try {
      return step();
    } catch (error) {
      failure = { error };
      throw error;
    }
  };
}
