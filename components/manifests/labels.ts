/** Labels of one application's objects; the first two are what selectors use and must never change. */
export interface StandardLabels {
  readonly "app.kubernetes.io/name": string;
  readonly "app.kubernetes.io/component": string;
}

/** The labels by which Services, policies and budgets find the pods of `name`. */
export function selectorLabels(name: string, component: string): StandardLabels {
  return { "app.kubernetes.io/name": name, "app.kubernetes.io/component": component };
}

/** All labels of an object: the caller's own, ours, and last the ones that selectors rely on. */
export function objectLabels(
  name: string,
  component: string,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return {
    ...extra,
    "app.kubernetes.io/managed-by": "stagewright",
    ...selectorLabels(name, component),
  };
}
