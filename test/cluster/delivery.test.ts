import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { after, before, describe, it } from "mocha";
import { SecretDelivery, type SecretDeliveryArgs } from "../../components";
import { onPath } from "../../adapters/processes";
import { renderManifests } from "../../embedded/manifests";
import { missingForCluster, endUnlessThere } from "../support/parts";
import { build } from "../support/program";
import { judge, kubectl } from "./hands";

/** The newest version whose published module can be had whole; it has the same `external-secrets.io/v1`. */
const EXTERNAL_SECRETS = "github.com/external-secrets/external-secrets@v0.16.2";
const KINDS = ["externalsecrets", "secretstores"];
const vault = { address: "https://vault.example.com:8200", folder: "blog/test", roleName: "blog-test" };

/** A server names a definition that it has taken among its kinds only a moment later. */
async function untilServed(): Promise<void> {
  const list = ["api-resources", "--api-group", "external-secrets.io", "--output", "name"];
  for (let attempt = 0; !KINDS.every((kind) => kubectl(list).includes(`${kind}.`)); attempt++) {
    assert.ok(attempt < 240, "the server does not name the definitions");
    await pause(250);
  }
}

async function kindsJudged(args: Partial<SecretDeliveryArgs>): Promise<string[]> {
  const registrations = await build(
    () =>
      void new SecretDelivery("blog", {
        namespace: "default",
        secrets: { application: { key: pulumi.secret("value") } },
        database: { secretName: "blog-db-app", host: "blog-db-rw.default.svc" },
        ...args,
      }),
  );
  const { manifests } = renderManifests(registrations);
  manifests.forEach(judge);
  return manifests.map(({ kind }) => kind).toSorted();
}

describe("an API server takes what secrets are delivered with", () => {
  before(async () => {
    const missing = await missingForCluster();
    endUnlessThere("test:cluster", missing);
  });

  it("by the Vault Secrets Operator, with everything that it can have", async function () {
    const known = kubectl(["api-resources", "--api-group", "secrets.hashicorp.com", "--output", "name"]);
    if (!known.includes("vaultdynamicsecrets")) {
      console.log("not run: definitions of the Vault Secrets Operator missing: kubectl apply -f FOLDER");
      this.skip();
    }
    const kinds = await kindsJudged({
      method: "vault-secrets-operator",
      vault: { ...vault, caSecretName: "vault-ca", credentialPath: "database/static-creds/blog" },
      restartTargets: [{ kind: "Deployment", name: "blog" }],
    });
    assert.deepEqual(kinds, [
      "ServiceAccount",
      "VaultAuth",
      "VaultConnection",
      "VaultDynamicSecret",
      "VaultStaticSecret",
    ]);
  });

  describe("by External Secrets", () => {
    const files: string[] = [];
    before(async function () {
      if (!onPath("go")) {
        console.log("not run: External Secrets' definitions missing: Go, https://go.dev/dl");
        this.skip();
      }
      const download = spawnSync("go", ["mod", "download", "-json", EXTERNAL_SECRETS], { encoding: "utf8" });
      if (download.status !== 0) {
        console.log("not run: External Secrets' definitions missing: a Go module proxy, to be reached by go");
        this.skip();
      }
      const { Dir, Version } = JSON.parse(download.stdout) as { Dir: string; Version: string };
      for (const kind of KINDS) {
        const file = join(Dir, "config/crds/bases", `external-secrets.io_${kind}.yaml`);
        if (kubectl(["get", "--filename", file, "--ignore-not-found"]) !== "") continue;
        // The conversion webhook of an operator that is not there would be asked.
        execFileSync("kubectl", ["create", "--filename", "-"], {
          input: readFileSync(file, "utf8").replace(/\n {2}conversion:\n(?: {4}.*\n)+/, "\n"),
          stdio: ["pipe", "ignore", "pipe"],
        });
        files.push(file);
      }
      process.stdout.write(`      definitions of External Secrets ${Version}\n`);
      if (files.length === 0) return;
      kubectl([
        "wait",
        "--for=condition=Established",
        "--timeout=60s",
        ...files.flatMap((file) => ["--filename", file]),
      ]);
      await untilServed();
    });
    after(() => {
      for (const file of files) kubectl(["delete", "--filename", file, "--ignore-not-found"]);
    });

    it("with everything that it can have", async () => {
      const kinds = await kindsJudged({
        method: "external-secrets",
        vault: { ...vault, caSecretName: "vault-ca" },
      });
      assert.deepEqual(kinds, ["ExternalSecret", "SecretStore", "ServiceAccount"]);
    });
  });
});
