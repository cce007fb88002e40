import type { Deployed } from "../release/deploy-image";
import type { Output } from "./output";

/** Tells what a stage of a release left behind, and what comes next. */
export function tellStage(
  { stack }: { readonly stack: string },
  deployed: Deployed,
  next: string,
  output: Output,
): void {
  const { repository, digest, url } = deployed;
  output.result({ stack, repository, digest, ...(url ? { url } : {}), next }, [
    `${repository}@${digest}`,
    `next: stagewright ${next} --stack ${stack}`,
  ]);
}
