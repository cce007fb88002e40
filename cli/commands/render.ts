import { relative } from "node:path";
import { renderManifests, writeManifests } from "../../embedded/manifests";
import { runStack } from "../../embedded/run";
import { drawTree, toTrees } from "../../embedded/tree";
import { ExitCode } from "../exit";
import type { Output } from "../output";
import type { Values } from "../values";

/** Shows the plan of a stack on the embedded engine and writes its manifests. */
export async function run(values: Values, output: Output): Promise<ExitCode> {
  const [directory, stack] = [process.cwd(), String(values["stack"])];
  const { registrations, outputs, configuration, warnings } = await runStack({ directory, stack });
  const rendering = renderManifests(registrations);
  const folder = relative(directory, writeManifests(directory, stack, rendering));
  const trees = toTrees(registrations);

  for (const warning of warnings) output.warn(warning);
  output.result(
    { stack, outputs, resources: trees, open: configuration.open, secrets: rendering.secrets, folder },
    [
      ...drawTree(trees),
      "",
      "Outputs",
      ...Object.entries(outputs).map(([key, value]) => `  ${key.padEnd(21)} ${String(value)}`),
      ...openValues(stack, configuration.open),
      "",
      `${rendering.manifests.length} manifests are in ${folder}; ` +
        `${rendering.secrets.length} Secret(s) are left out, see ${folder}/secrets.json.`,
    ],
  );
  return ExitCode.Done;
}

function openValues(stack: string, open: readonly { path: string; command: string }[]): string[] {
  if (open.length === 0) return [];
  return [
    "",
    `To be set before \`stagewright up --stack ${stack}\``,
    ...open.map(({ command }) => `  ${command}`),
  ];
}
