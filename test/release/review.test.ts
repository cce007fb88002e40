import assert from "node:assert/strict";
import { copyFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { parse, stringify } from "yaml";
import { writeReviewFile } from "../../release/review-file";
import { isReview, reviewStackOf, slugOf } from "../../release/review-name";
import { listReviews, reviewDown, reviewPrune } from "../../release/review";
import { readStack } from "../../release/stack";
import { makeCheckouts } from "../support/checkouts";
import { fakePrograms, type Programs } from "../support/programs";

/** The state of a review app of another project. */
const OTHERS = JSON.stringify({
  deployment: {
    resources: [
      {
        urn: "urn:pulumi:review-other::stagewright::kubernetes:core/v1:Namespace::blog",
        type: "kubernetes:core/v1:Namespace",
        inputs: { metadata: { name: "shop-review-other" } },
      },
    ],
  },
});
const LABEL = /^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/;

describe("the name of a review app", () => {
  it("is a part of a DNS label whatever the branch is called", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (branch) => LABEL.test(slugOf(branch))),
    );
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Z0-9/_.-]{1,60}$/), (branch) => LABEL.test(slugOf(branch))),
    );
  });

  it("is another for another branch", () => {
    const branch = fc.stringMatching(/^[aA/_.-]{1,40}$/);
    fc.assert(fc.property(branch, branch, (one, other) => one === other || slugOf(one) !== slugOf(other)));
  });

  for (const [branch, slug] of [
    ["login", "login"],
    ["fix-42", "fix-42"],
    ["feature/x", /^feature-x-[0-9a-f]{7}$/],
    ["feature-x", "feature-x"],
    ["Feature-X", /^feature-x-[0-9a-f]{7}$/],
    ["-x-", /^x-[0-9a-f]{7}$/],
    ["ä", /^[0-9a-f]{7}$/],
    ["a".repeat(30), "a".repeat(30)],
    ["a".repeat(31), /^a{22}-[0-9a-f]{7}$/],
    ["a--b", /^a-b-[0-9a-f]{7}$/],
  ] as const) {
    it(`of ${branch} is ${String(slug)}`, () => {
      if (typeof slug === "string") assert.equal(slugOf(branch), slug);
      else assert.match(slugOf(branch), slug);
    });
  }

  for (const branch of [
    "test",
    "int",
    "prod",
    "PROD",
    "main",
    "master",
    "HEAD",
    "detached",
    "",
    " ",
    "trunk",
  ]) {
    it(`is refused to "${branch}"`, () => {
      assert.throws(() => reviewStackOf(branch, "trunk"), {
        kind: "usage",
        message: /gets no review app: .*: stagewright review up --branch feature\/x$/,
      });
    });
  }

  it("tells its stack from others", () => {
    assert.ok(isReview(reviewStackOf("login")));
    for (const stack of ["test", "review-", "preview-x"]) assert.ok(!isReview(stack));
  });
});

