import { type KubeObject, readObjects } from "../adapters/kubectl";
import { type DatabaseLive, readDatabase } from "./live-database";
import { type DrillLive, readDrill } from "./live-drill";
import { readWeb, type WebLive } from "./live-web";
import type { DeclaredStack } from "./stack";

/** What was read of the cluster: that there is none is told apart from that nobody could say. */
export type Reading<Found> = Found | "none" | "not reachable";

/** What runs in a stack now. */
export interface LiveStack {
  readonly stack: string;
  readonly web: Reading<WebLive>;
  readonly database: Reading<DatabaseLive>;
  readonly drill: Reading<DrillLive>;
}

/** Reads objects of one kind in the stack's namespace. */
export type ReadHere = <T extends KubeObject>(
  kind: string,
  selector?: string,
) => Promise<readonly T[] | "not readable">;

/** Reads what runs in a stack. Nothing is thrown: see {@link Reading}. */
export async function readLive({ name, client, settings }: DeclaredStack): Promise<LiveStack> {
  const here = readerOf({ client, settings });
  const [web, database, drill] = await Promise.all([readWeb(here), readDatabase(here), readDrill(here)]);
  return { stack: name, web, database, drill };
}

/** Reads the result of the last drill of a stack's database. */
export const readLastDrill = (stack: DeclaredStack): Promise<Reading<DrillLive>> =>
  readDrill(readerOf(stack));

function readerOf({ client, settings }: Pick<DeclaredStack, "client" | "settings">): ReadHere {
  return (kind, selector) =>
    readObjects(
      client,
      kind,
      "--namespace",
      settings.kubernetes.namespace,
      ...(selector ? ["--selector", selector] : []),
    );
}

/** Whether a reading found something. */
export function isFound<Found extends object>(reading: Reading<Found>): reading is Found {
  return typeof reading === "object";
}
