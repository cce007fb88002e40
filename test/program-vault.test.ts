import assert from "node:assert/strict";
import { readConfiguration } from "../embedded/configuration";
import { type EmbeddedRun, runStack } from "../embedded/run";
import { hatch, Sweep } from "./support/canaries";
import { at, every, list, one, TEST_DIGEST } from "./support/program";
import { directory } from "./support/stacks";

const canaries = hatch();
const sweep = new Sweep(canaries);

/** The sample stack with its secrets in Vault, and values that are known to the byte. */
async function runWithVault(vault: object, stack = "test"): Promise<EmbeddedRun> {
  const configuration = readConfiguration(directory, "stagewright", stack);
  const values = {
    ...configuration.values,
    "stagewright:vault": JSON.stringify({ address: "https://vault.example.com:8200", ...vault }),
    "stagewright:secrets": JSON.stringify({ application: { "signing-secret": canaries["Vault value"] } }),
  };
  return runStack({
    directory,
    stack,
    builtDigest: TEST_DIGEST,
    configuration: { ...configuration, values },
  });
}

/** Places in Vault that a stack writes to. */
const owned = async (stack: string) =>
  (await runWithVault({ database: {} }, stack)).registrations
    .filter(({ type, custom }) => custom && type.startsWith("vault:"))
    .map(({ type, inputs: { backend, mount, name, roleName } }) =>
      [type, backend ?? mount ?? "", name ?? roleName].join(" "),
    );
const mounts = (run: EmbeddedRun) =>
  (at(one(run.registrations, "Deployment").inputs["spec"], "template", "spec", "volumes") as object[])
    .map((volume) => [at(volume, "name"), at(volume, "secret", "secretName")])
    .filter(([, secretName]) => secretName !== undefined);

describe("The program with Vault", () => {
  it("has the same mounts, and no Secret of its own", async () => {
    const run = await runWithVault({});
    assert.deepEqual(mounts(run), [
      ["secret-application", "blog-application-from-vault"],
      ["secret-database", "blog-db-app"],
      ["secret-database-ca", "blog-db-ca"],
    ]);
    assert.deepEqual(list(every(run.registrations, "Secret")), []);
    assert.equal(every(run.registrations, "VaultDatabase").length, 0);
    const { configuration: _given, ...made } = run;
    assert.deepEqual(sweep.text(JSON.stringify(made), "run"), []);
  });

  it("takes the login from Vault where it is told to, and gives Vault a role for that", async () => {
    const run = await runWithVault({ database: { leaseSeconds: 600 } });
    assert.deepEqual(mounts(run)[1], ["secret-database", "blog-database"]);
    assert.equal(run.outputs["databaseSecretName"], "blog-database");
    const connection = one(run.registrations, "SecretBackendConnection");
    assert.match(
      String(at(connection.inputs["postgresql"], "connectionUrl")),
      /@blog-db-rw\.blog-test\.svc:5432\/app\?sslmode=verify-full$/,
    );
    assert.equal(at(one(run.registrations, "DatabaseRole").inputs["spec"], "name"), "vault_admin");
    const delivery = one(run.registrations, "SecretDelivery");
    assert.ok(delivery.dependencies.includes(connection.urn), "the login exists before it is asked for");
  });

  it("shares nothing in Vault with another stack of the project", async () => {
    const [test, int] = [await owned("test"), await owned("int")];
    assert.deepEqual(
      test.map((place) => place.replaceAll("blog-test", "blog-int")),
      int,
    );
    assert.deepEqual(
      test.filter((place) => int.includes(place)),
      [],
    );
    assert.ok(test.length >= 5, test.join("\n"));
  });

  it("goes to the Vault of the environment with the token as it is, and never to a default provider", async () => {
    const run = await runWithVault({ database: {} });
    const provider = one(run.registrations, "pulumi:providers:vault");
    assert.deepEqual(provider.inputs["address"], undefined);
    assert.equal(String(provider.inputs["skipChildToken"]), "true");
    const strangers = run.registrations.filter(
      ({ type, custom, provider: used }) =>
        custom && type.startsWith("vault:") && !used.startsWith(provider.urn),
    );
    assert.deepEqual(list(strangers), []);
  });
});
