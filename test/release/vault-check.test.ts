import assert from "node:assert/strict";
import { resolveStack } from "../../environments/resolve";
import type { Check } from "../../release/doctor";
import { checkDeliverer, checkVault } from "../../release/vault-check";
import { type Answer, type Asked, Loopback } from "../support/loopback";
import { fakePrograms, type Programs } from "../support/programs";

const TOKEN = "canary-5b1e"; // not a secret: a canary
const LOGIN_TOKEN = "canary-login-9c"; // not a secret: a canary
const JWT = "canary-jwt-77"; // not a secret: a canary
const VARIABLES = ["VAULT_ADDR", "VAULT_TOKEN", "VAULT_CACERT", "VAULT_NAMESPACE"] as const;

const MOUNTS = {
  auth: { "kubernetes/": { type: "kubernetes" } },
  secret: { "secret/": { type: "kv", options: { version: "2" } }, "database/": { type: "database" } },
};
const OPEN: Readonly<Record<string, Answer>> = {
  "/v1/sys/health": { status: 200 },
  "/v1/auth/token/lookup-self": { status: 200 },
  "/v1/sys/internal/ui/mounts": { status: 200, body: { data: MOUNTS } },
  "/v1/auth/kubernetes/login": { status: 200, body: { auth: { client_token: LOGIN_TOKEN } } },
};
const AUTH = JSON.stringify({
  items: [
    {
      kind: "VaultAuth",
      metadata: { name: "blog" },
      spec: {
        mount: "kubernetes",
        kubernetes: { role: "blog-test", serviceAccount: "blog-secrets", audiences: ["vault"] },
      },
    },
  ],
});

const STORE = JSON.stringify({
  items: [
    {
      kind: "SecretStore",
      metadata: { name: "blog" },
      spec: {
        provider: {
          vault: {
            auth: {
              kubernetes: {
                mountPath: "kubernetes",
                role: "blog-test",
                serviceAccountRef: { name: "blog-secrets", audiences: ["vault"] },
              },
            },
          },
        },
      },
    },
  ],
});

/** A stand-in that knows one kind of object, and makes tokens. */
const kubectlWith = (kind: string, found: string) =>
  `case "$*" in *"get ${kind}"*) /bin/cat <<'END'\n${found}\nEND\n;; *"create token"*) echo ${JWT};; *) exit 1;; esac`;

function stackWith(vault?: object) {
  const image = { repository: "registry.example.com/blog" };
  const resolution = resolveStack("test", { image, ...(vault ? { vault } : {}) });
  assert.ok("stack" in resolution);
  return resolution.stack;
}
const inVault = { address: "https://vault:8200", database: {} };
const look = (vault: object = inVault) => checkVault(stackWith(vault), {});

async function refused(found: RegExp | string, command: RegExp): Promise<Check> {
  const check = await look();
  assert.equal(check.ok, false);
  if (typeof found === "string") assert.equal(check.found, found);
  else assert.match(check.found, found);
  assert.match(check.command ?? "", command);
  assert.doesNotMatch(JSON.stringify(check), /canary/);
  return check;
}

