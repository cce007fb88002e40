import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { call } from "../support/call";
import { Loopback } from "../support/loopback";
import { fakePrograms, type Programs } from "../support/programs";

const DEPLOYMENT = {
  urn: "urn:pulumi:test::stagewright::kubernetes:apps/v1:Deployment::blog",
  type: "kubernetes:apps/v1:Deployment",
};
const EVENTS = [
  { resourcePreEvent: { metadata: { op: "update", ...DEPLOYMENT } } },
  { resourcePreEvent: { metadata: { op: "same", urn: "urn:a::b::c::x", type: "c" } } },
  { diagnosticEvent: { severity: "warning", message: "canary-of-a-secret" } },
  { summaryEvent: { resourceChanges: { update: 1, same: 4 }, durationSeconds: 1 } },
];
const LIVE = {
  version: { serverVersion: { gitVersion: "v1.33.1" } },
  deployment: {
    items: [
      {
        metadata: { name: "cnpg" },
        spec: { template: { spec: { containers: [{ image: "cloudnative-pg:1.30.0" }] } } },
        status: { readyReplicas: 1 },
      },
    ],
  },
  storageclass: {
    metadata: { name: "fast", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  },
  gateway: { metadata: { name: "public" } },
};

describe("in a pipeline", () => {
  const names = [
    "KUBECONFIG",
    "CI_API_V4_URL",
    "CI_PROJECT_ID",
    "CI_MERGE_REQUEST_IID",
    "STAGEWRIGHT_GITLAB_TOKEN",
    "STAGEWRIGHT_BRANCH",
    "CI_DEFAULT_BRANCH",
    "PULUMI_CONFIG_PASSPHRASE",
  ];
  const before = names.map((name) => [name, process.env[name]] as const);
  const outside = process.cwd();
  let programs: Programs;

  beforeEach(() => {
    programs = fakePrograms();
    for (const name of names) delete process.env[name];
    process.env["KUBECONFIG"] = programs.put("kubeconfig", "current-context: kind\n");
    process.env["PULUMI_CONFIG_PASSPHRASE"] = "x";
    programs.put("Pulumi.yaml", "name: stagewright\n");
    programs.put(
      "Pulumi.test.yaml",
      stringify({
        encryptionsalt: "v1:salt",
        config: {
          "stagewright:image": { repository: "registry.example.com/blog" },
          "stagewright:application": { host: "blog.example.com" },
          "stagewright:gateway": { name: "public", namespace: "gateway" },
        },
      }),
    );
    machine();
    process.chdir(programs.folder);
  });
  afterEach(() => {
    process.chdir(outside);
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    programs.remove();
  });

  const read = (file: string) => readFileSync(join(programs.folder, file), "utf8");
  function machine(): void {
    const events = EVENTS.map((event) => JSON.stringify(event)).join("\n");
    programs.answer("docker", { "buildx inspect": "Driver: docker-container\nBuildKit version: v0.16.0\n" });
    programs.answer("kubectl", {
      "version --output": JSON.stringify(LIVE.version),
      "get deployment": JSON.stringify(LIVE.deployment),
      "get storageclass": JSON.stringify(LIVE.storageclass),
      "get gateways": JSON.stringify(LIVE.gateway),
    });
    programs.answer("pulumi", {
      "version ": "v3.260.0",
      "stack ls": JSON.stringify([{ name: "test" }]),
      "stack init": "",
      "stack export": '{"deployment":{}}',
      "stack output": JSON.stringify({ url: "https://login.blog.example.com" }),
      "preview ": events,
      "up ": events,
    });
    programs.answer("git", {
      "log -1": `${"ab".repeat(20)} 1500290269`,
      "symbolic-ref": "login",
      status: "",
    });
  }

  describe("a preview", () => {
    it("says what would change, in a file too when a comment is wanted, without what the engine warned of", async () => {
      assert.deepEqual((await call("preview")).code, 0);
      assert.equal(existsSync(join(programs.folder, "reports")), false);
      const { code, out } = await call("preview", "--comment");
      assert.equal(code, 0);
      assert.match(
        out,
        /would change: update 1; 4 resources are as declared\nthe comment is in reports\/preview\.md\n$/,
      );
      assert.match(
        read("reports/preview.md"),
        /^### Stack `test`\n\n.* of abababababab would change: \*\*update 1\*\*/,
      );
      assert.match(read("reports/preview.md"), /^\| `update` \| `Deployment` \| `blog` \|$/m);
      assert.ok(!read("reports/preview.md").includes("canary"));
    });

    it("is told apart from that of another project in the repository", async () => {
      programs.answer("git", {
        "log -1": `${"ab".repeat(20)} 1500290269`,
        "rev-parse --show-prefix": "apps/shop/",
      });
      assert.equal((await call("preview", "--comment")).code, 0);
      assert.match(read("reports/preview.md"), /^### Stack `apps\/shop test`\n/);
    });

    it("is one note of the merge request, and its token is said nowhere", async () => {
      const gitlab = new Loopback();
      try {
        const origin = await gitlab.start(() => ({ status: 200, body: [] }));
        Object.assign(process.env, {
          CI_API_V4_URL: `${origin}/api/v4`,
          CI_PROJECT_ID: "5",
          CI_MERGE_REQUEST_IID: "7",
          STAGEWRIGHT_GITLAB_TOKEN: "glpat-canary",
        });
        const { code, out, err } = await call("preview", "--comment", "--json");
        assert.equal(code, 0);
        const result = JSON.parse(out.trim().split("\n").at(-1) ?? "") as Record<string, unknown>;
        assert.equal(result["comment"], "written at GitLab, and in reports/preview.md");
        assert.deepEqual(result["steps"], [{ op: "update", kind: "Deployment", name: "blog" }]);
        const { body } = JSON.parse(gitlab.asked[1]?.body ?? "") as { body: string };
        assert.equal(body, `<!-- stagewright preview test -->\n${read("reports/preview.md")}`);
        for (const text of [out, err, read("pulumi.calls"), read("kubectl.calls")])
          assert.ok(!text.includes("glpat"));
      } finally {
        await gitlab.stop();
      }
    });

    it("that cannot be commented is refused before the engine is asked", async () => {
      Object.assign(process.env, {
        CI_API_V4_URL: "http://127.0.0.1:1",
        CI_PROJECT_ID: "5",
        CI_MERGE_REQUEST_IID: "7",
      });
      const { code, err } = await call("preview", "--comment");
      assert.equal(code, 2);
      assert.match(err, /^STAGEWRIGHT_GITLAB_TOKEN is not set/);
      assert.deepEqual(programs.calls("pulumi"), []);
    });
  });

  describe("a review app", () => {
    it("is deployed for the branch, with its address for GitLab", async () => {
      const { code, out } = await call("review", "up", "--branch", "login", "--yes");
      assert.equal(code, 0, out);
      assert.match(
        out,
        /changed: update 1; 4 resources are as declared\nhttps:\/\/login\.blog\.example\.com\n$/,
      );
      assert.equal(
        read("reports/review.env"),
        "REVIEW_STACK=review-login\nREVIEW_URL=https://login.blog.example.com\n",
      );
      assert.match(
        read("pulumi.calls"),
        /^stack init review-login .*\n(.*\n)*up --stack review-login --yes/m,
      );
    });

    it("is not made of a branch that is released, and nothing is touched", async () => {
      for (const branch of ["prod", "master"]) {
        const { code, err } = await call("review", "up", "--branch", branch, "--yes");
        assert.equal(code, 2);
        assert.match(err, /gets no review app/);
      }
      assert.deepEqual(programs.calls("pulumi"), []);
    });

    it("asks before it is made or removed, so it is refused where nobody can answer", async () => {
      for (const action of ["up", "down", "prune"]) {
        assert.deepEqual((await call("review", action, "--branch", "login", "--json")).code, 2);
      }
      assert.deepEqual(programs.calls("pulumi"), []);
    });

    it("that is not there is down already", async () => {
      const { code, out } = await call("review", "down", "--branch", "login", "--yes");
      assert.deepEqual([code, out], [0, "there is no review-login\n"]);
      assert.deepEqual((await call("review", "list")).out, "there is no review app\n");
    });

    it("is listed", async () => {
      programs.answer("pulumi", {
        "stack ls": JSON.stringify([{ name: "review-login", resourceCount: 3 }, { name: "test" }]),
      });
      assert.deepEqual((await call("review", "list")).out, "review-login  never  3 resources\n");
    });
  });
});
