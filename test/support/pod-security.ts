import { at } from "./program";

/** A check of a pod's specification: what is wrong, or nothing. */
type Check = (pod: unknown) => readonly string[];
/** A check of one container in its pod. */
type ContainerCheck = (container: unknown, pod: unknown) => readonly string[];

/** Every container of a pod, those that only start it included. */
export function containersOf(pod: unknown): readonly unknown[] {
  return [
    ...listAt(pod, "initContainers"),
    ...listAt(pod, "containers"),
    ...listAt(pod, "ephemeralContainers"),
  ];
}

/**
 * What keeps a pod from Pod Security `restricted`, `baseline` included, as k8s.io/pod-security-admission 0.37
 * lists it; the API server's own verdict is the cluster suites' business.
 */
export function restrictedViolations(pod: unknown): string[] {
  return [
    ...RESTRICTED.flatMap((check) => check(pod)),
    ...containersOf(pod).flatMap((container) =>
      RESTRICTED_CONTAINER.flatMap((check) => check(container, pod)).map(named(container)),
    ),
  ];
}

/** What keeps a pod from our own policy, which takes up the usual lists of checks beyond `restricted`. */
export function hardeningViolations(pod: unknown): string[] {
  return [
    ...HARDENING.flatMap((check) => check(pod)),
    ...containersOf(pod).flatMap((container) =>
      HARDENING_CONTAINER.flatMap((check) => check(container, pod)).map(named(container)),
    ),
  ];
}

/** What long-running pods need on top: health checks that differ, room to end, and nodes of their own. */
export function serviceViolations(pod: unknown): string[] {
  return [
    ...says(listAt(pod, "topologySpreadConstraints").length > 0, "pods may all lie on one node"),
    ...listAt(pod, "containers").flatMap((container) =>
      [
        ...["startupProbe", "livenessProbe", "readinessProbe"].flatMap((probe) =>
          says(at(container, probe) !== undefined, `has no ${probe}`),
        ),
        ...says(
          JSON.stringify(at(container, "livenessProbe")) !== JSON.stringify(at(container, "readinessProbe")),
          "lives and is ready by the same probe",
        ),
        ...says(at(container, "lifecycle", "preStop") !== undefined, "leaves without notice"),
      ].map(named(container)),
    ),
  ];
}

const VOLUMES = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
];
const SECRET_LIKE = /PASSWORD|PASSWD|SECRET|TOKEN|PRIVATE_?KEY|API_?KEY|CREDENTIAL|DATABASE_URL/i;
const PRIVILEGED_PORTS = 1024;

const RESTRICTED: readonly Check[] = [
  ...["hostNetwork", "hostPID", "hostIPC"].map(
    (field): Check =>
      (pod) =>
        says(at(pod, field) !== true, `${field} is true`),
  ),
  (pod) => says(at(pod, "securityContext", "windowsOptions", "hostProcess") !== true, "hostProcess is true"),
  (pod) => says(listAt(pod, "securityContext", "sysctls").length === 0, "sets sysctls"),
  (pod) => says(at(pod, "securityContext", "runAsUser") !== 0, "pod runs as root"),
  (pod) =>
    listAt(pod, "volumes").flatMap((volume) => {
      const kinds = Object.keys(volume as object).filter((key) => key !== "name");
      return kinds.filter((kind) => !VOLUMES.includes(kind)).map((kind) => `has a volume of ${kind}`);
    }),
];

const RESTRICTED_CONTAINER: readonly ContainerCheck[] = [
  (container) => says(at(container, "securityContext", "privileged") !== true, "is privileged"),
  (container) =>
    says(
      at(container, "securityContext", "allowPrivilegeEscalation") === false,
      "allows privilege escalation",
    ),
  (container, pod) => says(inherited(container, pod, "runAsNonRoot") === true, "may run as root"),
  (container, pod) => says(inherited(container, pod, "runAsUser") !== 0, "runs as root"),
  (container) =>
    says(
      listAt(container, "securityContext", "capabilities", "drop").includes("ALL"),
      "does not drop ALL capabilities",
    ),
  (container) =>
    listAt(container, "securityContext", "capabilities", "add")
      .filter((capability) => capability !== "NET_BIND_SERVICE")
      .map((capability) => `adds ${String(capability)}`),
  (container, pod) =>
    says(
      ["RuntimeDefault", "Localhost"].includes(
        String(at(inherited(container, pod, "seccompProfile"), "type")),
      ),
      "has no seccomp profile",
    ),
  (container, pod) =>
    says(
      ["undefined", "RuntimeDefault", "Localhost"].includes(
        String(at(inherited(container, pod, "appArmorProfile"), "type")),
      ),
      "switches AppArmor off",
    ),
  (container, pod) =>
    says(
      ["undefined", "container_t", "container_init_t", "container_kvm_t"].includes(
        String(at(inherited(container, pod, "seLinuxOptions"), "type")),
      ),
      "has an SELinux type of its own",
    ),
  (container) =>
    says(
      ["undefined", "Default"].includes(String(at(container, "securityContext", "procMount"))),
      "unmasks /proc",
    ),
  (container) =>
    says(
      listAt(container, "ports").every((port) => !at(port, "hostPort")),
      "takes a port of the node",
    ),
  (container) => says(!mentions(container, "host", HANDLERS), "a probe or handler names a host"),
];

