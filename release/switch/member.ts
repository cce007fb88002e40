import { type Kubectl, kubectlFinished, type KubeObject } from "../../adapters/kubectl";
import { ReleaseError } from "../errors";

/** One database of a pair, as a stack declares it. */
export interface Place {
  readonly stack: string;
  readonly client: Kubectl;
  readonly namespace: string;
  /** What it is called in the pair. */
  readonly self: string;
}

/** A switch that began, written down on the database that gives up writing. */
export interface Begun {
  /** Name of the database that is to be written to. */
  readonly to: string;
  /** When it began, which is since when nothing could be written. */
  readonly since: string;
}

/** One database of a pair, as it is. */
export interface Member extends Place {
  readonly cluster: string;
  /** Which of the two it takes for the one that is written to. */
  readonly primary: string;
  readonly source: string;
  readonly promotionToken?: string;
  readonly demotionToken?: string;
  /** Token that its last promotion ended with. */
  readonly usedToken?: string;
  readonly systemId?: string;
  /** Instance that is written to, or that reads the other one's log. */
  readonly instance: string;
  readonly phase: string;
  readonly phaseReason?: string;
  readonly healthy: boolean;
  /** Why its log is not archived; `undefined` when nothing is known against it. */
  readonly notArchiving?: string;
  readonly annotated: boolean;
  readonly begun?: Begun;
}

/** Annotation that holds a {@link Begun}, from before anything is given up until everything is done. */
export const SWITCH_ANNOTATION = "stagewright/switching-primary";
/** Field manager of a switch. It is not the engine's: what that declared earlier must not be able to undo a switch. */
export const SWITCH_MANAGER = "stagewright-switch-primary";

type Cluster = KubeObject & {
  readonly spec?: {
    readonly instances?: number;
    readonly replica?: {
      readonly self?: string;
      readonly primary?: string;
      readonly source?: string;
      readonly promotionToken?: string;
    };
  };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
    }[];
    readonly currentPrimary?: string;
    readonly targetPrimary?: string;
    readonly demotionToken?: string;
    readonly lastPromotionToken?: string;
    readonly systemID?: string;
    readonly phase?: string;
    readonly phaseReason?: string;
    readonly readyInstances?: number;
    readonly switchReplicaClusterStatus?: { readonly inProgress?: boolean };
  };
};

/** Reads a database of a pair. Says why it cannot where it cannot. */
export async function readMember(place: Place): Promise<Member> {
  const member = await findMember(place);
  if (member !== undefined) return member;
  const { stack, namespace, self } = place;
  throw new ReleaseError(
    "failed",
    `namespace ${namespace} has no database that calls itself ${self} and is one of a pair: ` +
      `stagewright up --stack ${stack}`,
  );
}

/** Reads a database of a pair; `undefined` where there is none. */
export async function findMember(place: Place): Promise<Member | undefined> {
  const { stack, client, namespace, self } = place;
  const get = ["get", "clusters.postgresql.cnpg.io", "--namespace", namespace];
  const asked = await kubectlFinished(client, [...get, "--output", "json", "--request-timeout", "10s"]);
  if (asked.exitCode !== 0) {
    throw new ReleaseError("failed", `the cluster of stack ${stack} does not answer: ${asked.stderr.trim()}`);
  }
  const { items } = JSON.parse(asked.stdout) as { items: Cluster[] };
  const found = items.find(({ metadata, spec }) => (spec?.replica?.self ?? metadata.name) === self);
  return found?.spec?.replica?.primary === undefined ? undefined : describe(place, found);
}

function describe(place: Place, { metadata, spec, status = {} }: Cluster): Member {
  const { primary = "", source = "", promotionToken } = spec?.replica ?? {};
  const { phase = "no phase yet", phaseReason, systemID, demotionToken, lastPromotionToken } = status;
  const archiving = status.conditions?.find(({ type }) => type === "ContinuousArchiving");
  const begun = metadata.annotations?.[SWITCH_ANNOTATION];
  return {
    ...place,
    cluster: metadata.name,
    primary,
    source,
    ...(promotionToken ? { promotionToken } : {}),
    ...(demotionToken ? { demotionToken } : {}),
    ...(lastPromotionToken ? { usedToken: lastPromotionToken } : {}),
    ...(systemID ? { systemId: systemID } : {}),
    instance: status.currentPrimary ?? `${metadata.name}-1`,
    phase,
    ...(phaseReason ? { phaseReason } : {}),
    healthy:
      phase === "Cluster in healthy state" &&
      status.currentPrimary === status.targetPrimary &&
      status.readyInstances === spec?.instances &&
      status.switchReplicaClusterStatus?.inProgress !== true,
    ...(archiving?.status === "False" ? { notArchiving: archiving.message ?? "no reason given" } : {}),
    annotated: metadata.annotations !== undefined,
    ...(begun === undefined ? {} : { begun: JSON.parse(begun) as Begun }),
  };
}

/** What the operator says of a database, for a person. */
export function saidOf({ phase, phaseReason }: Member): string {
  return phaseReason === undefined ? phase : `${phase} (${phaseReason})`;
}
