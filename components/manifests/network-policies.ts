import type { types } from "@pulumi/kubernetes";

type Rule<Peer> = {
  readonly peers?: readonly Peer[];
  readonly ports: readonly (readonly [number, "TCP" | "UDP"])[];
};
type Peer = types.input.networking.v1.NetworkPolicyPeer;
/** One permitted direction of traffic: who, and on which ports. Without peers, everybody. */
export type Traffic = Rule<Peer>;

const port = ([number, protocol]: readonly [number, "TCP" | "UDP"]) => ({ port: number, protocol });

/**
 * A policy that denies the selected pods everything except the given traffic.
 *
 * Probes need no rule: the kubelet of a pod's own node may always reach it.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export function networkPolicySpec(
  podLabels: Readonly<Record<string, string>>,
  ingress: readonly Traffic[],
  egress: readonly Traffic[],
): types.input.networking.v1.NetworkPolicySpec {
  return {
    podSelector: { matchLabels: { ...podLabels } },
    policyTypes: ["Ingress", "Egress"],
    ingress: ingress.map(({ peers, ports }) => ({
      ...(peers ? { from: [...peers] } : {}),
      ports: ports.map(port),
    })),
    egress: egress.map(({ peers, ports }) => ({
      ...(peers ? { to: [...peers] } : {}),
      ports: ports.map(port),
    })),
  };
}

/** Pods with these labels in the policy's own namespace. */
export function podsHere(labels: Readonly<Record<string, string>>): Peer {
  return { podSelector: { matchLabels: { ...labels } } };
}

/** Pods of a namespace, all of them or those with the labels. */
export function podsIn(namespace: string, labels?: Readonly<Record<string, string>>): Peer {
  return {
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
    ...(labels ? { podSelector: { matchLabels: { ...labels } } } : {}),
  };
}

/** Name resolution: the cluster's DNS pods, or the resolver that some clusters run on each node. */
export const dns: Traffic = {
  peers: [{ namespaceSelector: {} }, { ipBlock: { cidr: "169.254.0.0/16" } }],
  ports: [
    [53, "UDP"],
    [53, "TCP"],
  ],
};

/** The API server, which no selector can name: it may run outside the cluster. */
export const apiServer: Traffic = {
  ports: [
    [443, "TCP"],
    [6443, "TCP"],
  ],
};
