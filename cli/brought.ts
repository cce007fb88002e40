import type { Brought } from "../release/release";
import type { Output } from "./output";

/** Tells what came to a stack. */
export function tellBrought({ record, url }: Brought, output: Output): void {
  const { version, commit, repository, digest, stack } = record;
  output.result({ ...record, ...(url ? { url } : {}) }, [
    `${version} is in stack ${stack}`,
    "",
    `  commit  ${commit}`,
    `  image   ${repository}@${digest}`,
    ...(url ? [`  url     ${url}`] : []),
  ]);
}
