import { capture, type Finished } from "./processes";

/** A Kubernetes object as read from the API. */
export interface KubeObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly creationTimestamp?: string;
    /** There once the object is to go. */
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** kubectl for one context. */
export interface Kubectl {
  readonly context?: string;
  /** For cleaning up: a terminal's Ctrl-C does not reach a call, and it is ended after so many milliseconds. */
  readonly undisturbedFor?: number;
}

/** The words that choose the context. */
export function contextArgs({ context }: Kubectl): string[] {
  return context === undefined ? [] : ["--context", context];
}

/** Runs kubectl to its end; what it is to read may be given to it. */
export function kubectlFinished(client: Kubectl, args: readonly string[], input?: string): Promise<Finished> {
  const { undisturbedFor: timeout } = client;
  return capture("kubectl", [...contextArgs(client), ...args], {
    ...(input === undefined ? {} : { input }),
    ...(timeout === undefined ? {} : { timeout, detached: true }),
  });
}

/** Runs kubectl and gives its output, or `undefined` when it failed. */
export async function kubectl(client: Kubectl, ...args: string[]): Promise<string | undefined> {
  const { exitCode, stdout } = await kubectlFinished(client, args);
  return exitCode === 0 ? stdout : undefined;
}

/** Reads objects; an empty list when there are none, the kind is unknown, or nobody answers. */
export async function getObjects<T extends KubeObject = KubeObject>(
  client: Kubectl,
  kind: string,
  ...args: string[]
): Promise<T[]> {
  const text = await kubectl(client, "get", kind, ...args, "--output", "json", "--request-timeout", "10s");
  if (text === undefined) return [];
  const content = JSON.parse(text) as { items?: T[] } & T;
  return content.items ?? [content];
}

/** Whether kubectl failed because the cluster does not know the kind that it was asked for. */
export const isOfUnknownKind = (stderr: string): boolean => /doesn't have a resource type/.test(stderr);

/** Reads objects, or says that they cannot be read; a kind that the cluster does not know has none. */
export async function readObjects<T extends KubeObject = KubeObject>(
  client: Kubectl,
  kind: string,
  ...args: string[]
): Promise<readonly T[] | "not readable"> {
  const words = ["get", kind, ...args, "--output", "json", "--request-timeout", "10s"];
  const { exitCode, stdout, stderr } = await kubectlFinished(client, words);
  if (exitCode === 0) return (JSON.parse(stdout) as { items: T[] }).items;
  return isOfUnknownKind(stderr) ? [] : "not readable";
}
