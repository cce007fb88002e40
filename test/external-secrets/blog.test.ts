import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, describe, it } from "mocha";
import { askVault } from "../../adapters/vault";
import { capture } from "../../adapters/processes";
import { Stream } from "../delivery/stream";
import { objectsOf } from "../e2e/support/canary-stack";
import { eventually, kubectl, podIdentities, secretValues, servingPods } from "../e2e/support/cluster";
import { Reader } from "../e2e/support/reader";
import { Workspace } from "../e2e/support/workspace";
import { hatch, Sweep } from "../support/canaries";
import { endUnlessThere } from "../support/parts";
import { at } from "../support/program";
import { missingForExternalSecrets, tellVault, vaultClient, VaultMounts } from "../support/vault";

const STACK = "external";
const NAMESPACE = `blog-${STACK}`;
const HOST = `${STACK}.example.com`;
const RUN = randomBytes(3).toString("hex");
const REVIEWER = `stagewright-external-${RUN}`;
const ROLE = `blog-${RUN}`;
/** Vault as the operator's pods reach it. */
const ADDRESS = process.env["E2E_VAULT_ADDRESS"] ?? "http://vault.vault.svc:8200";
/** The Secret that the operator writes. */
const SECRET = "blog-application-from-vault";
const RATE = 20;
const here = ["--namespace", NAMESPACE];

const object = (kind: string, name: string): unknown =>
  JSON.parse(kubectl("get", kind, name, ...here, "--output", "json"));
const keysOf = (secret: string) => secretValues(NAMESPACE, secret);
const ready = (wanted: string) => () =>
  at(object("externalsecret", "blog-application"), "status", "conditions", 0, "status") === wanted ||
  `not yet Ready=${wanted}`;
const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");
const say = (text: string) => void process.stdout.write(`      ${text}\n`);

/** Reads a file in a pod five times a second until its hash is `wanted`, and gives all that was found on the way. */
async function watchFile(file: string, wanted: string): Promise<string[]> {
  const script = [
    'last=; for turn in $(seq 900); do found=missing; [ -s "$1" ] && found=$(sha256sum <"$1" | cut -d" " -f1)',
    '[ "$found" = "$last" ] || echo "$found"; last=$found; [ "$found" = "$2" ] && exit; sleep 0.2; done',
  ].join("; ");
  const [pod] = servingPods(NAMESPACE, "--selector", "app.kubernetes.io/name=blog");
  const words = ["exec", ...here, pod?.metadata.name ?? "", "--", "sh", "-c", script, "sh", file, wanted];
  return (await capture("kubectl", words)).stdout.trim().split("\n");
}

/** Tokens of Vault's that the role's logins made and that still live. */
async function livingTokens(mount: string): Promise<number> {
  const { body } = await tellVault("GET", "auth/token/accessors?list=true");
  const found = await Promise.all(
    (at(body, "data", "keys") as string[]).map((accessor) =>
      askVault(vaultClient(), "POST", "auth/token/lookup-accessor", { accessor }),
    ),
  );
  return found.filter(({ body: token }) => at(token, "data", "path") === `auth/${mount}/login`).length;
}

