import { kubectlFinished, type Kubectl } from "../../adapters/kubectl";
import { ReleaseError } from "../errors";

/** Where psql is run: in an instance, as its superuser over the local socket. */
export interface Psql {
  readonly client: Kubectl;
  readonly namespace: string;
  readonly instance: string;
  readonly database: string;
}

/** Runs a script and gives its rows, columns apart. */
export async function runScript(
  { client, namespace, instance, database }: Psql,
  script: string,
  variables: Readonly<Record<string, string>>,
): Promise<string[][]> {
  const set = Object.entries(variables).flatMap(([name, value]) => ["-v", `${name}=${value}`]);
  const psql = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", ...set, "-d", database, "-f", "-"];
  const exec = ["exec", "-i", instance, "--namespace", namespace, "--container", "postgres", "--", ...psql];
  const { exitCode, stdout, stderr } = await kubectlFinished(client, exec, script);
  if (exitCode !== 0) {
    const words = stderr.split("\n").find((line) => line.trim() !== "") ?? "no reason given";
    throw new ReleaseError(
      "failed",
      `${instance} does not answer: ${words.replace(/^psql:<stdin>:\d+: /, "")}`,
    );
  }
  const lines = stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => line.split("|"));
}
