import type { Input } from "@pulumi/pulumi";
import type { Traffic } from "../manifests/network-policies";
import { type Backup, BARMAN_PLUGIN, serverNameOf } from "./backup";
import type { ClusterSpec, ExternalCluster } from "./cluster";
import type { ReplicaSettings, ReplicaSource, ReplicaStreaming } from "./replica-settings";

/** The settings of a pair, with the names of both archives. */
export interface Replica extends ReplicaSettings {
  readonly self: string;
  readonly ownServerName: string;
  readonly source: ReplicaSource & { readonly serverName: string };
}

const NAME = /^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$/;
const ADDRESSES = /^[0-9a-f.:]+\/\d{1,3}$/;

/** Fills in the defaults. */
export function settleReplica(name: string, given: ReplicaSettings, backup: Backup | undefined): Replica {
  const self = given.self ?? name;
  const { source } = given;
  return {
    ...given,
    self,
    ownServerName: serverNameOf(self, backup ?? { generation: 1 }),
    source: { ...source, serverName: source.serverName ?? serverNameOf(source.name, { generation: 1 }) },
  };
}

/** What is wrong with the settings of a pair; `undefined` when nothing is. */
export function replicaProblem(
  { self, primary, source, promotionToken, ownServerName }: Replica,
  backup: Backup | undefined,
): string | undefined {
  if (backup === undefined) return "replica needs backup: each of the two follows the other one's archive";
  const wrong = [self, source.name].find((name) => !NAME.test(name));
  if (wrong !== undefined) {
    return `a cluster of the pair is called ${JSON.stringify(wrong)}; it must be lower-case letters, digits and dashes, 50 at most`;
  }
  if (self === source.name) return `replica.source.name is ${self}, as this cluster itself`;
  if (primary !== self && primary !== source.name) {
    return `replica.primary is ${primary}; it must be ${self} or ${source.name}`;
  }
  if (source.serverName === ownServerName) {
    return `replica.source.serverName is ${ownServerName}, which this cluster itself archives to`;
  }
  if (promotionToken !== undefined && primary !== self) {
    return `replica.promotionToken is for the cluster that takes over; it needs replica.primary to be ${self}`;
  }
  const range = source.streaming?.clientAddresses.find((addresses) => !ADDRESSES.test(addresses));
  return range === undefined
    ? undefined
    : `replica.source.streaming.clientAddresses has ${range}; it must be a range such as 10.20.0.0/16`;
}

/** Whether a cluster follows another one instead of being written to. */
export function follows(replica: Pick<Replica, "self" | "primary"> | undefined): boolean {
  return replica !== undefined && replica.primary !== replica.self;
}

/** The part of the specification that makes a cluster one of two. */
export function replicaSpec({
  self,
  primary,
  source,
  promotionToken,
}: Replica): NonNullable<ClusterSpec["replica"]> {
  return { self, primary, source: source.name, ...(promotionToken ? { promotionToken } : {}) };
}

/** How a cluster begins that follows another one: from its last backup. */
export function replicaBootstrap({ source }: Replica, database: Input<string>): ClusterSpec["bootstrap"] {
  return { recovery: { source: source.name, database, owner: database } };
}

/** Both clusters as the specification names them; the operator wants this one among them, too. */
export function replicaMembers({ self, ownServerName, source }: Replica, store: string): ExternalCluster[] {
  return [
    { name: self, plugin: archive(store, ownServerName) },
    {
      name: source.name,
      plugin: archive(source.objectStoreName ?? store, source.serverName),
      ...(source.streaming ? connection(source.streaming) : {}),
    },
  ];
}

const archive = (barmanObjectName: Input<string>, serverName: string) => ({
  name: BARMAN_PLUGIN,
  parameters: { barmanObjectName, serverName },
});

const POSTGRES_PORT = 5432;

function connection({
  host,
  port,
  certificateSecretName,
  certificateAuthoritySecretName,
}: ReplicaStreaming): Omit<ExternalCluster, "name" | "plugin"> {
  return {
    connectionParameters: {
      host,
      port: String(port ?? POSTGRES_PORT),
      user: "streaming_replica",
      dbname: "postgres",
      sslmode: "verify-full",
    },
    sslCert: { name: certificateSecretName, key: "tls.crt" },
    sslKey: { name: certificateSecretName, key: "tls.key" },
    sslRootCert: { name: certificateAuthoritySecretName, key: "ca.crt" },
  };
}

/** What streaming needs of the network, in both directions: whichever of the two is written to streams to the other. */
export function streamingTraffic(replica: Replica | undefined): { in: Traffic[]; out: Traffic[] } {
  const streaming = replica?.source.streaming;
  if (streaming === undefined) return { in: [], out: [] };
  const { clientAddresses, port = POSTGRES_PORT } = streaming;
  const peers = clientAddresses.map((cidr) => ({ ipBlock: { cidr } }));
  return {
    // A rule with an empty list of peers would let everybody in.
    in: peers.length > 0 ? [{ peers, ports: [[POSTGRES_PORT, "TCP"]] }] : [],
    // No selector can name a host that may be anywhere, so its port alone is opened.
    out: [{ ports: [[port, "TCP"]] }],
  };
}
