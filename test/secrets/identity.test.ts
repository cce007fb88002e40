import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "mocha";
import { requireParts, vault } from "./parts";

const ROOT = resolve(__dirname, "../..");
const ISSUER = "https://gitlab.example.com";
const PATH = `stagewright-ci-${randomBytes(3).toString("hex")}`;
const JENKINS = `${PATH}-jenkins`;
const POLICY = `${PATH}-policy`;
const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
const strangers = generateKeyPairSync("rsa", { modulusLength: 2048 });
const publicKey = keys.publicKey.export({ type: "spki", format: "pem" }).toString();

/** The program of a platform's team: roles for pipelines, in the real Vault. */
const PROGRAM = `
import { CiIdentity } from "./components";
const publicKeys = [${JSON.stringify(publicKey)}];
const blog = { project: "team/blog", branch: "main", policies: ["${POLICY}"] };
new CiIdentity("gitlab", {
  system: "gitlab", address: "${ISSUER}", audience: "vault", path: "${PATH}", publicKeys,
  roles: {
    test: { ...blog, tokenTtlSeconds: 120 },
    prod: { ...blog, environment: "prod" },
    reviews: { ...blog, branch: "feature/*", protectedBranch: false, matching: "glob" },
  },
});
new CiIdentity("jenkins", {
  system: "jenkins", address: "https://ci.example.com", audience: "vault", path: "${JENKINS}", publicKeys,
  roles: { test: blog },
});
`;

const part = (content: object | Buffer) =>
  (Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content))).toString("base64url");

/** A token as GitLab makes it for a job, signed by us. */
function token(claims: object = {}, key = keys.privateKey): string {
  const now = Math.floor(Date.now() / 1000);
  const usual = {
    iss: ISSUER,
    aud: "vault",
    sub: "project_path:team/blog:ref_type:branch:ref:main",
    iat: now - 10,
    nbf: now - 10,
    exp: now + 300,
    project_path: "team/blog",
    ref: "main",
    ref_type: "branch",
    ref_protected: "true",
  };
  const content = `${part({ alg: "RS256", typ: "JWT" })}.${part({ ...usual, ...claims })}`;
  return `${content}.${part(sign("sha256", Buffer.from(content), key))}`;
}

interface Answer {
  readonly auth?: {
    readonly lease_duration: number;
    readonly token_policies: readonly string[];
    readonly client_token: string;
  };
  readonly errors?: readonly string[];
}
const login = async (role: string, jwt: string, path = PATH): Promise<Answer> =>
  (await (await vault("POST", `auth/${path}/login`, { role, jwt })).json()) as Answer;

