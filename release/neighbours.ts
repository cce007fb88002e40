import { serverNameOf } from "../components/cnpg/backup";
import { type Mistake, setCommand } from "../environments/mistakes";
import { describe } from "../environments/shape";
import { ReleaseError } from "./errors";
import { type DeclaredStack, mistaken, readRunningStack } from "./stack";
import { declaredStacks } from "./watched";

/** The one that every stack calls its cluster by, unless it is one of a pair. */
const CLUSTER = "blog-db";

/** Something outside its namespace that a stack has for itself. */
interface Place {
  readonly path: readonly string[];
  readonly value: string;
  /** Tells it from all others, where `inCluster` is that of one cluster. */
  readonly identity: string;
  /** Whether another cluster has one of its own by the same address. */
  readonly inCluster: boolean;
  /** What a stack of its own would have there. */
  readonly own: string;
  /** Whether the two stacks of one database may have it in common. */
  readonly ofPair: boolean;
}

/**
 * Refuses a stack that is declared to write where another stack of the project does: which of the two was deployed
 * last would decide what both read.
 */
export function guardNeighbours(stack: DeclaredStack): void {
  const own = placesOf(stack);
  const others = declaredStacks(stack.directory).filter((name) => name !== stack.name);
  const mistakes = own.length === 0 ? [] : others.flatMap((name) => sharedWith(stack, own, name));
  if (mistakes.length > 0) throw mistaken(stack.name, mistakes);
}

function sharedWith(stack: DeclaredStack, own: readonly Place[], name: string): Mistake[] {
  const other = readOrLeave(stack.directory, name);
  if (other === undefined) return [];
  const theirs = placesOf(other).map(({ identity }) => identity);
  const [context, otherContext] = [stack, other].map(({ settings }) => settings.kubernetes.context);
  const isOneCluster = context !== undefined && context === otherContext;
  const isPair = [stack, other].every(({ settings }) => settings.database.replica !== undefined);
  return own
    .filter(({ identity }) => theirs.some((place) => meet(identity, place)))
    .filter(({ inCluster }) => isOneCluster || !inCluster)
    .filter(({ ofPair }) => !(isPair && ofPair))
    .map(({ path, value, own: suggested }) => ({
      path: path.join("."),
      found: describe(value),
      expected: `one of its own, apart from stack ${name}'s, as each would have what is the other's`,
      command: setCommand(stack.name, path, suggested),
    }));
}

/** Who may read a folder of Vault may read those in it. */
const meet = (one: string, other: string) =>
  one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`);

/** What is not complete cannot be deployed either. */
function readOrLeave(directory: string, name: string): DeclaredStack | undefined {
  try {
    return readRunningStack(directory, name);
  } catch (error) {
    if (!(error instanceof ReleaseError)) throw error;
    return undefined;
  }
}

function placesOf(stack: DeclaredStack): Place[] {
  return [...archiveOf(stack), ...vaultOf(stack), ...routeOf(stack)];
}

function archiveOf({ name, settings: { database } }: DeclaredStack): Place[] {
  const { backup, replica } = database;
  if (backup === undefined) return [];
  const { destination, endpoint, generation = 1 } = backup;
  const folder = destination.replace(/\/+$/, "");
  const server = serverNameOf(replica?.self ?? CLUSTER, { generation });
  return [
    {
      path: ["database", "backup", "destination"],
      value: destination,
      identity: ["archive", endpoint, folder, server].join(" "),
      inCluster: endpoint !== undefined && isInCluster(endpoint),
      own: `${folder}/${name}`,
      ofPair: false,
    },
  ];
}

function vaultOf({ name, settings: { delivery } }: DeclaredStack): Place[] {
  if (delivery.vault === undefined) return [];
  const { address, kvMount, folder, roleName } = delivery.vault;
  const common = { inCluster: isInCluster(address), ofPair: true };
  return [
    {
      ...common,
      path: ["vault", "folder"],
      value: folder,
      identity: ["folder", address, kvMount, folder].join(" "),
      own: `${folder.replaceAll("/", "-")}-${name}`,
    },
    {
      ...common,
      path: ["vault", "role"],
      value: roleName,
      identity: ["role", address, roleName].join(" "),
      own: `${roleName}-${name}`,
    },
  ];
}

function routeOf({ name, settings: { application, route } }: DeclaredStack): Place[] {
  const { host } = application;
  if (host === undefined) return [];
  return [route.gateway, route.ingress].flatMap((by): Place[] =>
    by === undefined
      ? []
      : [
          {
            path: ["application", "host"],
            value: host,
            identity: ["host", host, JSON.stringify(by)].join(" "),
            inCluster: true,
            own: `${name}.${host}`,
            ofPair: true,
          },
        ],
  );
}

/** Whether it may be a name that is looked up within a cluster, such as `vault.vault`, or an address of one machine. */
function isInCluster(address: string): boolean {
  const { hostname } = new URL(address);
  return hostname.split(".").length < 3 || /(\.svc(\.[\w.-]+)?|\.local|^127\.[\d.]+)$/.test(hostname);
}
