import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { drillFailover, type FailoverResult, type Harm } from "../../release/drills/failover";
import { FAULT_NAMES, type Fault, faults } from "../../release/drills/faults";
import { lookAt } from "../../release/drills/instances";
import { type NodeCommands, nodeToCut } from "../../release/drills/node";
import type { Target } from "../../release/drills/writer";
import { close, declare, declareStock, namespace, open, ready } from "../backup/bench";
import { missingForBackup } from "../backup/store";
import { eventually } from "../e2e/support/cluster";
import { missingForCluster, notRunLine } from "../support/parts";
import { quantile } from "./quantile";

/** Our cluster with as many instances as prod has, and the operator's sample, side by side. */
const clusters = { ours: "ours", stock: "stock" } as const;
type Kind = keyof typeof clusters;
type Line = FailoverResult & { readonly cluster: Kind };

const progress = { step: () => undefined, warn: (text: string) => void process.stderr.write(`${text}\n`) };

/**
 * `npm run drills -- --count 20`: drills of each kind, ours and the sample in turn. Each result is written down at
 * once, and a run that is begun again goes on where the last one ended. With `--archive` ours archives as well, which
 * the sample never does; with `--node-down` and `--node-up` the primary's node is cut off, too.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      count: { type: "string", default: "1" },
      archive: { type: "boolean", default: false },
      "node-down": { type: "string" },
      "node-up": { type: "string" },
      results: { type: "string", default: join(process.cwd(), ".drills", "failover.jsonl") },
    },
  });
  const missing = await (values.archive ? missingForBackup() : missingForCluster());
  if (missing.length > 0) {
    process.stdout.write(`${notRunLine("drills", missing)}\n`);
    process.exitCode = 3;
    return;
  }
  mkdirSync(dirname(values.results), { recursive: true });
  const { "node-down": down, "node-up": up } = values;
  if ((down === undefined) !== (up === undefined)) throw new Error("--node-down and --node-up go together");
  const node = down !== undefined && up !== undefined ? { down, up } : undefined;
  const has = (cluster: Kind, fault: Fault) =>
    read(values.results).filter((line) => line.cluster === cluster && line.kind === fault).length;
  open();
  try {
    const archive = values.archive ? {} : { backup: undefined };
    await declare(clusters.ours, { instances: 3, clients: [{ app: "drill" }], ...archive });
    declareStock(clusters.stock, 3);
    await ready(clusters.ours, 600);
    await ready(clusters.stock, 600);
    for (let round = 1; round <= Number(values.count); round += 1) {
      for (const harm of [...faults, ...(node ? [node] : [])]) {
        const fault = typeof harm === "string" ? harm : "node";
        for (const cluster of ["ours", "stock"] as const) {
          if (has(cluster, fault) >= round) continue;
          const target = {
            client: {},
            namespace,
            cluster: clusters[cluster],
            clientLabels: { app: "drill" },
          };
          // A node that was cut off for the one had instances of the other as well.
          await eventually(600, async () => (await lookAt(target)).healthy || `${cluster} is not healthy`);
          const found = typeof harm === "string" ? { kind: harm } : await cut(target, harm);
          if ("problem" in found) {
            process.stdout.write(
              `${round} ${cluster.padEnd(5)} ${fault.padEnd(10)} not run: ${found.problem}\n`,
            );
            continue;
          }
          const result = await drillFailover(target, found, progress);
          appendFileSync(values.results, `${JSON.stringify({ cluster, ...result })}\n`);
          process.stdout.write(
            `${round} ${cluster.padEnd(5)} ${fault.padEnd(10)} ${result.outageSeconds.toFixed(1)} s, lost ${result.lost} of ${result.acknowledged}\n`,
          );
        }
      }
    }
  } finally {
    close();
  }
  report(read(values.results));
}

async function cut(target: Target, commands: NodeCommands): Promise<Harm | { readonly problem: string }> {
  const found = await nodeToCut(target);
  return "node" in found ? { kind: "node", ...found, ...commands } : found;
}

function read(file: string): Line[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Line);
}

/** Medians and their ratio, p95, spread and losses. */
function report(lines: readonly Line[]): void {
  for (const fault of new Set(lines.map(({ kind }) => kind))) {
    const of = (cluster: Kind) => lines.filter((line) => line.cluster === cluster && line.kind === fault);
    const seconds = (cluster: Kind) =>
      of(cluster)
        .map(({ outageSeconds }) => outageSeconds)
        .toSorted((one, other) => one - other);
    const [ours, stock] = [seconds("ours"), seconds("stock")];
    const ratio = quantile(ours, 0.5) / quantile(stock, 0.5);
    const lost = (cluster: Kind) => of(cluster).reduce((sum, line) => sum + line.lost, 0);
    const figures = (cluster: Kind, sorted: readonly number[]) =>
      `${quantile(sorted, 0.5).toFixed(1)} s (p95 ${quantile(sorted, 0.95).toFixed(1)}, ${sorted[0]}–${sorted.at(-1)}, ` +
      `n ${sorted.length}, lost ${lost(cluster)})`;
    process.stdout.write(
      `${FAULT_NAMES[fault].padEnd(32)} ours ${figures("ours", ours)}  sample ${figures("stock", stock)}  ` +
        `ratio ${ratio.toFixed(2)}\n`,
    );
  }
}

void main();