describe("with the real engine and a real Vault, pipelines' identity", () => {
  let folder = "";
  const pulumi = (...args: string[]) => {
    const env = { ...process.env, PULUMI_BACKEND_URL: `file://${folder}`, PULUMI_CONFIG_PASSPHRASE: "x" };
    const done = spawnSync("pulumi", [...args, "--non-interactive"], {
      cwd: join(folder, "program"),
      encoding: "utf8",
      env,
    });
    assert.equal(done.status, 0, done.stdout + done.stderr);
    return done.stdout;
  };

  before(async () => {
    await requireParts();
    await vault("PUT", `sys/policies/acl/${POLICY}`, {
      policy: 'path "secret/data/blog" { capabilities = ["read"] }',
    });
    folder = mkdtempSync(join(tmpdir(), "identity-"));
    mkdirSync(join(folder, "program"));
    cpSync(join(ROOT, "components"), join(folder, "program/components"), { recursive: true });
    cpSync(join(ROOT, "test/grants/program/Pulumi.yaml"), join(folder, "program/Pulumi.yaml"));
    cpSync(join(ROOT, "test/grants/program/package.json"), join(folder, "program/package.json"));
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "program/index.ts"), PROGRAM);
    pulumi("stack", "init", "test");
    pulumi("up", "--yes", "--skip-preview");
  });
  after(async () => {
    if (folder === "") return;
    pulumi("destroy", "--yes", "--skip-preview");
    rmSync(folder, { recursive: true });
    await vault("DELETE", `sys/policies/acl/${POLICY}`);
    const mounts = Object.keys((await (await vault("GET", "sys/auth")).json()) as object);
    assert.deepEqual(
      mounts.filter((mount) => mount.startsWith(PATH)),
      [],
    );
  });

  it("gives a job of the right project and branch a token with its policies, for as long as said", async () => {
    const { auth } = await login("test", token());
    assert.equal(auth?.lease_duration, 120);
    assert.deepEqual(auth.token_policies, ["default", POLICY]);
    assert.equal(
      (await login("prod", token({ environment: "prod", environment_protected: "true" }))).auth
        ?.lease_duration,
      900,
    );
  });

  it("gives one that cannot be renewed beyond it", async () => {
    const { auth } = await login("test", token());
    const renewed = await vault("POST", "auth/token/renew-self", { increment: "2h" }, auth?.client_token);
    const answer = (await renewed.json()) as Answer;
    assert.ok((answer.auth?.lease_duration ?? 0) <= 120, JSON.stringify(answer));
  });

  const protectedProd = { environment: "prod", environment_protected: "true" };
  const refused: readonly (readonly [title: string, role: string, jwt: () => string, message: RegExp])[] = [
    [
      "another project",
      "test",
      () => token({ project_path: "team/shop" }),
      /claim "project_path" does not match/,
    ],
    [
      "a project whose name only begins alike",
      "test",
      () => token({ project_path: "team/blog-2" }),
      /project_path/,
    ],
    ["another branch", "test", () => token({ ref: "feature/x" }), /claim "ref" does not match/],
    [
      "a tag of the branch's name",
      "test",
      () => token({ ref_type: "tag" }),
      /claim "ref_type" does not match/,
    ],
    [
      "a branch that is not protected",
      "test",
      () => token({ ref_protected: "false" }),
      /claim "ref_protected" does not/,
    ],
    ["another audience", "test", () => token({ aud: "sigstore" }), /audience/],
    ["another issuer", "test", () => token({ iss: "https://gitlab.com" }), /issuer/],
    ["another key", "test", () => token({}, strangers.privateKey), /signature/],
    [
      "a token that has expired",
      "test",
      () => token({ iat: 1, nbf: 1, exp: Math.floor(Date.now() / 1000) - 400 }),
      /expired/,
    ],
    [
      "a job of another environment",
      "prod",
      () => token({ ...protectedProd, environment: "test" }),
      /claim "environment"/,
    ],
    ["a job without an environment", "prod", () => token(), /claim "environment(_protected)?" is missing/],
    [
      "an environment that is not protected",
      "prod",
      () => token({ environment: "prod", environment_protected: "false" }),
      /environment_protected/,
    ],
    [
      "a branch that the glob does not cover",
      "reviews",
      () => token({ ref: "fix/x", ref_protected: "false" }),
      /claim "ref"/,
    ],
    ["a role that is not there", "none", () => token(), /role "none" could not be found/],
  ];
  for (const [title, role, jwt, message] of refused) {
    it(`refuses ${title}`, async () => {
      const { auth, errors = [] } = await login(role, jwt());
      assert.equal(auth, undefined);
      assert.match(errors.join("; "), message);
    });
  }

  it("takes any branch that a glob covers", async () => {
    assert.ok((await login("reviews", token({ ref: "feature/login", ref_protected: "false" }))).auth);
  });

  const job = {
    iss: "https://ci.example.com/oidc",
    sub: "https://ci.example.com/job/team/job/blog/job/main/",
  };
  it("is a job's address at Jenkins, and nobody else's", async () => {
    assert.ok((await login("test", token(job), JENKINS)).auth);
    const other = { ...job, sub: "https://ci.example.com/job/team/job/blog/job/feature%252Fx/" };
    assert.match(
      (await login("test", token(other), JENKINS)).errors?.join() ?? "",
      /claim "sub" does not match/,
    );
    assert.equal((await login("test", token(), JENKINS)).auth, undefined);
  });

  it("changes nothing when nothing has changed", () => {
    pulumi("preview", "--expect-no-changes");
  });
});
