import { type Kubectl, type KubeObject, readObjects } from "../../adapters/kubectl";
import { capture } from "../../adapters/processes";
import { shellWord } from "../../environments/mistakes";
import { ReleaseError } from "../errors";
import { OPERATOR } from "../operator-check";
import type { Progress } from "../progress";
import { lookAt } from "./instances";
import { NODE_COMMAND_SECONDS } from "./limits";
import type { Target } from "./writer";

/**
 * Shell commands that cut a node off and join it again; they find its name in the variable NODE. They are the
 * infrastructure's, as no cluster can do that to a node of its own.
 */
export interface NodeCommands {
  readonly down: string;
  readonly up: string;
}

/** A node that can be cut off, and how. */
export type Cut = NodeCommands & { readonly node: string };

type Pod = KubeObject & { readonly spec: { readonly nodeName?: string } };

/**
 * The node of the primary, or why it cannot be cut off to any use.
 *
 * @see https://cloudnative-pg.io/docs/1.30/failover/ (quorum: standbys left + those that have each write > standbys)
 */
export async function nodeToCut(target: Target): Promise<{ node: string } | { problem: string }> {
  const { client, namespace, cluster } = target;
  const { primary, quorum } = await lookAt(target);
  const instances = await podsOf(
    client,
    "--namespace",
    namespace,
    "--selector",
    `cnpg.io/cluster=${cluster},cnpg.io/podRole=instance`,
  );
  if (instances === "not readable") return { problem: `the pods of ${cluster} cannot be read` };
  const node = instances.find(({ metadata }) => metadata.name === primary)?.spec.nodeName;
  if (node === undefined) return { problem: `${primary} runs on no node` };
  const isThere = ({ spec }: Pod) => spec.nodeName === node;
  if (instances.every(isThere)) {
    return { problem: `all instances of ${cluster} are on node ${node}, so that none could take over` };
  }
  const [standbys, left] = [instances.length - 1, instances.filter((pod) => !isThere(pod)).length];
  if (quorum !== undefined && left + quorum <= standbys) {
    return {
      problem:
        `of ${standbys} standbys ${standbys - left} are on node ${node} as well, and a failover is refused: the rest ` +
        "need not have every acknowledged write; each instance wants a node of its own",
    };
  }
  const operators = await podsOf(client, "--all-namespaces", "--selector", OPERATOR);
  if (operators === "not readable" || operators.length === 0) {
    return {
      problem: "it cannot be seen where the operator runs: reading the pods of all namespaces is needed",
    };
  }
  if (operators.every(isThere)) {
    return {
      problem:
        `the operator runs on node ${node} alone, and nothing fails over until Kubernetes moves it after five ` +
        "minutes; with --fault switchover the primary goes elsewhere",
    };
  }
  return { node };
}

const podsOf = (client: Kubectl, ...args: string[]) => readObjects<Pod>(client, "pods", ...args);

const byHand = (command: string, node: string) => `NODE=${shellWord(node)} sh -c ${shellWord(command)}`;

/**
 * Cuts a node off while something is done, and joins it again also when that fails. Whoever calls it listens for an
 * interruption until it is over.
 */
export async function withoutNode(
  { node, down, up }: Cut,
  progress: Progress,
  meanwhile: () => Promise<void>,
): Promise<void> {
  progress.step(`cutting node ${node} off; should this run be killed, join it again: ${byHand(up, node)}`);
  try {
    await run(down, node, "--node-down");
    await meanwhile();
  } finally {
    progress.step(`joining node ${node} again`);
    await run(up, node, "--node-up").catch((error: unknown) => {
      // An interrupted drill ends with nothing else than that.
      if (error instanceof ReleaseError) progress.warn(error.message);
      throw error;
    });
  }
}

async function run(command: string, node: string, option: string): Promise<void> {
  const { exitCode, stderr } = await capture("sh", ["-c", command], {
    env: { NODE: node },
    timeout: NODE_COMMAND_SECONDS * 1000,
    detached: true,
  });
  if (exitCode === 0) return;
  throw new ReleaseError(
    "failed",
    `${option} ended with ${exitCode} for node ${node}: ${stderr.trim()}; by hand: ${byHand(command, node)}`,
  );
}
