import assert from "node:assert/strict";
import { lookFor, providerOf } from "../../../release/secrets/providers";

const NAMES: readonly (readonly [address: string, cloud: boolean, name: string | undefined])[] = [
  ["passphrase", false, "passphrase"],
  ["passphrase", true, "passphrase"],
  ["default", false, "passphrase"],
  ["", false, "passphrase"],
  ["default", true, "Pulumi Cloud"],
  ["", true, "Pulumi Cloud"],
  ["hashivault://key", false, "Vault's transit engine"],
  ["awskms://alias/x?region=eu-west-1", false, "AWS KMS"],
  ["azurekeyvault://v.vault.azure.net/keys/k", false, "Azure Key Vault"],
  ["gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/k", false, "Google Cloud KMS"],
  ["hashivault://", false, undefined],
  ["hashivault", false, undefined],
  ["constructor://x", false, undefined],
  ["vault://key", true, undefined],
];

describe("the secrets provider", () => {
  for (const [address, cloud, name] of NAMES) {
    it(`of "${address}"${cloud ? " at Pulumi Cloud" : ""} is ${name ?? "none"}`, () =>
      assert.equal(providerOf(address, cloud)?.name, name));
  }
});

/** Variables that a provider reads, with those that are set; a need without any is shown as what serves instead. */
function reads(address: string, variables: Record<string, string>, cloud = false): string[] {
  const provider = providerOf(address, cloud);
  assert.ok(provider);
  return lookFor(provider, variables).map((found) => found.reads.join("+") || (found.otherwise ?? "nothing"));
}

describe("what a provider reads", () => {
  const VAULT = { VAULT_ADDR: "a", VAULT_TOKEN: "t", VAULT_SERVER_URL: "b", VAULT_SERVER_TOKEN: "u" };
  const CASES: readonly (readonly [address: string, variables: Record<string, string>, reads: string[]])[] = [
    ["passphrase", {}, ["nothing"]],
    ["passphrase", { PULUMI_CONFIG_PASSPHRASE: "" }, ["PULUMI_CONFIG_PASSPHRASE"]],
    ["passphrase", { PULUMI_CONFIG_PASSPHRASE_FILE: "f" }, ["PULUMI_CONFIG_PASSPHRASE_FILE"]],
    ["hashivault://k", {}, ["nothing", "nothing"]],
    ["hashivault://k", { VAULT_ADDR: "", VAULT_TOKEN: "t" }, ["nothing", "VAULT_TOKEN"]],
    ["hashivault://k", VAULT, ["VAULT_SERVER_URL", "VAULT_SERVER_TOKEN"]],
    [
      "awskms://k",
      { AWS_ACCESS_KEY_ID: "i" },
      ["the default profile, or the machine's role", "the address's ?region=…, or the profile's"],
    ],
    [
      "awskms://k",
      { AWS_ACCESS_KEY_ID: "i", AWS_SECRET_ACCESS_KEY: "s", AWS_REGION: "r" },
      ["AWS_ACCESS_KEY_ID+AWS_SECRET_ACCESS_KEY", "AWS_REGION"],
    ],
  ];
  for (const [address, variables, expected] of CASES) {
    it(`is ${expected.join(" and ")} for ${address} where ${Object.keys(variables).join(", ") || "nothing"} is set`, () =>
      assert.deepEqual(reads(address, variables), expected));
  }

  it("is told without any value", () => {
    const provider = providerOf("hashivault://k", false);
    assert.ok(provider);
    const said = JSON.stringify(lookFor(provider, { VAULT_ADDR: "canary-1", VAULT_TOKEN: "canary-2" }));
    assert.doesNotMatch(said, /canary/);
  });
});
