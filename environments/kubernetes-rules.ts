import { type Case, isBroken, mistake, sound } from "./case";
import { type Mistake, removeCommand, setCommand } from "./mistakes";

/** Where a stack may live. */
export function kubernetesRules(subject: Case): Mistake[] {
  const { stack, definition } = subject;
  const namespace = sound(subject, "kubernetes", "namespace");
  const taken = typeof namespace === "string" && isPlatforms(subject, namespace);
  const missing =
    definition?.guards.contextRequired &&
    sound(subject, "kubernetes", "context") === undefined &&
    !isBroken(subject, "kubernetes", "context") &&
    !isBroken(subject, "kubernetes");
  return [
    ...(missing
      ? [
          mistake(
            subject,
            ["kubernetes", "context"],
            `the kubeconfig context of the cluster, as environment ${definition.name} must not be deployed by accident`,
            setCommand(stack, ["kubernetes", "context"], "CONTEXT"),
          ),
        ]
      : []),
    ...(taken
      ? [
          mistake(
            subject,
            ["kubernetes", "namespace"],
            "a namespace of its own, as it is created with the stack and removed with it",
            removeCommand(stack, ["kubernetes", "namespace"]),
          ),
        ]
      : []),
  ];
}

/** Whether others live in a namespace, who would be removed with it. */
function isPlatforms(subject: Case, namespace: string): boolean {
  if (/^(default|kube-.*|cnpg-system)$/.test(namespace)) return true;
  const isVaults = (sound(subject, "vault", "namespace") ?? "vault") === namespace;
  if (isVaults && sound(subject, "vault") !== undefined) return true;
  const deletion = sound(subject, "database", "deletion") ?? subject.definition?.database.deletion.usual;
  // A Gateway of the application's own may stand where nothing is ever removed.
  return deletion === "delete" && sound(subject, "gateway", "namespace") === namespace;
}
