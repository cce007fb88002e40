import { type Released, releasedVariables } from "../environments/released";
import { deploy, plan } from "./deploy";
import { ReleaseError } from "./errors";
import { awaitLeavingPods } from "./leaving-pods";
import { prepare } from "./prepare";
import type { Progress } from "./progress";
import { type DeclaredStack, readStack } from "./stack";

/** What a deployment brought. */
export interface Deployed {
  readonly repository: string;
  readonly digest: string;
  readonly url?: string;
  /** Name of the database's Cluster. */
  readonly databaseCluster?: string;
  /** Resources by what was done with them. */
  readonly changes: Readonly<Record<string, number>>;
}

/** Deploys the released image to a stack, or builds one where none is named, and waits until it serves. */
export async function deployImage(
  directory: string,
  stack: string,
  released: Released,
  progress: Progress,
): Promise<Deployed> {
  return withReleased(released, async () => {
    const declared = readStack(directory, stack);
    const engine = await prepare(declared, progress);
    await plan(engine, declared, progress);
    const { changes, outputs } = await deploy(engine, declared, progress);
    await awaitLeavingPods(declared, progress);
    return { ...imageOf(stack, outputs), ...textsOf(outputs), changes };
  });
}

/** Runs work while the program is told of the release; what was told before comes back afterwards. */
export async function withReleased<T>(released: Released, work: () => Promise<T>): Promise<T> {
  const told = releasedVariables(released);
  const before = Object.keys(told).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, told);
  try {
    return await work();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

/** A stack as it is declared when it takes this image. */
export function readReleasedStack(
  directory: string,
  stack: string,
  released: Released,
): Promise<DeclaredStack> {
  return withReleased(released, async () => readStack(directory, stack));
}

function imageOf(stack: string, outputs: Readonly<Record<string, unknown>>) {
  const image = outputs["image"];
  const [repository, digest] = typeof image === "string" ? image.split("@") : [];
  if (!repository || !digest) {
    throw new ReleaseError(
      "failed",
      `stack ${stack} gives out no image by digest (image: ${JSON.stringify(image)}), so nothing can be ` +
        "released from it; the program must export `image`",
    );
  }
  return { repository, digest };
}

function textsOf(outputs: Readonly<Record<string, unknown>>): Pick<Deployed, "url" | "databaseCluster"> {
  const names = ["url", "databaseCluster"];
  return Object.fromEntries(
    names.map((name) => [name, outputs[name]]).filter(([, value]) => typeof value === "string"),
  );
}
