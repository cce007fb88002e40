import { requirePrograms } from "./parts";

/** Before any test of the suite, so that no result is lost when a part lacks. */
export function mochaGlobalSetup(): void {
  requirePrograms("bash", "rsync", "groovy", "java");
}
