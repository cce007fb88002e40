import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { describeFinding, diagnose } from "../../release/diagnosis";
import { kubectl } from "../e2e/support/cluster";
import { hatch, Sweep } from "../support/canaries";
import { endUnlessThere } from "../support/parts";
import { missingForExternalSecrets, VaultMounts } from "../support/vault";

const RUN = randomBytes(3).toString("hex");
const NAMESPACE = `stagewright-refused-${RUN}`;
const ADDRESS = process.env["E2E_VAULT_ADDRESS"] ?? "http://vault.vault.svc:8200";

const broughtSecret = () =>
  kubectl(
    "get",
    "secret",
    "refused-application-from-vault",
    "-n",
    NAMESPACE,
    "-o",
    "jsonpath={.metadata.uid} {.data}",
  );

describe("External Secrets that Vault does not let in", () => {
  const mounts = new VaultMounts(RUN, NAMESPACE);
  const canaries = hatch();
  const sweep = new Sweep(canaries);
  let state = "";

  function pulumi(args: readonly string[], input = ""): { readonly code: number; readonly text: string } {
    const { status, stdout, stderr } = spawnSync(
      "pulumi",
      [...args, "--stack", "refused", "--non-interactive"],
      {
        cwd: join(__dirname, "program"),
        encoding: "utf8",
        input,
        env: {
          ...process.env,
          PULUMI_BACKEND_URL: `file://${state}`,
          PULUMI_CONFIG_PASSPHRASE: "for this test",
        },
      },
    );
    return { code: status ?? 1, text: stdout + stderr };
  }
  const up = () => pulumi(["up", "--yes", "--skip-preview"]);
  const findings = async () => (await diagnose({}, NAMESPACE, undefined)).flatMap(describeFinding).join("\n");

  before(async () => {
    const missing = await missingForExternalSecrets();
    endUnlessThere("test:external-secrets", missing);
    kubectl("create", "namespace", NAMESPACE);
    await mounts.open();
    state = mkdtempSync(join(tmpdir(), "stagewright-refused-"));
    pulumi(["stack", "init"]);
    for (const [key, value] of Object.entries({
      namespace: NAMESPACE,
      authMount: mounts.auth,
      kvMount: mounts.kv,
      roleName: NAMESPACE,
      address: ADDRESS,
    })) {
      pulumi(["config", "set", key, value]);
    }
    pulumi(["config", "set", "--secret", "value"], canaries["Vault value"]);
  });
  after(async () => {
    if (state === "") return;
    pulumi(["destroy", "--yes", "--skip-preview"]);
    await mounts.close();
    kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false");
    rmSync(state, { recursive: true });
    rmSync(join(__dirname, "program", "Pulumi.refused.yaml"), { force: true });
  });

  for (const [what, key, value, said] of [
    ["a role that Vault has not", "role", "nobodys", /invalid role name/],
    ["an audience that is not Vault's", "audience", "elsewhere", /invalid audience \(aud\) claim/],
    ["an address where nobody answers", "address", "http://127.0.0.1:9", /connection refused/],
  ] as const) {
    it(`fails \`up\` for ${what}, writes no Secret, and Vault's own words are told with what to check`, async () => {
      pulumi(["config", "set", key, value]);
      const { code, text } = up();
      assert.notEqual(code, 0, text);
      assert.match(text, /SecretStore/);
      assert.equal(
        kubectl("get", "secrets", "--namespace", NAMESPACE, "--ignore-not-found", "--output", "name"),
        "",
      );
      const told = await findings();
      assert.match(told, /^SecretStore refused: .*check role, audience, account and policy of the login/m);
      assert.match(told, said);
      assert.deepEqual(sweep.text(text + told, "what was said"), []);
      if (key === "address") pulumi(["config", "set", key, ADDRESS]);
      else pulumi(["config", "rm", key]);
    });
  }

  it("ends `up` once that is mended, and nothing is left to tell", async () => {
    const { code, text } = up();
    assert.equal(code, 0, text);
    assert.equal(await findings(), "");
  });

  it("fails `up` for a change that Vault refuses, and keeps the Secret that was brought before", async () => {
    const before = broughtSecret();
    pulumi(["config", "set", "role", "nobodys"]);
    const { code, text } = up();
    assert.notEqual(code, 0, text);
    assert.match(await findings(), /^SecretStore refused: .*check role/m);
    assert.equal(broughtSecret(), before);
    pulumi(["config", "rm", "role"]);
    const mended = up();
    assert.equal(mended.code, 0, mended.text);
    assert.equal(broughtSecret(), before);
  });
});
