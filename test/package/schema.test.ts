import assert from "node:assert/strict";
import { cp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { onPath } from "../../adapters/processes";
import { ROOT, run, temporaryFolder } from "./project";

interface Property {
  readonly description?: string;
  readonly secret?: boolean;
}
type Properties = Readonly<Record<string, Property>>;
interface Schema {
  readonly name: string;
  readonly resources: Readonly<
    Record<
      string,
      {
        readonly isComponent: boolean;
        readonly description?: string;
        readonly inputProperties: Properties;
        readonly requiredInputs: string[];
        readonly properties: Properties;
      }
    >
  >;
  readonly types: Readonly<
    Record<string, { readonly properties?: Properties; readonly enum?: { readonly value: string }[] }>
  >;
}

const NOT_RUN = "not run: schema inference (pulumi missing: curl -fsSL https://get.pulumi.com | sh)";

/**
 * Infers the schema as `pulumi package add` does. Neither the project's folder can be used for that (with
 * `Pulumi.yaml` beside it the engine refuses a `PulumiPlugin.yaml`, and it would load the program) nor the
 * compiled package (inference reads enums from the sources), so a folder with the components alone is made.
 */
async function inferSchema(folder: string): Promise<Schema> {
  const plugin = join(folder, "plugin");
  await mkdir(plugin);
  await cp(join(ROOT, "components"), join(plugin, "components"), { recursive: true });
  // The engine installs what a plugin's package.json names; found one folder up, nothing has to be installed.
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const { name, version, description } = await readJson(join(ROOT, "package.json"));
  const { compilerOptions } = await readJson(join(ROOT, "tsconfig.json"));
  const files = {
    "PulumiPlugin.yaml": "runtime: nodejs\n",
    "package.json": JSON.stringify({ name, version, description }),
    "tsconfig.json": JSON.stringify({
      compilerOptions: { ...(compilerOptions as object), types: ["node"] },
      include: ["index.ts", "components"],
    }),
    "index.ts": 'export * from "./components";\n',
  };
  for (const [file, text] of Object.entries(files)) await writeFile(join(plugin, file), text);
  const { stdout } = await run(plugin, "pulumi", "package", "get-schema", ".");
  return JSON.parse(stdout) as Schema;
}

async function readJson(file: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
}

function undocumented(owner: string, properties: Properties = {}): string[] {
  return Object.entries(properties)
    .filter(([, { description }]) => !description?.trim())
    .map(([property]) => `${owner}.${property}`);
}

describe("schema inference, for other languages", () => {
  const state: { folder?: string; schema?: Schema } = {};
  const schema = () => state.schema ?? assert.fail("no schema was inferred");

  before(async function () {
    if (!onPath("pulumi")) {
      console.log(NOT_RUN);
      this.skip();
    }
    state.folder = await temporaryFolder("schema");
    state.schema = await inferSchema(state.folder);
  });

  after(async () => {
    if (state.folder) await rm(state.folder, { recursive: true, force: true });
  });

  it("finds exactly the components and what they must be given", () => {
    const required = Object.entries(schema().resources).map(([token, { isComponent, requiredInputs }]) => [
      token,
      isComponent,
      requiredInputs.toSorted(),
    ]);
    assert.equal(schema().name, "stagewright");
    assert.deepEqual(required, [
      ["stagewright:index:CiIdentity", true, ["address", "audience", "roles", "system"]],
      ["stagewright:index:ContainerImage", true, ["repository"]],
      ["stagewright:index:DatabaseGrants", true, ["administrator", "host"]],
      [
        "stagewright:index:PostgresCluster",
        true,
        ["image", "namespace", "resources", "storage", "walStorage"],
      ],
      [
        "stagewright:index:RestoreDrill",
        true,
        ["backup", "cluster", "image", "namespace", "resources", "storage", "walStorage"],
      ],
      ["stagewright:index:SecretDelivery", true, ["namespace", "secrets"]],
      ["stagewright:index:VaultAccess", true, ["audience", "folder", "namespace", "serviceAccount"]],
      ["stagewright:index:VaultDatabase", true, ["host"]],
      ["stagewright:index:WebApplication", true, ["image", "namespace", "resources"]],
    ]);
  });

  it("documents every component, input, output and nested property", () => {
    const resources = Object.entries(schema().resources);
    assert.deepEqual(
      resources.filter(([, { description }]) => !description?.trim()).map(([token]) => token),
      [],
    );
    const missing = [
      ...resources.flatMap(([token, resource]) => undocumented(token, resource.inputProperties)),
      ...resources.flatMap(([token, resource]) => undocumented(token, resource.properties)),
      ...Object.entries(schema().types).flatMap(([token, type]) => undocumented(token, type.properties)),
    ];
    assert.deepEqual(missing, []);
    assert.doesNotMatch(JSON.stringify(schema()), /\[object Object\]/);
  });

  it("gives out names and addresses, no secret", () => {
    const outputs = Object.values(schema().resources).map(({ properties }) => Object.keys(properties));
    assert.deepEqual(outputs, [
      ["path"],
      ["digest", "reference"],
      ["database"],
      [
        "administratorSecretId",
        "certificateAuthoritySecretId",
        "certificateAuthoritySecretName",
        "clusterName",
        "host",
        "poolerHost",
        "readOnlyHost",
        "secretName",
      ],
      ["recordName"],
      ["secretNames"],
      ["policyName", "roleName"],
      ["credentialPaths"],
      ["deploymentName", "serviceName", "url"],
    ]);
    const properties = Object.values(schema().resources).flatMap((resource) =>
      Object.values(resource.properties),
    );
    assert.ok(properties.every(({ secret }) => secret !== true));
  });

  it("knows the values of the enums", () => {
    const enums = Object.entries(schema().types)
      .filter(([, type]) => type.enum !== undefined)
      .map(([token, type]) => [token, type.enum?.map(({ value }) => value)]);
    assert.deepEqual(enums, [
      ["stagewright:index:CiSystem", ["gitlab", "jenkins"]],
      ["stagewright:index:ClaimMatching", ["exact", "glob"]],
      ["stagewright:index:Compression", ["bzip2", "gzip", "lz4", "snappy"]],
      ["stagewright:index:DeletionPolicy", ["delete", "retain"]],
      ["stagewright:index:DeliveryMethod", ["kubernetes", "vault-secrets-operator", "external-secrets"]],
      ["stagewright:index:PoolMode", ["session", "transaction"]],
      ["stagewright:index:SpreadPolicy", ["required", "preferred"]],
    ]);
  });
});