describe("the check of Vault before anything is changed", () => {
  const variables = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]));
  const server = new Loopback();
  let answers: Readonly<Record<string, Answer>> = OPEN;
  let address = "";
  let programs: Programs;

  before(async () => {
    address = await server.start(({ path }: Asked) => answers[path] ?? { status: 404 });
  });
  after(() => server.stop());
  beforeEach(() => {
    answers = OPEN;
    programs = fakePrograms();
    programs.write("kubectl", "exit 1");
    for (const name of VARIABLES) delete process.env[name];
    process.env["VAULT_ADDR"] = address;
    process.env["VAULT_TOKEN"] = TOKEN;
    server.asked.length = 0;
  });
  afterEach(() => {
    programs.remove();
    for (const name of VARIABLES) {
      if (variables[name] === undefined) delete process.env[name];
      else process.env[name] = variables[name];
    }
  });
  it("asks nothing where no Vault is used", async () => {
    assert.equal((await checkVault(stackWith(), {})).ok, true);
    assert.deepEqual(server.asked, []);
  });

  it("finds one that is open, knows the token, and has what is needed, and only looks", async () => {
    assert.deepEqual(await look(), { part: "Vault", ok: true, found: address });
    assert.ok(server.asked.every(({ method }) => method === "GET"));
    const [health, lookup] = server.asked;
    assert.equal(health?.headers["x-vault-token"], undefined, "whoever answers there sees no token first");
    assert.equal(lookup?.headers["x-vault-token"], TOKEN);
  });

  it("names the variables that are not set", async () => {
    delete process.env["VAULT_TOKEN"];
    await refused("VAULT_TOKEN not set", /^export VAULT_TOKEN=…$/);
    delete process.env["VAULT_ADDR"];
    await refused("VAULT_ADDR and VAULT_TOKEN not set", /^export VAULT_ADDR=… VAULT_TOKEN=…$/);
  });

  const states: readonly (readonly [status: number, found: RegExp, command: RegExp])[] = [
    [503, / is sealed$/, /^vault operator unseal$/],
    [501, / is not initialised$/, /^vault operator init$/],
    [404, / answers 404$/, /^vault status/],
  ];
  for (const [status, found, command] of states) {
    it(`says what ${status} means, and asks no further`, async () => {
      answers = { ...OPEN, "/v1/sys/health": { status } };
      await refused(found, command);
      assert.equal(server.asked.length, 1);
    });
  }

  it("says that nobody answers", async () => {
    process.env["VAULT_ADDR"] = "http://127.0.0.1:9";
    await refused(/^http:\/\/127\.0\.0\.1:9 does not answer: .*ECONNREFUSED/, /^vault status/);
    process.env["VAULT_ADDR"] = "not an address";
    await refused(/^not an address does not answer: Invalid URL/, /^vault status/);
  });

  it("says that the token is refused, with Vault's own words", async () => {
    const errors = ["2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"];
    const denied = { status: 403, body: { errors } };
    answers = { ...OPEN, "/v1/auth/token/lookup-self": denied };
    await refused("the token in VAULT_TOKEN is refused: permission denied; invalid token", /vault login$/);
  });

  const withMounts = (auth: object, secret: object) => ({
    ...OPEN,
    "/v1/sys/internal/ui/mounts": { status: 200, body: { data: { auth, secret } } },
  });
  const mounts: readonly (readonly [
    title: string,
    auth: object,
    secret: object,
    found: string,
    command: RegExp,
  ])[] = [
    [
      "authentication",
      {},
      MOUNTS.secret,
      "no Kubernetes authentication at auth/kubernetes/ that VAULT_TOKEN may use",
      /^vault auth enable -path=kubernetes kubernetes /,
    ],
    [
      "key-value engine",
      MOUNTS.auth,
      {},
      "no key-value engine, version 2, at secret/ that VAULT_TOKEN may use",
      /^vault secrets enable -path=secret kv-v2 /,
    ],
    [
      "key-value engine of another version",
      MOUNTS.auth,
      { ...MOUNTS.secret, "secret/": { type: "kv", options: null } },
      "no key-value engine, version 2, at secret/ that VAULT_TOKEN may use",
      /^vault secrets enable -path=secret kv-v2 /,
    ],
    [
      "database engine",
      MOUNTS.auth,
      { "secret/": MOUNTS.secret["secret/"] },
      "no database engine at database/ that VAULT_TOKEN may use",
      /^vault secrets enable -path=database database /,
    ],
  ];
  for (const [title, auth, secret, found, command] of mounts) {
    it(`misses the ${title}`, async () => {
      answers = withMounts(auth, secret);
      await refused(found, command);
    });
  }

  it("wants no database engine where the logins are the operator's", async () => {
    answers = withMounts(MOUNTS.auth, { "secret/": MOUNTS.secret["secret/"] });
    assert.equal((await look({ address: "https://vault:8200" })).ok, true);
  });

  describe("of a stack that was deployed before", () => {
    const kubectl = kubectlWith("vaultauths", AUTH);

    for (const [operator, program] of [
      ["the Vault Secrets Operator", kubectl],
      ["External Secrets", kubectlWith("secretstores", STORE)],
    ] as const) {
      it(`logs in as ${operator} does, with its account, role and audience, and ends the token`, async () => {
        programs.write("kubectl", program);
        assert.equal((await look()).ok, true);
        const [login, ended] = server.asked.slice(-2);
        assert.match(login?.path ?? "", /\/login$/);
        assert.deepEqual(JSON.parse(login?.body ?? ""), { role: "blog-test", jwt: JWT });
        assert.equal(
          programs.calls("kubectl").at(-1),
          "create token blog-secrets --namespace blog-test --duration 10m --audience vault",
        );
        assert.deepEqual(
          [ended?.path, ended?.headers["x-vault-token"]],
          ["/v1/auth/token/revoke-self", LOGIN_TOKEN],
          "a token that nobody needs must not live on",
        );
      });
    }

    it("says that role or audience are refused, and what to check", async () => {
      programs.write("kubectl", kubectl);
      answers = {
        ...OPEN,
        "/v1/auth/kubernetes/login": { status: 400, body: { errors: ["invalid audience (aud) claim"] } },
      };
      await refused(
        "the login of ServiceAccount blog-test/blog-secrets with role blog-test and audience vault is refused: invalid audience (aud) claim",
        /^vault read auth\/kubernetes\/role\/blog-test {3}# account, namespace and audience must be these; if not: pulumi refresh$/,
      );
    });

    it("is content where no such token may be made", async () => {
      programs.write("kubectl", kubectl.replace(`echo ${JWT}`, "exit 1"));
      assert.equal((await look()).ok, true);
    });
  });
});

describe("the check of who brings secrets", () => {
  let programs: Programs;
  beforeEach(() => void (programs = fakePrograms()));
  afterEach(() => programs.remove());

  for (const [delivery, part, kind] of [
    ["vault-secrets-operator", "Vault Secrets Operator", "vaultstaticsecrets.secrets.hashicorp.com"],
    ["external-secrets", "External Secrets", "externalsecrets.external-secrets.io"],
  ] as const) {
    it(`looks for ${part}, and says how to get it`, async () => {
      const stack = stackWith({ address: "https://vault:8200", delivery });
      programs.write("kubectl", "exit 1");
      const { command, ...missing } = await checkDeliverer(stack, {});
      assert.deepEqual(missing, { part, ok: false, found: "none" });
      assert.match(command ?? "", new RegExp(`^helm install ${delivery} `));
      programs.write("kubectl", `echo '{"kind":"CustomResourceDefinition","metadata":{"name":"x"}}'`);
      assert.deepEqual(await checkDeliverer(stack, {}), { part, ok: true, found: kind });
    });
  }
});
