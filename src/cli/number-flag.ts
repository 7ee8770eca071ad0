import { InvalidArgumentError } from "commander";

/** Reads a number more than 0 and at most `max`; otherwise the command line is wrong. */
export function numberFlag(max = Number.MAX_VALUE): (said: string) => number {
  return (said) => {
    const value = Number(said);
    if (said.trim() !== "" && value > 0 && value <= max) return value;
    const most = max === Number.MAX_VALUE ? "" : ` and at most ${max}`;
    throw new InvalidArgumentError(`It must be a number, more than 0${most}.`);
  };
}
