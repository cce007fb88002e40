import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { HTTPRoute } from "./gateway/http-route";
import { deploymentSpec } from "./manifests/deployment";
import { withDefaults } from "./manifests/defaults";
import { objectLabels, selectorLabels } from "./manifests/labels";
import { dns, networkPolicySpec, podsHere, podsIn, type Traffic } from "./manifests/network-policies";
import { APPLICATION_USER } from "./manifests/pod-security";
import type { Probes } from "./manifests/probes";
import type { Resources } from "./manifests/resources";
import {
  type GatewayReference,
  httpRouteSpec,
  type IngressSettings,
  ingressSpec,
  SERVICE_PORT,
} from "./manifests/routes";
import type { SecretBinding } from "./manifests/secret-volumes";

/** Pods in the application's namespace that it may connect to. */
export interface Destination {
  /** Labels of the pods. */
  readonly labels: Record<string, string>;
  /** TCP port. */
  readonly port: number;
}

/** Scaling by CPU use. */
export interface Autoscaling {
  /** Pods at least. */
  readonly minReplicas: number;
  /** Pods at most. */
  readonly maxReplicas: number;
  /**
   * CPU use, in percent of what is reserved, that scaling aims at.
   *
   * @default 70
   */
  readonly cpuPercent?: number;
}

/** Arguments of {@link WebApplication}. */
export interface WebApplicationArgs {
  /** Namespace of all objects. */
  readonly namespace: pulumi.Input<string>;
  /** Image by digest: `repository@sha256:…`. */
  readonly image: pulumi.Input<string>;
  /** Names of Secrets for pulling the image. */
  readonly imagePullSecrets?: pulumi.Input<string>[];
  /**
   * Number of pods; not together with `autoscaling`.
   *
   * @default 1
   */
  readonly replicas?: number;
  /** Scale by CPU use instead of a fixed number of pods. */
  readonly autoscaling?: Autoscaling;
  /** What one pod may use. */
  readonly resources: Resources;
  /**
   * Port that the application listens on, 1024 or above: its user may not open lower ones.
   *
   * @default 8080
   */
  readonly port?: number;
  /** Environment variables. Secrets do not belong here: bind them as files. */
  readonly env?: Record<string, pulumi.Input<string>>;
  /** Secrets, mounted as files. */
  readonly secrets?: SecretBinding[];
  /** Paths and time of the health checks. */
  readonly probes?: Probes;
  /** Host name that the application is reached by; needed with `gateway` or `ingress`. */
  readonly host?: string;
  /** Route from a Gateway. May be given together with `ingress`, for moving from one to the other. */
  readonly gateway?: GatewayReference;
  /** Route from an Ingress controller. */
  readonly ingress?: IngressSettings;
  /**
   * Namespaces that the route's controller runs in; only their pods may connect.
   *
   * @default - pods of every namespace may connect to the port
   */
  readonly trafficNamespaces?: string[];
  /** Pods that the application may connect to; name resolution is always allowed, everything else is not. */
  readonly destinations?: Destination[];
  /**
   * Seconds that a request may take. A pod that leaves goes on for this long with what it has begun.
   *
   * @default 30
   */
  readonly drainSeconds?: number;
  /**
   * Seconds without progress after which a rollout has failed.
   *
   * @default 180
   */
  readonly progressSeconds?: number;
  /** More labels for every object. */
  readonly labels?: Record<string, string>;
  /** Annotations of the Deployment, never of its pods: a pod must not restart for a comment. */
  readonly annotations?: Record<string, pulumi.Input<string>>;
}

/**
 * A web application behind a route: rollouts without a lost request, Pod Security `restricted`, deny-by-default
 * networking. `pulumi up` ends when the rollout is complete and ready.
 *
 * The image stops gracefully on its own stop signal (`STOPSIGNAL`) and runs as user 10001 on a read-only root
 * filesystem with a writable `/tmp`.
 *
 * ```ts
 * const blog = new WebApplication("blog", {
 *   namespace: "blog",
 *   image: image.reference,
 *   replicas: 2,
 *   resources: { cpu: "100m", memory: "256Mi" },
 *   secrets: [{ name: "database", secretName: database.secretName }],
 *   host: "blog.example.com",
 *   gateway: { name: "public", namespace: "gateway" },
 * }, { dependsOn: database });
 * ```
 */
