import { getObjects, type Kubectl, type KubeObject } from "../adapters/kubectl";

/** A secret that an operator has not brought. */
export interface Undelivered {
  readonly object: string;
  readonly name: string;
  readonly reason: string;
}

type Delivered = KubeObject & {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
    }[];
  };
};

const KINDS = [
  "vaultstaticsecrets.secrets.hashicorp.com",
  "vaultdynamicsecrets.secrets.hashicorp.com",
  "secretstores.external-secrets.io",
  "externalsecrets.external-secrets.io",
];
/** Its words are general; those of the others tell what happened. */
const GENERAL = ["Ready", "Healthy"];

/**
 * The secrets of a namespace that should have come from Vault and have not, and what the operator says of each. A store
 * that Vault does not let in counts as one: where it is not ready, no secret is asked for.
 */
export async function undelivered(client: Kubectl, namespace: string): Promise<Undelivered[]> {
  const lists = await Promise.all(
    KINDS.map((kind) => getObjects<Delivered>(client, kind, "--namespace", namespace)),
  );
  return lists.flat().flatMap(({ kind, metadata: { name }, status }) => {
    const { conditions = [] } = status ?? {};
    if (conditions.some((condition) => condition.type === "Ready" && condition.status === "True")) return [];
    const said = conditions
      .filter((condition) => condition.status === "False" && !GENERAL.includes(condition.type))
      .map(({ message }) => message ?? "")
      .filter((message) => message !== "");
    const reason = said.length > 0 ? said.join("; ") : NOTHING_SAID;
    return [{ object: `${kind} ${name}`, name, reason }];
  });
}

const NOTHING_SAID =
  "nothing came from Vault; check role, audience, account and policy of the login: stagewright doctor";
