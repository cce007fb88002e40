import { checkSecrets, type SecretsReport, type StackSecrets } from "../../release/secrets/check";
import type { Finding } from "../../release/secrets/finding";
import type { Found } from "../../release/secrets/providers";
import { rotateSecrets } from "../../release/secrets/rotate";
import { confirm } from "../confirm";
import { CliError, ExitCode } from "../exit";
import type { Output } from "../output";
import type { Values } from "../values";

/** Says what keeps each stack's secrets, or changes it for one stack. No value is ever part of what it says. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  if (values["action"] === "rotate") return rotate(values, output);
  const [given] = ["stack", "to"].filter((option) => values[option] !== undefined);
  if (given === undefined) return check(output);
  throw new CliError(
    `secrets check looks at every stack, and takes no --${given}: stagewright secrets check`,
    ExitCode.Usage,
  );
}

async function check(output: Output): Promise<ExitCode> {
  const report = await checkSecrets(process.cwd());
  if (!report.treeScanned)
    output.warn("there is no git checkout here: only the stack files were looked through");
  output.result({ ...report }, reportLines(report));
  return report.findings.length === 0 ? ExitCode.Done : ExitCode.Failed;
}

function reportLines({ stacks, findings }: SecretsReport): string[] {
  const count = findings.length === 1 ? "1 finding" : `${findings.length} findings`;
  return [
    ...stacks.flatMap(stackLines),
    "",
    ...(findings.length === 0 ? ["nothing that should be secret is in plain text"] : [count]),
    ...findings.flatMap(findingLines),
    ...(findings.length === 0
      ? []
      : [
          "",
          "What was in plain text is known: change it where it came from, too. What only looks like a secret",
          "says so on its line: not a secret: WHY",
        ]),
  ];
}

function stackLines({ stack, environment, provider, address, needs, opens }: StackSecrets): string[] {
  const kept = address === "passphrase" || address === "default" ? provider : `${provider}, ${address}`;
  const wrong = opens === false ? ["  the passphrase at hand is not this stack's"] : [];
  return [`${stack} (${environment}): ${kept}`, ...needs.map(needLine), ...wrong];
}

function needLine({ what, variables, reads, ready, otherwise }: Found): string {
  const state = variables.map(({ name, set }) => `${name} ${set ? "set" : "not set"}`).join(", ");
  const use = ready ? `reads ${reads.join(" and ")}` : (otherwise ?? "MISSING");
  return `  ${what}: ${use} (${state})`;
}

function findingLines({ file, line, what, command }: Finding): string[] {
  return ["", `  ${file}${line === undefined ? "" : `:${line}`}  ${what}`, `    mend  ${command}`];
}

async function rotate(values: Values, output: Output): Promise<ExitCode> {
  const [stack, to] = [values["stack"], values["to"]];
  if (typeof stack !== "string" || typeof to !== "string") {
    throw new CliError(
      "secrets rotate needs the stack and the new provider: " +
        "stagewright secrets rotate --stack STACK --to hashivault://KEY",
      ExitCode.Usage,
    );
  }
  await confirm(`Encrypt the secrets of stack ${stack} anew, under ${to}?`, Boolean(values["yes"]), output);
  const rotation = await rotateSecrets(process.cwd(), stack, to, output);
  output.result({ ...rotation }, [
    `stack ${stack}: ${rotation.from} gave way to ${to}, and everything decrypts to what it was`,
    `the stack as it was is in ${rotation.backup}, encrypted under the old key`,
    "what git's history and the backend's own backups hold is encrypted under the old key still: if that is",
    "known to others, change the values too",
  ]);
  return ExitCode.Done;
}
