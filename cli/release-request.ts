import { checkAddress } from "../release/route";
import type { ReleaseRequest } from "../release/release";
import type { Output } from "./output";
import type { Values } from "./values";

/** Address of the route for pipelines, where the host's name leads nowhere. */
const ADDRESS = "STAGEWRIGHT_ROUTE_ADDRESS";

/** What every command of a release is given. */
export function releaseRequest(values: Values, output: Output): ReleaseRequest {
  const branch = values["branch"];
  return {
    directory: process.cwd(),
    stack: String(values["stack"]),
    ...(typeof branch === "string" ? { branch } : {}),
    ...addressOf(values),
    takeOver: Boolean(values["take-over"]),
    progress: output,
  };
}

/** The address that the route is connected to, when its name does not lead there. */
export function addressOf(values: Values): { readonly address?: string } {
  const given = values["address"] ?? process.env[ADDRESS];
  const address = checkAddress(typeof given === "string" ? given : undefined);
  return address === undefined ? {} : { address };
}
