import { onPath } from "../../adapters/processes";
import { missingReleaseTools } from "../../adapters/release-tools";
import { endUnlessThere } from "../support/parts";

/** Ends the whole run loudly when a part is missing: a suite that did not run must not look as if it had passed. */
export function requireParts(): void {
  const missing = [
    ...missingReleaseTools(),
    ...(onPath("docker-registry")
      ? []
      : [{ part: "docker-registry", how: "apt-get install docker-registry" }]),
  ];
  endUnlessThere("test:registry", missing);
}
