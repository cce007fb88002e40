import { kubectlFinished } from "../../adapters/kubectl";
import { ReleaseError } from "../errors";
import { type Begun, type Member, SWITCH_ANNOTATION, SWITCH_MANAGER } from "./member";

/** One operation of a JSON patch (RFC 6902). All of them are done at once, or none. */
interface Operation {
  readonly op: "test" | "add" | "replace" | "remove";
  readonly path: string;
  readonly value?: unknown;
}

const REPLICA = "/spec/replica";
const ANNOTATION = `/metadata/annotations/${SWITCH_ANNOTATION.replaceAll("/", "~1")}`;

/** Makes the old one give up writing, and writes down in the same moment what for. */
export async function demote(old: Member, next: Member, since: string): Promise<void> {
  const begun: Begun = { to: next.self, since };
  await patch(old, [
    { op: "test", path: `${REPLICA}/primary`, value: old.self },
    { op: "replace", path: `${REPLICA}/primary`, value: next.self },
    // Only a database that is written to may have one.
    ...(old.promotionToken === undefined
      ? []
      : [{ op: "remove", path: `${REPLICA}/promotionToken` } as const]),
    ...(old.annotated ? [] : [{ op: "add", path: "/metadata/annotations", value: {} } as const]),
    { op: "add", path: ANNOTATION, value: JSON.stringify(begun) },
  ]);
}

/** Makes the new one take over with the old one's token, both in one: without it the old one would be lost. */
export async function promote(next: Member, old: Member, token: string): Promise<void> {
  await patch(next, [
    { op: "test", path: `${REPLICA}/primary`, value: old.self },
    { op: "replace", path: `${REPLICA}/primary`, value: next.self },
    { op: "add", path: `${REPLICA}/promotionToken`, value: token },
  ]);
}

/** Writes down that the switch is done. */
export async function finish(old: Member): Promise<void> {
  await patch(old, [
    { op: "test", path: ANNOTATION, value: JSON.stringify(old.begun) },
    { op: "remove", path: ANNOTATION },
  ]);
}

async function patch(
  { client, cluster, namespace, self }: Member,
  operations: readonly Operation[],
): Promise<void> {
  const done = await kubectlFinished(client, [
    "patch",
    "clusters.postgresql.cnpg.io",
    cluster,
    "--namespace",
    namespace,
    "--type",
    "json",
    "--field-manager",
    SWITCH_MANAGER,
    "--request-timeout",
    "30s",
    "--patch",
    JSON.stringify(operations),
  ]);
  if (done.exitCode === 0) return;
  throw new ReleaseError(
    "failed",
    `${self} was not changed, or changed in the meantime; run the same command again: ${done.stderr.trim()}`,
  );
}
