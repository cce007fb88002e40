import { parseQuantity } from "../components/manifests/quantity";
import { type Mistake, setCommand } from "./mistakes";

/** Volume sizes of a PostgreSQL cluster. */
export interface Volumes {
  readonly storage: string;
  readonly walStorage: string;
}

/** Mistakes of a configuration that would shrink volumes that exist: Kubernetes and PostgreSQL can only grow them. */
export function checkGrowth(stack: string, live: Volumes, declared: Volumes): Mistake[] {
  return (["storage", "walStorage"] as const)
    .filter((key) => (parseQuantity(declared[key]) ?? 0) < (parseQuantity(live[key]) ?? 0))
    .map((key) => ({
      path: `database.${key}`,
      found: JSON.stringify(declared[key]),
      expected: `${live[key]} or more, which the volumes have now: they can only grow`,
      command: setCommand(stack, ["database", key], live[key]),
    }));
}