export class WebApplication extends pulumi.ComponentResource {
  /** Name of the Deployment. */
  public readonly deploymentName: pulumi.Output<string>;
  /** Name of the Service, which listens on port 80. */
  public readonly serviceName: pulumi.Output<string>;
  /**
   * Address for people; `undefined` without a route. `https` where the Ingress has TLS or a Gateway, which owns
   * it, is the only route.
   */
  public readonly url: pulumi.Output<string | undefined>;

  /** @throws ResourceError for contradictory arguments; the message names both. */
  constructor(name: string, args: WebApplicationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("stagewright:index:WebApplication", name, {}, opts);
    check(args, this);
    const settings: Settings = withDefaults(DEFAULTS, args);

    const account = createServiceAccount(name, settings, this);
    createNetworkPolicy(name, settings, this);
    const deployment = createDeployment(name, settings, account, this);
    createDisruptionBudget(name, settings, this);
    createAutoscaler(name, settings, deployment, this);
    const service = createService(name, settings, deployment, this);
    createHttpRoute(name, settings, service, this);
    createIngress(name, settings, service, this);

    this.deploymentName = deployment.metadata.name;
    this.serviceName = service.metadata.name;
    this.url = pulumi.output(urlOf(settings));
    this.registerOutputs({
      deploymentName: this.deploymentName,
      serviceName: this.serviceName,
      url: this.url,
    });
  }
}

const COMPONENT = "web";
function check(args: WebApplicationArgs, component: WebApplication): void {
  const fail = (message: string): never => {
    throw new pulumi.ResourceError(message, component, true);
  };
  if (args.replicas !== undefined && args.autoscaling) {
    fail("`replicas` and `autoscaling` cannot both be given: the autoscaler owns the number of pods");
  }
  if (args.autoscaling && args.autoscaling.minReplicas > args.autoscaling.maxReplicas) {
    const { minReplicas, maxReplicas } = args.autoscaling;
    fail(`autoscaling.minReplicas is ${minReplicas}, more than maxReplicas, which is ${maxReplicas}`);
  }
  if ((args.gateway || args.ingress) && !args.host) {
    fail("`host` must be given together with `gateway` or `ingress`: a route needs a name to answer to");
  }
  if ((args.port ?? 8080) < 1024) {
    fail(
      `port is ${args.port}; it must be 1024 or above, as user ${APPLICATION_USER} may not open lower ones`,
    );
  }
  const names = (args.secrets ?? []).map((secret) => secret.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    fail(`secrets has two entries with the name "${twice}"; each is a folder of its own`);
}

const DEFAULTS = {
  port: 8080,
  env: {},
  secrets: [],
  destinations: [],
  drainSeconds: 30,
  progressSeconds: 180,
  labels: {},
  annotations: {},
} satisfies Partial<WebApplicationArgs>;
type Settings = WebApplicationArgs & Required<Pick<WebApplicationArgs, keyof typeof DEFAULTS>>;

/** Pods that are there at least, whoever decides their number. */
function leastReplicas(settings: Settings): number {
  return settings.autoscaling?.minReplicas ?? settings.replicas ?? 1;
}

function urlOf(settings: Settings): string | undefined {
  if (!settings.gateway && !settings.ingress) return undefined;
  const secure = settings.ingress ? settings.ingress.tlsSecretName !== undefined : true;
  return `${secure ? "https" : "http"}://${settings.host}`;
}

function metadata(name: string, settings: Settings): k8s.types.input.meta.v1.ObjectMeta {
  return { name, namespace: settings.namespace, labels: objectLabels(name, COMPONENT, settings.labels) };
}

function createServiceAccount(name: string, settings: Settings, parent: WebApplication) {
  return new k8s.core.v1.ServiceAccount(
    name,
    { metadata: metadata(name, settings), automountServiceAccountToken: false },
    { parent },
  );
}

function createNetworkPolicy(name: string, settings: Settings, parent: WebApplication) {
  const from = settings.trafficNamespaces?.map((namespace) => podsIn(namespace)) ?? [
    { namespaceSelector: {} },
  ];
  const to = settings.destinations.map(({ labels, port }): Traffic => ({
    peers: [podsHere(labels)],
    ports: [[port, "TCP"]],
  }));
  return new k8s.networking.v1.NetworkPolicy(
    name,
    {
      metadata: metadata(name, settings),
      spec: networkPolicySpec(
        { ...selectorLabels(name, COMPONENT) },
        [{ peers: from, ports: [[settings.port, "TCP"]] }],
        [dns, ...to],
      ),
    },
    { parent },
  );
}

function createDeployment(
  name: string,
  settings: Settings,
  account: k8s.core.v1.ServiceAccount,
  parent: WebApplication,
) {
  return new k8s.apps.v1.Deployment(
    name,
    {
      metadata: { ...metadata(name, settings), annotations: settings.annotations },
      spec: deploymentSpec({
        ...settings,
        selector: { ...selectorLabels(name, COMPONENT) },
        labels: objectLabels(name, COMPONENT, settings.labels),
        serviceAccountName: account.metadata.name,
        replicas: settings.autoscaling ? undefined : (settings.replicas ?? 1),
      }),
    },
    { parent, customTimeouts: { create: rolloutTimeout(settings), update: rolloutTimeout(settings) } },
  );
}

/** The engine learns of a failed rollout only by its own time; each pod may take its turn until then. */
function rolloutTimeout(settings: Settings): string {
  const pods = settings.autoscaling?.maxReplicas ?? settings.replicas ?? 1;
  return `${settings.progressSeconds + 30 * pods}s`;
}

function createDisruptionBudget(name: string, settings: Settings, parent: WebApplication): void {
  // With one pod a budget could only block the drain of its node.
  if (leastReplicas(settings) < 2) return;
  new k8s.policy.v1.PodDisruptionBudget(
    name,
    {
      metadata: metadata(name, settings),
      spec: {
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: "AlwaysAllow",
        selector: { matchLabels: { ...selectorLabels(name, COMPONENT) } },
      },
    },
    { parent },
  );
}

function createAutoscaler(
  name: string,
  settings: Settings,
  deployment: k8s.apps.v1.Deployment,
  parent: WebApplication,
): void {
  if (!settings.autoscaling) return;
  const { minReplicas, maxReplicas, cpuPercent = 70 } = settings.autoscaling;
  new k8s.autoscaling.v2.HorizontalPodAutoscaler(
    name,
    {
      metadata: metadata(name, settings),
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: deployment.metadata.name },
        minReplicas,
        maxReplicas,
        metrics: [
          {
            type: "Resource",
            resource: { name: "cpu", target: { type: "Utilization", averageUtilization: cpuPercent } },
          },
        ],
      },
    },
    { parent },
  );
}