const HARDENING: readonly Check[] = [
  (pod) => says(at(pod, "automountServiceAccountToken") === false, "mounts a token of the API server"),
  (pod) => says(at(pod, "enableServiceLinks") === false, "gets a variable for each Service"),
  (pod) => says(at(pod, "hostAliases") === undefined, "has names of hosts of its own"),
  (pod) => says(at(pod, "securityContext", "fsGroup") !== 0, "owns files as root's group"),
];

const HARDENING_CONTAINER: readonly ContainerCheck[] = [
  (container) =>
    ["requests", "limits"].flatMap((kind) =>
      ["cpu", "memory", "ephemeral-storage"].flatMap((resource) =>
        says(at(container, "resources", kind, resource) !== undefined, `has no ${kind}.${resource}`),
      ),
    ),
  (container) =>
    says(
      at(container, "securityContext", "readOnlyRootFilesystem") === true,
      "may write to its root filesystem",
    ),
  (container, pod) => says(Number(inherited(container, pod, "runAsGroup") ?? 0) > 0, "runs in root's group"),
  (container) => says(isPinned(String(at(container, "image"))), "runs an image without a version"),
  (container) =>
    listAt(container, "env").flatMap((variable) => [
      ...says(!SECRET_LIKE.test(String(at(variable, "name"))), `${nameOf(variable)} looks like a secret`),
      ...says(at(variable, "valueFrom", "secretKeyRef") === undefined, `${nameOf(variable)} is a secret`),
    ]),
  (container) =>
    listAt(container, "envFrom").flatMap((source) =>
      says(at(source, "secretRef") === undefined, "takes a whole Secret as variables"),
    ),
  (container) =>
    says(
      listAt(container, "ports").every((port) => Number(at(port, "containerPort")) >= PRIVILEGED_PORTS),
      "listens on a privileged port",
    ),
  (container, pod) => listAt(container, "volumeMounts").flatMap((mount) => mountedSafely(mount, pod)),
];

const HANDLERS = ["startupProbe", "livenessProbe", "readinessProbe", "lifecycle"];

function mountedSafely(mount: unknown, pod: unknown): readonly string[] {
  const volume = listAt(pod, "volumes").find((found) => at(found, "name") === at(mount, "name"));
  const name = nameOf(mount);
  if (at(volume, "secret") === undefined) {
    return says(volume !== undefined, `mounts ${name}, which is no volume`);
  }
  const mode = Number(at(volume, "secret", "defaultMode") ?? 0o644);
  return [
    ...says(at(mount, "readOnly") === true, `may write to the secret ${name}`),
    ...says(mode % 0o10 === 0, `lets anybody read the secret ${name}`),
  ];
}

/** A digest, or at least a tag that is a version. */
function isPinned(image: string): boolean {
  return /@sha256:[0-9a-f]{64}$/.test(image) || /:v?\d+\.\d+[^/:@]*$/.test(image);
}

function inherited(container: unknown, pod: unknown, field: string): unknown {
  return at(container, "securityContext", field) ?? at(pod, "securityContext", field);
}

function mentions(container: unknown, field: string, parts: readonly string[]): boolean {
  return parts.some((part) => JSON.stringify(at(container, part) ?? {}).includes(`"${field}":`));
}

function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

function nameOf(value: unknown): string {
  return String(at(value, "name"));
}

function named(container: unknown): (problem: string) => string {
  return (problem) => `${nameOf(container)}: ${problem}`;
}

function says(good: boolean, problem: string): readonly string[] {
  return good ? [] : [problem];
}
