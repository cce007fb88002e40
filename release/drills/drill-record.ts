import { kubectlFinished } from "../../adapters/kubectl";
import type { Kubectl } from "../../adapters/kubectl";
import { objectLabels } from "../../components/manifests/labels";
import type { Progress } from "../progress";
import type { RestoreResult } from "./restore";

/** Leaves the result where the board and the release gate look for it. */
export async function recordDrill(
  client: Kubectl,
  namespace: string,
  cluster: string,
  result: RestoreResult,
  progress: Progress,
): Promise<void> {
  const name = `${cluster}-restore-drill`;
  const record = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace, labels: objectLabels(cluster, "restore-drill") },
    data: { "result.json": JSON.stringify(result) },
  };
  const apply = ["apply", "--server-side", "--force-conflicts", "--field-manager", "stagewright-drill"];
  const kept = await kubectlFinished(client, [...apply, "--filename", "-"], JSON.stringify(record));
  if (kept.exitCode !== 0) {
    progress.warn(`the result is not recorded in ConfigMap ${name}: ${kept.stderr.trim()}`);
  }
}
