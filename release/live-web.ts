import type { KubeObject } from "../adapters/kubectl";
import type { Reading, ReadHere } from "./live";

/** The pods of the application, and what its Deployment says it was deployed from. */
export interface WebLive {
  readonly deployment: string;
  readonly ready: number;
  readonly desired: number;
  /** What the pods really run, most pods first. */
  readonly digests: readonly { readonly digest: string; readonly pods: number }[];
  /** Pods that have no container yet, or none any more. */
  readonly withoutImage: number;
  readonly commit?: string;
  readonly version?: string;
  /** The digest that the Deployment asks for. */
  readonly digest?: string;
}

type Deployment = KubeObject & {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly readyReplicas?: number };
};
type Pod = KubeObject & {
  readonly status?: {
    readonly phase?: string;
    readonly containerStatuses?: readonly { readonly name: string; readonly imageID?: string }[];
  };
};

/** The pods of the application. */
export const WEB_PODS = "app.kubernetes.io/managed-by=stagewright,app.kubernetes.io/component=web";

/** Reads the application's Deployment and its pods. */
export async function readWeb(here: ReadHere): Promise<Reading<WebLive>> {
  const [deployments, pods] = await Promise.all([
    here<Deployment>("deployments.apps", WEB_PODS),
    here<Pod>("pods", WEB_PODS),
  ]);
  if (deployments === "not readable" || pods === "not readable") return "not reachable";
  const [deployment] = deployments;
  return deployment === undefined ? "none" : describe(deployment, pods);
}

function describe({ metadata, spec, status }: Deployment, pods: readonly Pod[]): WebLive {
  const images = pods.filter(isServing).map(digestOf);
  const digests = [...new Set(images)]
    .filter((digest) => digest !== undefined)
    .map((digest) => ({ digest, pods: images.filter((image) => image === digest).length }))
    .toSorted((one, other) => other.pods - one.pods || (one.digest < other.digest ? -1 : 1));
  const annotation = (name: string) => metadata.annotations?.[`stagewright/${name}`];
  const facts = {
    commit: annotation("commit"),
    version: annotation("version"),
    digest: annotation("digest"),
  };
  return {
    deployment: metadata.name,
    ready: status?.readyReplicas ?? 0,
    desired: spec?.replicas ?? 1,
    digests,
    withoutImage: images.filter((image) => image === undefined).length,
    ...Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)),
  };
}

/** A pod that leaves, or has ended, says nothing of what is deployed. */
function isServing({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp === undefined && !["Succeeded", "Failed"].includes(status?.phase ?? "");
}

function digestOf({ status }: Pod): string | undefined {
  const web = status?.containerStatuses?.find(({ name }) => name === "web");
  return /sha256:[0-9a-f]{64}$/.exec(web?.imageID ?? "")?.[0];
}
