/* The programs of people who import the package, written into an empty project. */

const PROGRAM = `
async function main() {
  const registered: string[] = [];
  await setMocks({
    newResource: ({ type, name, inputs, custom }) => {
      registered.push((custom ? "  " : "") + type + " " + name);
      return { id: name + "-id", state: { ...inputs, digest: DIGEST } };
    },
    call: ({ inputs }) => ({ ...inputs, sha256Digest: DIGEST }),
  });
  const image = new ContainerImage("blog", {
    repository: "registry.example.com/blog",
    build: { context: "app", revision: "1f0c3ab", created: "2026-11-23T18:00:00Z" },
  });
  const database = new PostgresCluster("blog-db", {
    namespace: "blog",
    image: "registry.example.com/postgresql:17.6-standard-trixie",
    storage: "1Gi",
    walStorage: "1Gi",
    resources: { cpu: "100m", memory: "256Mi" },
    deletion: DeletionPolicy.Delete,
  });
  const application = new WebApplication(
    "blog",
    {
      namespace: "blog",
      image: image.reference,
      replicas: 2,
      resources: { cpu: "100m", memory: "256Mi" },
      secrets: [{ name: "database", secretName: database.secretName }],
      host: "blog.example.com",
      gateway: { name: "public", namespace: "gateway" },
    },
    { dependsOn: database },
  );
  const outputs = all([image.reference, database.host, application.deploymentName, application.url]);
  const [reference, host, deployment, url] = await new Promise<(string | undefined)[]>((resolve) => {
    outputs.apply(resolve);
  });
  process.once("exit", () => {
    console.log(JSON.stringify({ registered, reference, host, deployment, url }));
  });
}

void main();
`;

const DIGEST = 'const DIGEST = "sha256:" + "a".repeat(64);\n';
const COMPONENTS = "ContainerImage, DeletionPolicy, PostgresCluster, WebApplication";
const JAVASCRIPT = PROGRAM.replaceAll(/: string\[\]|<\(string \| undefined\)\[\]>/g, "");

/** A CommonJS program. */
export const commonJs = `const { ${COMPONENTS} } = require("stagewright");
const { all } = require("@pulumi/pulumi");
const { setMocks } = require("@pulumi/pulumi/runtime");
${DIGEST}${JAVASCRIPT}`;

/** An ES module. */
export const esModule = `import { ${COMPONENTS} } from "stagewright";
import { all } from "@pulumi/pulumi";
import { setMocks } from "@pulumi/pulumi/runtime/index.js";
${DIGEST}${JAVASCRIPT}`;

/** A TypeScript program that names every exported type. */
export const typeScript = `import {
  type Autoscaling, type ContainerImageArgs, type ContainerImageBuild, type Destination,
  type GatewayReference, type IngressSettings, type PostgresClusterArgs, type Probes, type RegistryLogin,
  type Resources, restrictedNamespaceLabels, type SecretBinding, SpreadPolicy, type WebApplicationArgs,
  ${COMPONENTS},
} from "stagewright";
import { all, type Output } from "@pulumi/pulumi";
import { setMocks } from "@pulumi/pulumi/runtime/index.js";

export type Types = [
  Autoscaling, ContainerImageArgs, ContainerImageBuild, Destination, GatewayReference, IngressSettings,
  PostgresClusterArgs, Probes, RegistryLogin, Resources, SecretBinding, WebApplicationArgs,
];
export const spread: SpreadPolicy = SpreadPolicy.Preferred;
export const labels: Readonly<Record<string, string>> = restrictedNamespaceLabels;
export const urlOf = (application: WebApplication): Output<string | undefined> => application.url;
// @ts-expect-error a database needs an image
new PostgresCluster("x", { namespace: "x", storage: "1Gi", walStorage: "1Gi", resources: { cpu: "1", memory: "1Gi" } });
${DIGEST}${PROGRAM}`;
