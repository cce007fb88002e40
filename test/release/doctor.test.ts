import assert from "node:assert/strict";
import { resolveStack } from "../../environments/resolve";
import { type Check, examine } from "../../release/doctor";
import { type Answers, fakePrograms, type Programs } from "../support/programs";

const repository = "registry.example.com/blog";
const PASSPHRASE = ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"] as const;
/** What the doctor reads, and the machine may have set. */
const VARIABLES = [...PASSPHRASE, "VAULT_ADDR", "VAULT_TOKEN"];
const OPERATOR =
  "kubectl apply --server-side -f " +
  "https://raw.githubusercontent.com/cloudnative-pg/cloudnative-pg/release-1.30/releases/cnpg-1.30.0.yaml";

const operator = (version: string, readyReplicas = 1, env: readonly object[] = []) =>
  JSON.stringify({
    items: [
      {
        kind: "Deployment",
        metadata: { name: "cnpg", namespace: "databases" },
        spec: {
          template: {
            spec: { containers: [{ image: `ghcr.io:443/cloudnative-pg/cloudnative-pg:${version}`, env }] },
          },
        },
        status: { readyReplicas },
      },
    ],
  });
const storageClasses = JSON.stringify({
  items: [
    { kind: "StorageClass", metadata: { name: "slow" } },
    {
      kind: "StorageClass",
      metadata: { name: "fast", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    },
  ],
});
const config = (data: object) => JSON.stringify({ items: [{ data }] });
const object = (name: string) => JSON.stringify({ kind: "Any", metadata: { name } });

const PULUMI: Answers = { version: "v3.260.0" };
const DOCKER: Answers = {
  "buildx inspect": "Name: default\nDriver: docker-container\nBuildKit version: v0.16.0\n",
  "version --format": "28.0.1\n",
};
const CLUSTER: Answers = {
  "version --output": JSON.stringify({ serverVersion: { gitVersion: "v1.33.1" } }),
  "get deployment": operator("1.30.1"),
  "get storageclass": storageClasses,
  "get gateways": object("public"),
  "get ingressclass": object("traefik"),
};

describe("the doctor", () => {
  const before = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]));
  let programs: Programs;

  beforeEach(() => {
    programs = fakePrograms();
    for (const name of VARIABLES) delete process.env[name];
  });
  afterEach(() => {
    programs.remove();
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  /** A machine with every part, but for those said. */
  function machine(but: Readonly<Record<string, Answers>> = {}): void {
    const usual = { git: {}, pulumi: PULUMI, docker: DOCKER, kubectl: CLUSTER };
    for (const [name, answers] of Object.entries(usual)) programs.answer(name, { ...answers, ...but[name] });
  }

  async function look(raw: object = {}, secretsProvider = "awskms://key"): Promise<readonly Check[]> {
    const resolution = resolveStack("test", { image: { repository }, ...raw });
    assert.ok("stack" in resolution);
    return examine({
      directory: programs.folder,
      name: resolution.stack.stack,
      settings: resolution.stack,
      secretsProvider,
      client: resolution.stack.kubernetes.context ? { context: resolution.stack.kubernetes.context } : {},
    });
  }
  const partsOf = async (raw: object) => (await look(raw)).map(({ part: name }) => name);
  async function part(name: string, raw?: object, secretsProvider?: string): Promise<Omit<Check, "part">> {
    const found = (await look(raw, secretsProvider)).find((check) => check.part === name);
    assert.ok(found, `${name} was not looked for`);
    const { part: _name, ...rest } = found;
    return rest;
  }

  const routes = {
    application: { host: "blog.example.com" },
    gateway: { name: "public", namespace: "gateway" },
    ingress: { class: "traefik" },
  };

  it("finds every part with its version, and no command where nothing is missing", async () => {
    machine();
    assert.deepEqual(await look(routes), [
      { part: "Node.js", ok: true, found: process.versions.node },
      { part: "git", ok: true, found: "on PATH" },
      { part: "Pulumi engine", ok: true, found: "3.260.0 (PATH)" },
      { part: "secrets provider", ok: true, found: "awskms://key" },
      { part: "kubectl", ok: true, found: "on PATH" },
      { part: "BuildKit", ok: true, found: "v0.16.0 (builder in use, driver docker-container)" },
      { part: "Kubernetes cluster", ok: true, found: "v1.33.1" },
      { part: "CloudNativePG operator", ok: true, found: "1.30.1" },
      { part: "StorageClass", ok: true, found: "fast" },
      { part: "Gateway", ok: true, found: "gateway/public" },
      { part: "IngressClass", ok: true, found: "traefik" },
    ]);
  });

  it("names everything that a bare machine lacks at once, each with a command that brings it", async () => {
    assert.deepEqual(await look(routes, "passphrase"), [
      { part: "Node.js", ok: true, found: process.versions.node },
      { part: "git", ok: false, found: "not on PATH", command: "apt-get install git" },
      {
        part: "Pulumi engine",
        ok: false,
        found: "none (tried npm package pulumi@3.265.0)",
        command: "curl -fsSL https://get.pulumi.com | sh",
      },
      {
        part: "secrets provider",
        ok: false,
        found: "passphrase, which is not set",
        command: "export PULUMI_CONFIG_PASSPHRASE=… (the README has the sample stack's)",
      },
      {
        part: "kubectl",
        ok: false,
        found: "not on PATH",
        command: "https://kubernetes.io/docs/tasks/tools/#kubectl",
      },
      {
        part: "BuildKit",
        ok: false,
        found: "docker is not on PATH",
        command: "https://docs.docker.com/engine/install/",
      },
    ]);
  });

  it("names everything that an empty cluster lacks at once, each with its command", async () => {
    machine({
      kubectl: {
        "get deployment": JSON.stringify({ items: [] }),
        "get storageclass": JSON.stringify({ items: [] }),
        "get gateways": undefined,
        "get ingressclass": undefined,
      },
    });
    const missing = (await look(routes)).filter(({ ok }) => !ok);
    assert.deepEqual(missing, [
      { part: "CloudNativePG operator", ok: false, found: "none", command: OPERATOR },
      {
        part: "StorageClass",
        ok: false,
        found: "no default class",
        command: "pulumi config set --stack test --path database.storageClass NAME",
      },
      {
        part: "Gateway",
        ok: false,
        found: "no gateway/public",
        command: "kubectl get gateways.gateway.networking.k8s.io --all-namespaces",
      },
      { part: "IngressClass", ok: false, found: "no traefik", command: "kubectl get ingressclass" },
    ]);
  });

  it("refuses what is too old", async () => {
    machine({
      pulumi: { version: "v3.199.9" },
      kubectl: {
        "version --output": JSON.stringify({ serverVersion: { gitVersion: "v1.29.9" } }),
        "get deployment": operator("1.29.4"),
      },
    });
    assert.equal((await part("Pulumi engine")).ok, false);
    assert.equal((await part("Pulumi engine")).found, "3.199.9 (PATH)");
    assert.deepEqual(await part("Kubernetes cluster"), {
      ok: false,
      found: "v1.29.9",
      command: "export KUBECONFIG=… (Kubernetes 1.30 or newer; for a local one: kind create cluster)",
    });
    programs.answer("kubectl", { ...CLUSTER, "get deployment": operator("1.29.4") });
    assert.deepEqual(await part("CloudNativePG operator"), { ok: false, found: "1.29.4", command: OPERATOR });
  });

  it("looks no further into a cluster that does not answer, and names the context it asked", async () => {
    machine({ kubectl: { "version --output": undefined } });
    const checks = await look({ kubernetes: { context: "kind" } });
    assert.deepEqual(checks.at(-1), {
      part: "Kubernetes cluster",
      ok: false,
      found: "no answer from context kind",
      command: "kubectl config get-contexts kind",
    });
  });

  it("wants an operator that is ready", async () => {
    machine({ kubectl: { "get deployment": operator("1.30.1", 0) } });
    assert.deepEqual(await part("CloudNativePG operator"), {
      ok: false,
      found: "1.30.1, not ready",
      command: OPERATOR,
    });
  });

  const adviceOf = async (raw?: object) => (await part("CloudNativePG operator", raw)).advice;

  describe("about how long a standby waits for a primary that is gone", () => {
    const replicated = { database: { instances: 3 } };

    const none = { "get configmaps": JSON.stringify({ items: [] }) };

    for (const [where, kubectl] of [
      ["there is no ConfigMap", none],
      ["a ConfigMap without it", { "get configmaps": config({ INSTANCES_ROLLOUT_DELAY: "1" }) }],
    ] as const) {
      it(`advises where nobody has chosen: ${where}`, async () => {
        machine({ kubectl });
        const found = await adviceOf(replicated);
        assert.match(found?.text ?? "", /STANDBY_TCP_USER_TIMEOUT, 5 s by default.*docs\/failover\.md/);
        assert.equal(
          found?.command,
          "kubectl --namespace databases set env deployment/cnpg STANDBY_TCP_USER_TIMEOUT=1000",
        );
      });
    }

    const env = [{ name: "STANDBY_TCP_USER_TIMEOUT", value: "5000" }];
    for (const [where, kubectl, raw] of [
      ["in the operator's environment", { "get deployment": operator("1.30.1", 1, env) }, replicated],
      ["in its ConfigMap", { "get configmaps": config({ STANDBY_TCP_USER_TIMEOUT: "0" }) }, replicated],
      ["in a ConfigMap, maybe, that cannot be read", { "get configmaps": undefined }, replicated],
      ["and no commit waits for a standby", none, { database: { instances: 2 } }],
    ] as const) {
      it(`does not advise where somebody has chosen: ${where}`, async () => {
        machine({ kubectl });
        assert.equal(await adviceOf(raw), undefined);
        assert.equal((await part("CloudNativePG operator", raw)).ok, true);
      });
    }

    it("asks for the ConfigMap where the operator is", async () => {
      machine();
      await look(replicated);
      const asked = programs.calls("kubectl").find((call) => call.includes("configmap"));
      assert.match(
        asked ?? "",
        /^get configmaps --namespace databases --field-selector metadata\.name=cnpg-controller-manager-config /,
      );
    });
  });

  it("looks for the StorageClass that the stack names, and not for the default one", async () => {
    machine();
    assert.equal((await part("StorageClass", { database: { storageClass: "slow" } })).found, "slow");
    assert.deepEqual(await part("StorageClass", { database: { storageClass: "none" } }), {
      ok: false,
      found: "no class none",
      command: "kubectl get storageclass",
    });
  });

  it("wants the plugin that archives only where something is to be archived", async () => {
    machine();
    assert.ok((await look()).every(({ part: name }) => name !== "Barman Cloud plugin"));
    const raw = { database: { backup: { destination: "s3://backups", identity: {} } } };
    assert.deepEqual(await part("Barman Cloud plugin", raw), {
      ok: false,
      found: "none",
      command:
        "kubectl apply --server-side -f " +
        "https://github.com/cloudnative-pg/plugin-barman-cloud/releases/download/v0.14.0/manifest.yaml",
    });
    const service = { kind: "Service", metadata: { name: "barman-cloud", namespace: "cnpg-system" } };
    machine({ kubectl: { "get service": JSON.stringify({ items: [service] }) } });
    assert.deepEqual(await part("Barman Cloud plugin", raw), { ok: true, found: "cnpg-system/barman-cloud" });
  });

  it("looks for Vault, and who brings its secrets, only where a stack keeps its secrets there", async () => {
    machine();
    const parts = await partsOf({});
    const vault = { address: "https://vault.example.com:8200" };
    const added = [...parts, "Vault Secrets Operator", "Vault"];
    assert.deepEqual(await partsOf({ vault }), added);
    assert.deepEqual(await partsOf({ vault: { ...vault, database: {} } }), [
      ...added,
      "logins by Vault",
      "database's authority in Vault",
    ]);
  });

  it("wants a builder where an image is built: the one that is named, and running", async () => {
    machine();
    await look({ image: { repository, builder: { name: "remote" } } });
    assert.deepEqual(programs.calls("docker"), ["buildx inspect remote"]);
    programs.answer("docker", {
      "buildx inspect": "Name: remote\nDriver: docker-container\nStatus: stopped\n",
    });
    assert.deepEqual(await part("BuildKit", { image: { repository, builder: { name: "remote" } } }), {
      ok: false,
      found: "the builder does not run",
      command: "docker buildx create --bootstrap --use --driver docker-container --name remote",
    });
  });

  it("wants no builder where an image is promoted", async () => {
    machine();
    const image = { repository, digest: `sha256:${"a".repeat(64)}` };
    const parts = await partsOf({ image });
    assert.ok(!parts.includes("BuildKit"));
  });

  it("takes a passphrase from either variable, and says which, never what", async () => {
    machine();
    for (const name of PASSPHRASE) {
      process.env[name] = "canary-7f3a";
      const checks = await look({}, "passphrase");
      const found = checks.find(({ part }) => part === "secrets provider");
      assert.deepEqual(found, { part: "secrets provider", ok: true, found: `passphrase from ${name}` });
      assert.doesNotMatch(JSON.stringify(checks), /canary/);
      delete process.env[name];
    }
  });

  it("only looks: it asks the cluster of the stack's context, and changes nothing", async () => {
    machine();
    await look({ ...routes, kubernetes: { context: "kind" } });
    assert.equal(programs.calls("kubectl").length, 5);
    for (const call of programs.calls("kubectl")) assert.match(call, /^--context kind (get|version) /);
    assert.deepEqual(programs.calls("pulumi"), ["version --non-interactive"]);
  });
});
