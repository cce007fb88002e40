import { getObjects, type KubeObject } from "../adapters/kubectl";
import { administratorStatements } from "../components/cnpg/administrator-statements";
import { databaseIn } from "./database-cluster";
import type { Check } from "./doctor";
import { ReleaseError } from "./errors";
import type { Progress } from "./progress";
import type { DeclaredStack } from "./stack";
import { asSuperuser, type Instance } from "./superuser";

type Stack = Pick<DeclaredStack, "settings" | "client">;
type Cluster = KubeObject & { readonly status?: { readonly currentPrimary?: string } };

/** What a running database says of the role that Vault makes logins with. */
type Standing =
  | { readonly state: "in order"; readonly found: string }
  | { readonly state: "lacking"; readonly primary: Instance; readonly statements: readonly string[] }
  | { readonly state: "silent"; readonly primary: Instance; readonly reason: string };

const PART = "logins by Vault";

/**
 * Looks whether the database can let Vault make logins: one that was made without Vault gets the role with its right from
 * {@link letMakeLogins}, which must then be able to ask it.
 */
export async function checkAdministrator(stack: Stack): Promise<Check> {
  const standing = await readStanding(stack);
  if (standing === undefined) return { part: PART, ok: true, found: "not used" };
  if (standing.state === "in order") return { part: PART, ok: true, found: standing.found };
  const { instance, namespace } = standing.primary;
  if (standing.state === "lacking") {
    return { part: PART, ok: true, found: `to be let by ${instance}: ${standing.statements.join("; ")}` };
  }
  return {
    part: PART,
    ok: false,
    found: `${instance} does not say whether it lets Vault make logins: ${standing.reason}`,
    command: `kubectl exec ${instance} --namespace ${namespace} --container postgres -- psql -c 'select 1'   # must answer: a database that was made without Vault is changed once`,
  };
}

/** Tells what {@link letMakeLogins} would do. */
export async function planLogins(stack: Stack, progress: Progress): Promise<void> {
  const standing = await readStanding(stack);
  if (standing?.state !== "lacking") return;
  const { primary, statements } = standing;
  progress.step(`would let Vault make logins, on ${primary.instance}: ${statements.join("; ")}`, {
    statements,
  });
}

/**
 * Lets the role that Vault makes logins with pass on the membership in the owner, where the database was made without
 * Vault. Only a superuser may say that, and the operator says it for a database alone that it makes.
 *
 * @throws ReleaseError when the database refuses.
 */
export async function letMakeLogins(stack: Stack, progress: Progress): Promise<void> {
  const standing = await readStanding(stack);
  if (standing?.state !== "lacking") return;
  const { primary, statements } = standing;
  progress.step(`letting Vault make logins, on ${primary.instance}: ${statements.join("; ")}`, {
    statements,
  });
  const { exitCode, stderr } = await asSuperuser(primary, statements);
  if (exitCode === 0) return;
  throw new ReleaseError(
    "failed",
    `nothing was changed: ${primary.instance} does not let Vault make logins: ${stderr.trim()}`,
  );
}

async function readStanding({ settings, client }: Stack): Promise<Standing | undefined> {
  const { logins, kubernetes } = settings;
  if (logins === undefined) return undefined;
  const cluster = await databaseIn<Cluster>(client, kubernetes.namespace);
  const instance = cluster?.status?.currentPrimary;
  if (cluster === undefined || instance === undefined)
    return { state: "in order", found: "from the making of the database on" };
  const { look, create, admit } = administratorStatements(logins.administrator, logins.owner);
  const primary = { client, namespace: kubernetes.namespace, instance };
  const { exitCode, stdout, stderr } = await asSuperuser(primary, [look]);
  const found = `as ${logins.administrator}`;
  if (exitCode !== 0) {
    // An earlier run came as far as that: what is broken since then, the next one may mend.
    const here = ["--namespace", kubernetes.namespace];
    const [secret] = await getObjects(client, "secret", `${cluster.metadata.name}-administrator`, ...here);
    return secret ? { state: "in order", found } : { state: "silent", primary, reason: stderr.trim() };
  }
  const [there, allowed] = stdout.trim().split("|");
  if (allowed === "t") return { state: "in order", found };
  return { state: "lacking", primary, statements: there === "t" ? [admit] : [create, admit] };
}