function createService(
  name: string,
  settings: Settings,
  deployment: k8s.apps.v1.Deployment,
  parent: WebApplication,
) {
  return new k8s.core.v1.Service(
    name,
    {
      metadata: metadata(name, settings),
      spec: {
        type: "ClusterIP",
        selector: { ...selectorLabels(name, COMPONENT) },
        ports: [{ name: "http", port: SERVICE_PORT, targetPort: "http" }],
      },
    },
    // A Service is ready when pods are behind it, so a failed rollout is told once, by the Deployment.
    { parent, dependsOn: deployment },
  );
}

/** A route has no condition of its own, only those that each Gateway reports; an earlier Gateway's do not count. */
function routeAccepted(gateway: string): string {
  const parent = `.status.parents[?(@.parentRef.name=="${gateway}")]`;
  return JSON.stringify(
    ["Accepted", "ResolvedRefs"].map(
      (condition) => `jsonpath={${parent}.conditions[?(@.type=="${condition}")].status}=True`,
    ),
  );
}

function createHttpRoute(
  name: string,
  settings: Settings,
  service: k8s.core.v1.Service,
  parent: WebApplication,
): void {
  if (!settings.gateway || !settings.host) return;
  new HTTPRoute(
    name,
    {
      metadata: {
        ...metadata(name, settings),
        annotations: { "pulumi.com/waitFor": pulumi.output(settings.gateway.name).apply(routeAccepted) },
      },
      spec: httpRouteSpec(settings.gateway, settings.host, service.metadata.name),
    },
    // A controller accepts a route within seconds or not at all.
    { parent, customTimeouts: { create: "2m", update: "2m" } },
  );
}

function createIngress(
  name: string,
  settings: Settings,
  service: k8s.core.v1.Service,
  parent: WebApplication,
): void {
  if (!settings.ingress || !settings.host) return;
  new k8s.networking.v1.Ingress(
    name,
    {
      metadata: metadata(name, settings),
      spec: ingressSpec(settings.ingress, settings.host, service.metadata.name),
    },
    { parent },
  );
}