describe("a review app", () => {
  let programs: Programs;
  let folder: string;
  const file = () => join(folder, "Pulumi.review-login.yaml");
  const calls = () => programs.calls("pulumi");
  const progress = { step: () => undefined, warn: assert.fail };

  beforeEach(() => {
    programs = fakePrograms("git");
    ({ folder } = programs);
    programs.put("Pulumi.yaml", "name: stagewright\n");
    base({});
    engine([]);
  });
  afterEach(() => programs.remove());

  function base(config: object): void {
    const usual = {
      "stagewright:image": { repository: "registry.example.com/team/blog" },
      "stagewright:application": { host: "blog.test.example.com", replicas: 2 },
      "stagewright:gateway": { name: "public", namespace: "gateway" },
      "stagewright:secrets": { application: { key: { secure: "v1:cipher" } } },
    };
    programs.put(
      "Pulumi.test.yaml",
      stringify({ encryptionsalt: "v1:salt", config: { ...usual, ...config } }),
    );
  }
  /** An engine with these stacks; it removes one when told to. */
  function engine(stacks: readonly string[], exitCode = 0): void {
    const listed = programs.put(
      "stacks",
      JSON.stringify(stacks.map((name) => ({ name, lastUpdate: "2026-11-24T19:50:13Z", resourceCount: 9 }))),
    );
    const lines = [
      `case "$*" in`,
      `"stack ls"*) /bin/cat "${listed}"; echo "no backend" >&2; exit ${exitCode};;`,
      `"stack export"*"--stack review-other"*) echo '${OTHERS}';;`,
      `"stack export"*) echo '{"deployment":{}}';;`,
      `destroy*) [ -e "${folder}/broken" ] && { echo "no way"; exit 1; };;`,
      "esac; exit 0",
    ];
    programs.write("pulumi", lines.join("\n"));
    programs.write("kubectl", "echo '(NotFound)' >&2; exit 1");
  }

  it("is declared from stack test: its own host and namespace, secrets as they are, under the same key", () => {
    base({ "stagewright:kubernetes": { context: "kind", namespace: "blog" } });
    writeReviewFile(folder, "review-login");
    assert.deepEqual(parse(readFileSync(file(), "utf8")), {
      encryptionsalt: "v1:salt",
      config: {
        "stagewright:image": { repository: "registry.example.com/team/blog" },
        "stagewright:application": { host: "login.blog.test.example.com", replicas: 2 },
        "stagewright:gateway": { name: "public", namespace: "gateway" },
        "stagewright:secrets": { application: { key: { secure: "v1:cipher" } } },
        "stagewright:kubernetes": { context: "kind", namespace: "blog-review-login" },
        "stagewright:environment": "test",
      },
    });
    const { settings } = readStack(folder, "review-login");
    assert.equal(settings.definition.name, "test");
  });

  it("leaves stack test its archive, and what belongs to that", () => {
    base({
      "stagewright:database": {
        instances: 2,
        backup: { destination: "s3://backups/blog" },
        drill: { schedule: "30 4 * * 0" },
        recovery: { serverName: "blog-db-1" },
        replica: { self: "south", primary: "south", source: { name: "north" } },
      },
      "stagewright:secrets": {
        application: { key: { secure: "v1:cipher" } },
        backup: { ACCESS_KEY_ID: { secure: "v1:id" }, ACCESS_SECRET_KEY: { secure: "v1:key" } },
      },
    });
    writeReviewFile(folder, "review-login");
    const { config } = parse(readFileSync(file(), "utf8")) as { config: Record<string, unknown> };
    assert.deepEqual(config["stagewright:database"], { instances: 2 });
    assert.deepEqual(config["stagewright:secrets"], { application: { key: { secure: "v1:cipher" } } });
    assert.equal(readStack(folder, "review-login").settings.archive, undefined);
  });

  it("leaves stack test its folder and role in Vault, and has a connection of its own there", () => {
    const vault = { address: "https://vault.example.com:8200", kvMount: "kv", database: {} };
    base({ "stagewright:vault": { ...vault, folder: "blog/test", role: "blog-test" } });
    writeReviewFile(folder, "review-login");
    const { config } = parse(readFileSync(file(), "utf8")) as { config: Record<string, unknown> };
    assert.deepEqual(config["stagewright:vault"], vault);
    const { delivery, logins } = readStack(folder, "review-login").settings;
    assert.deepEqual(
      [delivery.vault?.folder, delivery.vault?.roleName, logins?.connection],
      ["blog-review-login", "blog-review-login", "blog-review-login"],
    );
  });

  it("without a host in stack test has none either", () => {
    base({ "stagewright:application": {}, "stagewright:gateway": undefined });
    writeReviewFile(folder, "review-login");
    assert.equal(readStack(folder, "review-login").settings.application.host, undefined);
  });

  it("keeps its whole name in a namespace that Kubernetes takes, however the image is called", () => {
    const repository = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,80}[a-z0-9])?$/);
    fc.assert(
      fc.property(repository, fc.stringMatching(/^[a-z0-9/]{1,50}$/), (name, branch) => {
        base({
          "stagewright:image": { repository: `registry.example.com/${name.replaceAll(/[.-]+/g, "-")}` },
        });
        const stack = `review-${slugOf(branch)}`;
        writeReviewFile(folder, stack);
        const { namespace } = readStack(folder, stack).settings.kubernetes;
        rmSync(join(folder, `Pulumi.${stack}.yaml`));
        return /^[a-z0-9][a-z0-9-]{0,62}$/.test(namespace) && namespace.endsWith(`-${stack}`);
      }),
      { numRuns: 50 },
    );
  });

  it("that was made goes with its data, its stack and its file, from a checkout that has no such file", async () => {
    engine(["test", "review-login"]);
    assert.equal(await reviewDown(folder, "review-login", progress), true);
    const changing = calls().filter((call) => !/^stack (ls|export)/.test(call));
    assert.deepEqual(changing, [
      "destroy --stack review-login --yes --skip-preview --exclude-protected --json --non-interactive",
      "stack rm review-login --yes --non-interactive",
    ]);
    assert.equal(existsSync(file()), false);
  });

  it("that is not there is not destroyed, and its file goes", async () => {
    engine(["test", "review-login-2"]);
    programs.put("Pulumi.review-login.yaml", "");
    assert.equal(await reviewDown(folder, "review-login", progress), false);
    assert.deepEqual(calls(), ["stack ls --json --non-interactive"]);
    assert.equal(existsSync(file()), false);
  });

  it("that cannot be destroyed keeps its stack and its file for the next try", async () => {
    engine(["review-login"]);
    programs.put("broken", "");
    await assert.rejects(reviewDown(folder, "review-login", progress), {
      message: /^stack review-login was not destroyed/,
    });
    assert.ok(!calls().some((call) => call.startsWith("stack rm")));
    assert.ok(existsSync(file()));
  });

  it("goes when the remote has merged or lost its branch, and no other does", async () => {
    const checkouts = makeCheckouts();
    try {
      const remote = checkouts.remote();
      const work = checkouts.clone("work");
      for (const branch of ["open", "feature/x", "merged", "gone"]) {
        checkouts.git(work, "checkout", "-q", "-b", branch, "origin/master");
        checkouts.git(work, "commit", "-q", "--allow-empty", "-m", branch);
        checkouts.git(work, "push", "-q", "origin", branch);
      }
      checkouts.git(work, "push", "-q", "origin", "merged:master", ":gone");
      checkouts.git(folder, "clone", "-q", `file://${remote}`, "clone");
      for (const file of ["Pulumi.yaml", "Pulumi.test.yaml"])
        copyFileSync(join(folder, file), join(folder, "clone", file));
      const kept = ["test", "prod", "review-open", reviewStackOf("feature/x")];
      engine([...kept, "review-merged", "review-gone"]);
      assert.deepEqual(await reviewPrune(join(folder, "clone"), progress), ["review-merged", "review-gone"]);
      const destroyed = calls().flatMap(
        (call) => /^(?:destroy --stack|stack rm) (\S+)/.exec(call)?.[1] ?? [],
      );
      assert.deepEqual([...new Set(destroyed)], ["review-merged", "review-gone"]);
    } finally {
      checkouts.remove();
    }
  });

  it("of another project that has its name and its state in the same backend stays, and that is said", async () => {
    const checkouts = makeCheckouts();
    try {
      checkouts.git(folder, "clone", "-q", `file://${checkouts.remote()}`, "clone");
      const clone = join(folder, "clone");
      for (const name of ["Pulumi.yaml", "Pulumi.test.yaml"])
        copyFileSync(join(folder, name), join(clone, name));
      engine(["test", "review-other", "review-gone"]);
      const warned: string[] = [];
      const pruned = await reviewPrune(clone, { ...progress, warn: (text) => void warned.push(text) });
      assert.deepEqual(pruned, ["review-gone"]);
      assert.ok(!calls().some((call) => /^(destroy|stack rm).*review-other/.test(call)));
      assert.equal(existsSync(join(clone, "Pulumi.review-other.yaml")), false);
      assert.equal(warned.length, 1);
      assert.match(warned[0] ?? "", /^the state of stack review-other holds namespace shop-review-other, /);
    } finally {
      checkouts.remove();
    }
  });

  it("stays when the remote cannot be asked", async () => {
    const checkouts = makeCheckouts();
    try {
      engine(["review-open"]);
      await assert.rejects(reviewPrune(checkouts.alone("alone"), progress), {
        kind: "failed",
        message: /has no remote origin to know branches by: git remote add origin URL$/,
      });
      checkouts.git(join(checkouts.folder, "alone"), "remote", "add", "origin", "/nowhere");
      await assert.rejects(reviewPrune(join(checkouts.folder, "alone"), progress), {
        kind: "failed",
        message: /^origin does not answer: /,
      });
      assert.deepEqual(calls(), []);
    } finally {
      checkouts.remove();
    }
  });

  it("is listed among its like, and no other stack is", async () => {
    engine(["test", "me/stagewright/review-login", "prod", "reviewer"]);
    assert.deepEqual(await listReviews(folder), [
      { stack: "review-login", updated: "2026-11-24T19:50:13Z", resources: 9 },
    ]);
  });

  it("cannot be listed without a backend", async () => {
    engine([], 1);
    await assert.rejects(listReviews(folder), {
      kind: "part missing",
      message: "the state backend does not answer: no backend",
    });
  });
});
