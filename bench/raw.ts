import * as pulumi from "@pulumi/pulumi";
import { declareDatabase } from "./raw/database";
import { declareWeb } from "./raw/web";

/**
 * Declares what `ours.ts` declares without our components, as a person would write it: the plain classes of
 * @pulumi/kubernetes, plain values, and groups that are bare components.
 */
export function declare(applications: number): void {
  for (let number = 1; number <= applications; number++) {
    const name = `shop-${number}`;
    const database = new pulumi.ComponentResource("bench:index:Database", `${name}-db`);
    declareDatabase(`${name}-db`, name, database);
    const web = new pulumi.ComponentResource("bench:index:Web", name, {}, { dependsOn: database });
    declareWeb(name, web);
  }
}