describe("the blog with its secrets in Vault, brought by External Secrets", () => {
  const mounts = new VaultMounts(RUN, REVIEWER);
  const [canaries, later] = [hatch(), hatch()];
  const sweeps = [new Sweep(canaries), new Sweep(later)];
  const hits = (text: string, where: string) => sweeps.flatMap((sweep) => sweep.text(text, where));
  const values = { "signing-secret": canaries["stack secret"], "author-password": canaries["Vault value"] };
  const secretPath = `${mounts.kv}/metadata/${NAMESPACE}/application`;
  let workspace: Workspace;
  let pods: string[];
  const up = () => workspace.stagewright(["up", "--yes", "--stack", STACK]);
  function keep(key: string, value: string): void {
    workspace.keep(STACK, key, value);
    workspace.git("commit", "--quiet", "--all", "--message", `Keep ${key}`);
  }
  async function upSucceeds(): Promise<string> {
    const { code, text } = await up();
    assert.equal(code, 0, text);
    assert.deepEqual(hits(text, "up"), []);
    return text;
  }

  before(async () => {
    const missing = await missingForExternalSecrets();
    endUnlessThere("test:external-secrets", missing);
    kubectl("create", "namespace", REVIEWER);
    await mounts.open();
    workspace = new Workspace();
    workspace.declare(STACK);
    for (const [key, value] of Object.entries(values)) keep(key, value);
    await upSucceeds();
  });
  after(async () => {
    await workspace?.stagewright(["destroy", "--yes", "--stack", STACK, "--delete-data", STACK]);
    await mounts.close();
    kubectl("delete", "namespace", REVIEWER, "--ignore-not-found", "--wait=false");
    workspace?.remove();
  });

  it("brings the same keys and values as Pulumi's own Secret had, and no request fails on the way", async () => {
    const [database, stream] = [keysOf("blog-db-app"), new Stream(HOST, "/", RATE)];
    assert.deepEqual(keysOf("blog-application"), values);
    workspace.redeclare(STACK, (config) => {
      config["stagewright:vault"] = {
        address: ADDRESS,
        delivery: "external-secrets",
        authMount: mounts.auth,
        kvMount: mounts.kv,
        role: ROLE,
      };
    });
    await upSucceeds();
    const { sent, failed, kinds } = await stream.stop();
    say(`${sent} requests, ${failed} failed`);
    assert.deepEqual([failed, kinds], [0, {}]);
    assert.deepEqual(keysOf(SECRET), values);
    const owner = at(object("secret", SECRET), "metadata", "ownerReferences", 0, "kind");
    assert.equal(owner, "ExternalSecret");
    assert.deepEqual(keysOf("blog-db-app"), database);
    assert.equal(kubectl("get", "secret", "blog-application", ...here, "--ignore-not-found"), "");
    pods = podIdentities(NAMESPACE);
  });

  it("leaves no value in anything but the Secret, and none in the operator's log", () => {
    for (const [kind, text] of objectsOf(NAMESPACE)) assert.deepEqual(hits(text, kind), []);
    const selector = ["--selector", "app.kubernetes.io/name=external-secrets"];
    const namespace = ["--output", "jsonpath={.items[0].metadata.namespace}"];
    const operator = kubectl("get", "pods", "--all-namespaces", ...selector, ...namespace);
    const log = kubectl("logs", "--namespace", operator, ...selector, "--all-containers", "--tail=-1");
    assert.match(log, new RegExp(NAMESPACE));
    assert.deepEqual(hits(log, "log"), []);
  });

  it("brings a changed value in time, to pods that do not restart and whose file is never missing, and no request fails", async () => {
    const [key, value] = ["signing-secret", later["stack secret"]] as const;
    const watched = watchFile(`/run/secrets/application/${key}`, hashOf(value));
    const stream = new Stream(HOST, "/", RATE);
    keep(key, value);
    await upSucceeds();
    const began = Date.now();
    await eventually(35, () => keysOf(SECRET)[key] === value || "the old value");
    const written = (Date.now() - began) / 1000;
    // By themselves the nodes look within a minute and a half.
    kubectl(
      "annotate",
      "pods",
      ...here,
      "--selector",
      "app.kubernetes.io/name=blog",
      `stagewright/renewed=${began}`,
    );
    assert.deepEqual(await watched, [hashOf(values[key]), hashOf(value)]);
    const arrived = (Date.now() - began) / 1000;
    const { sent, failed, kinds } = await stream.stop();
    say(
      `in the Secret ${written.toFixed(0)} s after up, in the pod after ${arrived.toFixed(0)} s; ${sent} requests, ${failed} failed`,
    );
    assert.deepEqual([failed, kinds], [0, {}]);
    assert.deepEqual(podIdentities(NAMESPACE), pods);
    assert.deepEqual(keysOf(SECRET), { ...values, [key]: value });
  });

  it("leaves no token behind: each reading ends its own", async () => {
    const living = await livingTokens(mounts.auth);
    assert.ok(living <= 1, `${living} tokens live`);
  });

  for (const [what, begin, end] of [
    ["does not answer", () => moveStore("http://127.0.0.1:9"), () => moveStore(ADDRESS)],
    [
      "has lost the secret",
      () => tellVault("DELETE", secretPath),
      () => tellVault("POST", secretPath.replace("/metadata/", "/data/"), { data: values }),
    ],
  ] as const) {
    it(`keeps the Secret while Vault ${what}, says so, and goes on when it is back`, async () => {
      const brought = keysOf(SECRET);
      await begin();
      await eventually(60, ready("False"));
      assert.deepEqual(keysOf(SECRET), brought);
      assert.equal((await new Reader(HOST).get("/readyz")).status, 200);
      assert.deepEqual(podIdentities(NAMESPACE), pods);
      await end();
      await eventually(90, ready("True"));
    });
  }

  it("tells a role whose audience somebody changed before anything is changed; mended, up changes nothing", async () => {
    await tellVault("POST", `auth/${mounts.auth}/role/${ROLE}`, { audience: "elsewhere" });
    const { code, text } = await up();
    assert.equal(code, 3, text);
    assert.match(text, new RegExp(`role ${ROLE} and audience vault is refused: .*audience`));
    await tellVault("POST", `auth/${mounts.auth}/role/${ROLE}`, { audience: "vault" });
    const mended = await up();
    assert.equal(mended.code, 0, mended.text);
    assert.deepEqual(Object.keys(mended.result["changes"] as object), ["same"], mended.text);
  });
});

function moveStore(server: string): Promise<void> {
  const patch = [{ op: "replace", path: "/spec/provider/vault/server", value: server }];
  kubectl("patch", "secretstore", "blog", ...here, "--type=json", "--patch", JSON.stringify(patch));
  return Promise.resolve();
}
