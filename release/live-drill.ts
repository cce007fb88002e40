import type { KubeObject } from "../adapters/kubectl";
import type { Reading, ReadHere } from "./live";

/** What the last drill of recovery showed. */
export interface DrillLive {
  readonly kind: string;
  readonly ended: string;
  readonly result: string;
  /** Why it failed. */
  readonly reason?: string;
  /** Seconds of data that would have been lost. */
  readonly rpoSeconds?: number;
  /** Seconds until the data was there again. */
  readonly rtoSeconds?: number;
}

type ConfigMap = KubeObject & { readonly data?: Readonly<Record<string, string>> };

/** Whether a drill showed what it was to show. */
export const hasPassed = ({ result }: DrillLive) => /^(passed|succeeded|success|ok)$/i.test(result);

/** Reads the result of the newest drill. */
export async function readDrill(here: ReadHere): Promise<Reading<DrillLive>> {
  const found = await here<ConfigMap>("configmaps", "app.kubernetes.io/component=restore-drill");
  if (found === "not readable") return "not reachable";
  const drills = found.flatMap(({ data }) => parse(data?.["result.json"]));
  return drills.toSorted((one, other) => Date.parse(other.ended) - Date.parse(one.ended))[0] ?? "none";
}

/** What is not of its form is no drill that could be relied on. */
function parse(text = ""): DrillLive[] {
  let content: Partial<Record<keyof DrillLive, unknown>> | null;
  try {
    content = JSON.parse(text) as typeof content;
  } catch {
    return [];
  }
  const { kind, ended, result, reason, rpoSeconds, rtoSeconds } = content ?? {};
  if (typeof ended !== "string" || Number.isNaN(Date.parse(ended)) || typeof result !== "string") return [];
  return [
    {
      kind: typeof kind === "string" ? kind : "restore",
      ended,
      result,
      ...(typeof reason === "string" ? { reason } : {}),
      ...(typeof rpoSeconds === "number" ? { rpoSeconds } : {}),
      ...(typeof rtoSeconds === "number" ? { rtoSeconds } : {}),
    },
  ];
}
