import { getObjects, type Kubectl, type KubeObject } from "../../adapters/kubectl";
import { restoredCluster } from "../../components/cnpg/restored-cluster";
import { objectLabels } from "../../components/manifests/labels";
import { ReleaseError } from "../errors";

/** The live cluster, as far as a restore is made from it. */
export interface Source {
  readonly name: string;
  readonly namespace: string;
  readonly primary: string;
  readonly database: string;
  readonly owner: string;
  readonly objectStoreName: string;
  readonly serverName: string;
  readonly image: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

interface Bootstrap {
  readonly database?: string;
  readonly owner?: string;
}
type Cluster = KubeObject & {
  readonly spec?: {
    readonly bootstrap?: { readonly initdb?: Bootstrap; readonly recovery?: Bootstrap };
    readonly plugins?: readonly {
      readonly isWALArchiver?: boolean;
      readonly parameters?: { readonly barmanObjectName?: string; readonly serverName?: string };
    }[];
  };
  readonly status?: { readonly currentPrimary?: string; readonly image?: string };
};

/** What a restored cluster needs of the live one's specification, where it is given. */
const KEPT = [
  "imagePullSecrets",
  "storage",
  "walStorage",
  "tablespaces",
  "resources",
  "affinity",
  "schedulerName",
  "serviceAccountTemplate",
  "postgresUID",
  "postgresGID",
  "postgresql",
];

/** Reads the live cluster. */
export async function readSource(client: Kubectl, namespace: string, name: string): Promise<Source> {
  const here = ["--namespace", namespace];
  const [found] = await getObjects<Cluster>(client, "clusters.postgresql.cnpg.io", name, ...here);
  const { currentPrimary: primary, image } = found?.status ?? {};
  if (found === undefined || primary === undefined || image === undefined) {
    throw new ReleaseError("failed", `there is no cluster ${name} in ${namespace}: kubectl get cluster -A`);
  }
  const { bootstrap, plugins, ...spec } = found.spec ?? {};
  const archiver = plugins?.find(({ isWALArchiver }) => isWALArchiver)?.parameters;
  if (archiver?.barmanObjectName === undefined) {
    throw new ReleaseError(
      "usage",
      `cluster ${name} archives nothing, so there is nothing to restore; give it an archive: database.backup`,
    );
  }
  const { database = "app", owner = database } = bootstrap?.initdb ?? bootstrap?.recovery ?? {};
  return {
    name,
    namespace,
    primary,
    image,
    database,
    owner,
    objectStoreName: archiver.barmanObjectName,
    serverName: archiver.serverName ?? name,
    spec,
  };
}

/** Name of what is restored, beside the live cluster. */
export const restoredName = (cluster: string) => `${cluster}-restored`;

/** The cluster that is to be restored. */
export function restoredFrom(source: Source, targetTime: string): Record<string, unknown> {
  const { namespace, database, owner, objectStoreName, serverName, image, spec } = source;
  const name = restoredName(source.name);
  const kept = KEPT.flatMap((key) => (spec[key] === undefined ? [] : [[key, spec[key]] as const]));
  return restoredCluster({
    name,
    namespace,
    labels: objectLabels(name, "restore-drill"),
    objectStoreName,
    serverName,
    targetTime,
    database,
    owner,
    live: { ...Object.fromEntries(kept), imageName: image },
  });
}
