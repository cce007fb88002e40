import { ReleaseError } from "./errors";

/** Variables that make the engine write every secret down in plain text, as seen with 3.260. */
const TELLTALES = ["PULUMI_DEBUG_GRPC", "PULUMI_OPTION_VERBOSE"];

/** Refuses to run the engine where it would write secrets into its logs. */
export function guardEngineLogs(variables: Readonly<Record<string, string | undefined>> = process.env): void {
  const set = TELLTALES.filter((name) => variables[name]);
  if (set.length === 0) return;
  throw new ReleaseError(
    "usage",
    `${set.join(" and ")} is set: the engine would write every secret of the stack into its log, in plain text; ` +
      `first: unset ${set.join(" ")}`,
  );
}
