import { kubectl } from "./hands";

/** Whether an API server has a namespace. */
export const exists = (name: string) => read(name) !== "";

const read = (name: string) =>
  kubectl(["get", "namespace", name, "--ignore-not-found", "--output", "json"]).trim();

/** Removes a namespace with all that is in it, also from an API server that has no controllers to do it. */
export function removeNamespace(name: string): void {
  kubectl(["delete", "namespace", name, "--ignore-not-found", "--wait=false"]);
  const left = read(name);
  const hasControllers = kubectl(["get", "pods", "--all-namespaces", "--output", "name"]).trim() !== "";
  if (left === "" || hasControllers) return;
  const kinds = kubectl(["api-resources", "--namespaced", "--verbs", "delete,list", "--output", "name"]);
  kubectl(["delete", kinds.trim().replaceAll("\n", ","), "--all", "--wait=false", "--namespace", name]);
  const object = { ...(JSON.parse(left) as object), spec: { finalizers: [] } };
  kubectl(["replace", "--raw", `/api/v1/namespaces/${name}/finalize`, "--filename", "-"], object);
}
