import { InvalidArgumentError } from "commander";

/** A number more than 0; otherwise the command line is wrong. */
export function numberFlag(said: string): number {
  const value = Number(said);
  if (said.trim() !== "" && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("It must be a number, more than 0.");
}
