import assert from "node:assert/strict";
import type { Manifest } from "../../embedded/manifests";

/** Labels of a pod or a namespace. */
export type Labels = Readonly<Record<string, string>>;

/** A pod that traffic comes from or goes to. */
export interface Pod {
  readonly namespace: string;
  readonly labels: Labels;
  /** Address, for policies that name blocks of addresses. */
  readonly address?: string;
}
/** Something that is no pod: a host on the internet, an API server, a node's resolver. */
export interface Outside {
  readonly address: string;
}
/** The kubelet of the pod's own node. */
export const KUBELET = "kubelet";

/** One connection. */
export interface Connection {
  readonly from: Pod | Outside | typeof KUBELET;
  readonly to: Pod | Outside;
  readonly port: number;
  readonly protocol?: "TCP" | "UDP";
}

interface LabelSelector {
  readonly matchLabels?: Labels;
}
interface Peer {
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}
interface Port {
  readonly port?: number;
  readonly endPort?: number;
  readonly protocol?: string;
}
interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly Port[];
}
interface Policy {
  readonly namespace: string;
  readonly podSelector: LabelSelector;
  readonly policyTypes: readonly string[];
  readonly ingress: readonly Rule[];
  readonly egress: readonly Rule[];
}
type Direction = "ingress" | "egress";

/** A cluster as far as NetworkPolicies see it. */
export class PolicyEvaluator {
  readonly #policies: readonly Policy[];
  readonly #namespaces: Readonly<Record<string, Labels>>;

  /** Takes the policies among the manifests; labels of namespaces may be added to the one that each has. */
  constructor(manifests: readonly Manifest[], namespaces: Readonly<Record<string, Labels>> = {}) {
    this.#policies = manifests.filter(({ kind }) => kind === "NetworkPolicy").map(toPolicy);
    this.#namespaces = namespaces;
  }

  /** Whether both ends let the connection pass: the source's egress and the destination's ingress. */
  allows(connection: Connection): boolean {
    return this.leaves(connection) && this.enters(connection);
  }

  /** Whether the source's own policies let the connection out. */
  leaves(connection: Connection): boolean {
    const { from, to } = connection;
    return from === KUBELET || !isPod(from) || this.#passes(from, to, "egress", connection);
  }

  /** Whether the destination's own policies let the connection in. */
  enters(connection: Connection): boolean {
    const { from, to } = connection;
    // Kubernetes lets a node's kubelet reach the pods of the node whatever the policies say.
    return from === KUBELET || !isPod(to) || this.#passes(to, from, "ingress", connection);
  }

  /** Whether a policy of the direction selects the pod; a pod that none selects is open. */
  isolates(pod: Pod, direction: Direction): boolean {
    return this.#selecting(pod, direction).length > 0;
  }

  #selecting(pod: Pod, direction: Direction): readonly Policy[] {
    return this.#policies.filter(
      ({ namespace, podSelector, policyTypes }) =>
        namespace === pod.namespace &&
        policyTypes.some((type) => type.toLowerCase() === direction) &&
        matches(podSelector, pod.labels),
    );
  }

  #passes(pod: Pod, other: Pod | Outside, direction: Direction, connection: Connection): boolean {
    const policies = this.#selecting(pod, direction);
    if (policies.length === 0) return true;
    return policies.some((policy) =>
      policy[direction].some((rule) => {
        const peers = direction === "ingress" ? rule.from : rule.to;
        return (
          hasPort(rule.ports, connection) &&
          (!peers || peers.length === 0 || peers.some((peer) => this.#isPeer(peer, policy, other)))
        );
      }),
    );
  }

  #isPeer(peer: Peer, policy: Policy, other: Pod | Outside): boolean {
    if (peer.ipBlock) {
      const { address } = other;
      const { cidr, except = [] } = peer.ipBlock;
      return (
        address !== undefined && isWithin(address, cidr) && !except.some((block) => isWithin(address, block))
      );
    }
    if (!isPod(other)) return false;
    const here = peer.namespaceSelector
      ? matches(peer.namespaceSelector, this.#labelsOf(other.namespace))
      : other.namespace === policy.namespace;
    return here && (!peer.podSelector || matches(peer.podSelector, other.labels));
  }

  #labelsOf(namespace: string): Labels {
    return { ...this.#namespaces[namespace], "kubernetes.io/metadata.name": namespace };
  }
}

function toPolicy({ metadata, spec }: Manifest): Policy {
  const { policyTypes, podSelector, ingress, egress } = spec as Partial<Policy>;
  const name = metadata.name;
  assert.ok(metadata.namespace, `NetworkPolicy ${name} names no namespace`);
  // The API server fills types in where they are missing; ours say them, so that a reader need not know how.
  assert.ok(policyTypes, `NetworkPolicy ${name} names no types`);
  return {
    namespace: metadata.namespace,
    podSelector: podSelector ?? {},
    policyTypes,
    ingress: ingress ?? [],
    egress: egress ?? [],
  };
}

function isPod(end: Pod | Outside): end is Pod {
  return "labels" in end;
}

function matches(selector: LabelSelector, labels: Labels): boolean {
  const unknown = Object.keys(selector).filter((key) => key !== "matchLabels");
  assert.deepEqual(unknown, [], "the evaluator knows matchLabels only");
  return Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
}

function hasPort(ports: readonly Port[] | undefined, { port, protocol = "TCP" }: Connection): boolean {
  if (!ports || ports.length === 0) return true;
  return ports.some((allowed) => {
    if ((allowed.protocol ?? "TCP") !== protocol) return false;
    const first = allowed.port ?? 1;
    return port >= first && port <= (allowed.endPort ?? allowed.port ?? 65535);
  });
}

function isWithin(address: string, cidr: string): boolean {
  const [base = "", length = "32"] = cidr.split("/");
  const size = 2 ** (32 - Number(length));
  return Math.floor(toNumber(address) / size) === Math.floor(toNumber(base) / size);
}

function toNumber(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
