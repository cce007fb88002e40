import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { RestoreDrill, type RestoreDrillArgs } from "../../components";
import { renderManifests } from "../../embedded/manifests";
import { RESTORE_SCRIPT } from "../../components/cnpg/restore-script";
import { PolicyEvaluator } from "../support/policy-evaluator";
import { at, build, childrenOf, every, one } from "../support/program";
import { ARGS, BACKUP } from "./cnpg/clusters";

const drill = (args: Partial<RestoreDrillArgs> = {}) =>
  build(() => void new RestoreDrill("drill", { ...ARGS, cluster: "db", backup: BACKUP, ...args }));

const instance = (name: string) => ({ namespace: "blog", labels: { "cnpg.io/cluster": name } });

describe("RestoreDrill", () => {
  it("makes a schedule with an account, its rights, its files and policies, and nothing else", async () => {
    const registrations = await drill();
    assert.deepEqual(childrenOf(registrations, one(registrations, "RestoreDrill")), [
      "kubernetes:batch/v1:CronJob drill",
      "kubernetes:core/v1:ConfigMap drill",
      "kubernetes:core/v1:ServiceAccount drill",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy drill",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy drill-restored",
      "kubernetes:rbac.authorization.k8s.io/v1:Role drill",
      "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding drill",
    ]);
  });

  it("may see and remove its own cluster and result alone, and reads no Secret", async () => {
    const rules = one(await drill(), "Role").inputs["rules"] as {
      readonly resources: readonly string[];
      readonly verbs: readonly string[];
      readonly resourceNames?: readonly string[];
    }[];
    const told = rules.map(({ resources, verbs, resourceNames = [] }) =>
      [resources, verbs, resourceNames]
        .map((words) => words.join(","))
        .join(" ")
        .trim(),
    );
    assert.deepEqual(told, [
      "clusters create",
      "clusters get,delete drill-restored",
      "pods list",
      "pods/log get",
      "configmaps create",
      "configmaps get,patch drill-result",
    ]);
  });

  it("runs one at a time, once, under Pod Security restricted, in UTC", async () => {
    const spec = one(await drill(), "CronJob").inputs["spec"];
    assert.deepEqual(
      ["schedule", "timeZone", "concurrencyPolicy"].map((key) => at(spec, key)),
      ["30 4 * * 0", "Etc/UTC", "Forbid"],
    );
    assert.equal(at(spec, "jobTemplate", "spec", "backoffLimit"), 0);
    assert.equal(at(spec, "jobTemplate", "spec", "activeDeadlineSeconds"), 3600 + 300 + 240);
    const pod = at(spec, "jobTemplate", "spec", "template", "spec");
    assert.equal(at(pod, "securityContext", "runAsUser"), 26);
    assert.equal(at(pod, "containers", 0, "securityContext", "readOnlyRootFilesystem"), true);
    assert.equal(at(pod, "containers", 0, "image"), ARGS.image);
  });

  it("restores beside the cluster from its archive, with its password and its authority, and archives nothing", async () => {
    const args = {
      backup: { ...BACKUP, generation: 2 },
      storageClass: "fast",
      parameters: { max_connections: "300" },
    };
    const data = one(await drill(args), "ConfigMap").inputs["data"] as Readonly<Record<string, string>>;
    const { metadata, spec } = JSON.parse(data["cluster.json"] ?? "") as Readonly<Record<string, unknown>>;
    assert.equal(at(metadata, "name"), "drill-restored");
    assert.deepEqual(at(spec, "externalClusters", 0, "plugin", "parameters"), {
      barmanObjectName: "db",
      serverName: "db-2",
    });
    assert.deepEqual(at(spec, "bootstrap", "recovery"), {
      source: "origin",
      database: "app",
      owner: "app",
      secret: { name: "db-app" },
      recoveryTarget: { targetTime: "TARGET_TIME" },
    });
    assert.deepEqual(at(spec, "certificates"), { serverCASecret: "db-ca" });
    assert.deepEqual(at(spec, "storage"), { size: "10Gi", storageClass: "fast" });
    assert.deepEqual(at(spec, "postgresql"), { parameters: { max_connections: "300" } });
    assert.equal(at(spec, "plugins"), undefined);
    for (const file of Object.keys(data).filter((name) => name.endsWith(".sql"))) {
      assert.ok(RESTORE_SCRIPT.includes(file), file);
    }
  });

  it("is let to both databases and the API server, and to nothing else", async () => {
    const policies = new PolicyEvaluator(renderManifests(await drill()).manifests);
    const labels = { "app.kubernetes.io/name": "db", "app.kubernetes.io/component": "restore-drill" };
    const from = { namespace: "blog", labels };
    const allows = (to: Parameters<PolicyEvaluator["allows"]>[0]["to"], port: number) =>
      policies.allows({ from, to, port });
    assert.deepEqual(
      [
        allows(instance("db"), 5432),
        allows(instance("drill-restored"), 5432),
        allows({ address: "192.0.2.1" }, 443),
      ],
      [true, true, true],
    );
    assert.deepEqual([allows(instance("other"), 5432), allows(instance("db"), 8000)], [false, false]);
    const stranger = { namespace: "blog", labels: { app: "stranger" } };
    assert.equal(policies.allows({ from: stranger, to: instance("drill-restored"), port: 5432 }), false);
    assert.equal(every(await drill(), "NetworkPolicy").length, 2);
  });

  const refused: readonly (readonly [args: Partial<RestoreDrillArgs>, message: RegExp])[] = [
    [{ schedule: "0 0 2 * * *" }, /^schedule is 0 0 2 \* \* \*; it must be cron with five fields/],
    [{ backup: { destination: "ftp://x", secretName: "s" } }, /^backup\.destination is ftp:\/\/x/],
  ];
  for (const [args, message] of refused) {
    it(`refuses ${JSON.stringify(args)}`, async () => {
      await assert.rejects(drill(args), (error: Error) => {
        assert.ok(pulumi.ResourceError.isInstance(error));
        assert.match(error.message, message);
        return true;
      });
    });
  }
});

describe("RestoreDrill's script", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "script-"));
    for (const name of ["bin", "tmp", "files", "account", "secrets/database"]) {
      mkdirSync(join(folder, name), { recursive: true });
    }
    for (const name of ["password", "dbname", "username"]) {
      writeFileSync(join(folder, "secrets/database", name), name);
    }
    writeFileSync(join(folder, "account/token"), "canary-token");
    writeFileSync(join(folder, "files/cluster.json"), '{"kind":"Cluster","at":"TARGET_TIME"}');
    writeFileSync(join(folder, "drill.sh"), RESTORE_SCRIPT);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const program = (name: string, ...lines: string[]) =>
    writeFileSync(join(folder, "bin", name), ["#!/bin/sh", ...lines, ""].join("\n"), { mode: 0o755 });
  function run(words: string, seconds = "5") {
    const env = {
      PATH: `${join(folder, "bin")}:${process.env["PATH"]}`,
      TMP: join(folder, "tmp"),
      FILES: join(folder, "files"),
      ACCOUNT: join(folder, "account"),
      SECRETS: join(folder, "secrets"),
      NAMESPACE: "blog",
      LIVE_HOST: "db-rw",
      RESTORED: "drill-restored",
      RECORD: "drill-result",
      LABELS: '{"app":"drill"}',
      SCHEMA: "drill",
      RPO_SECONDS: seconds,
      TIMEOUT_SECONDS: seconds,
    };
    const done = spawnSync("sh", ["-c", `. "${join(folder, "drill.sh")}" && ${words}`], {
      env,
      encoding: "utf8",
    });
    return { code: done.status, out: done.stdout, err: done.stderr };
  }
  const asked = () => readFileSync(join(folder, "asked"), "utf8");
  /** An API server that answers requests whose first line holds words, and knows nothing else. */
  function apiServer(answers: Readonly<Record<string, string>>): void {
    const cases = Object.entries(answers).map(([words, body], index) => {
      writeFileSync(join(folder, `body-${index}`), body);
      return `*"${words}"*) printf 'HTTP/1.0 200 OK\\r\\nX: y\\r\\n\\r\\n'; cat "${folder}/body-${index}" ;;`;
    });
    program(
      "openssl",
      "input=$(cat)",
      `printf '%s\\n' "$input" >> "${folder}/asked"`,
      `printf '%s\\n' "$*" >> "${folder}/openssl"`,
      `case "$(printf '%s' "$input" | head -n 1)" in`,
      ...cases,
      "*) printf 'HTTP/1.0 404 Not Found\\r\\n\\r\\n{}' ;;",
      "esac",
    );
  }
  /** A database that answers as a drill expects, but for some files. */
  function database(answers: Readonly<Record<string, string>> = {}): void {
    const usual = {
      "checkpoint.sql": "checkpoint|2026-11-25T12:00:00.5Z|7:7:\npublic.post|3|77\n",
      "after.sql": "000000010000000000000004\n",
      "archived.sql": "000000010000000000000004|41.5\n",
      "prove.sql": "marker|1\nbetween|0\npublic.post|3|77\n",
      ...answers,
    };
    const cases = Object.entries(usual).map(([file, text]) => {
      writeFileSync(join(folder, `${file}.answer`), text);
      return `*/${file}*) cat "${folder}/${file}.answer" ;;`;
    });
    const fails = answers["ready.sql"] === undefined ? "" : "*/ready.sql*) exit 1 ;;";
    program("psql", `printf '%s\\n' "$*" >> "${folder}/psql"`, 'case "$*" in', fails, ...cases, "esac");
  }
  const made = { "POST /apis/postgresql.cnpg.io/v1/namespaces/blog/clusters": "{}", PATCH: "{}" };
  const recorded = () => {
    const body =
      asked()
        .split("\n")
        .findLast((line) => line.startsWith('{"apiVersion":"v1","kind":"ConfigMap"')) ?? "";
    const record = JSON.parse(body) as { data: Readonly<Record<string, string>> };
    return JSON.parse(record.data["result.json"] ?? "") as Readonly<Record<string, unknown>>;
  };

  it("asks the API server with its token, and verifies it", () => {
    apiServer({ "GET /x HTTP/1.0": '{"a":1}' });
    const { code, out } = run("api GET /x");
    assert.deepEqual([code, out], [0, '{"a":1}']);
    assert.match(asked(), /^Authorization: Bearer canary-token\r?$/m);
    const options = readFileSync(join(folder, "openssl"), "utf8");
    assert.match(
      options,
      /-verify_hostname kubernetes\.default\.svc -verify_return_error -CAfile \S+\/ca\.crt/,
    );
    assert.ok(!options.includes("canary-token"));
    assert.equal(run("api GET /y").code, 1);
  });

  const explain = (...lines: string[]) => {
    writeFileSync(join(folder, "log"), `${lines.join("\n")}\n`);
    return run(`explain "${join(folder, "log")}"`).out.trim();
  };
  it("says why a recovery failed as PostgreSQL and the plugin do", () => {
    const log = [
      JSON.stringify({
        record: {
          error_severity: "LOG",
          message: 'restored log file "00000001000000000000000A" from archive',
        },
      }),
      JSON.stringify({ level: "error", msg: "cannot read", error: "exit status 4" }),
      JSON.stringify({
        record: {
          error_severity: "FATAL",
          message: "recovery ended before configured recovery target was reached",
        },
      }),
    ];
    assert.equal(
      explain(...log),
      "the log cannot be replayed up to the target: the file after 00000001000000000000000A is missing or damaged",
    );
    assert.match(explain(log[2] ?? ""), /the file after the base backup is missing or damaged$/);
    assert.equal(explain(log[1] ?? ""), "the restore failed: cannot read");
    assert.equal(explain("{}"), "the restore failed: its log does not say why");
  });

  it("passes, leaves its result, and removes what it has made", () => {
    apiServer(made);
    database();
    const { code, err } = run("drill");
    assert.equal(code, 0, err);
    const { ended: _ended, restoreSeconds: _restored, rtoSeconds: _proved, ...result } = recorded();
    assert.deepEqual(result, {
      kind: "restore",
      result: "passed",
      target: "2026-11-25T12:00:00.5Z",
      rpoSeconds: 41.5,
      tables: 1,
      rows: 3,
    });
    assert.match(asked(), /^\{"kind":"Cluster","at":"2026-11-25T12:00:00\.5Z"\}$/m);
    assert.equal(asked().match(/^DELETE .*\/clusters\/drill-restored /gm)?.length, 2);
    const scripts = readFileSync(join(folder, "psql"), "utf8").trim().split("\n");
    assert.match(scripts.at(-1) ?? "", /unmark\.sql host=db-rw .* sslmode=verify-full/);
    assert.ok(scripts.some((line) => /prove\.sql host=drill-restored-rw/.test(line)));
    assert.ok(!scripts.join("\n").includes("password"), "a password on the command line");
  });

  const failedPod = {
    "fieldSelector=status.phase%3DFailed": '{"items":[{"metadata":{"name":"r-1-full-recovery-x"}}]}',
    "pods/r-1-full-recovery-x/log?container=full-recovery": JSON.stringify({
      record: { error_severity: "FATAL", message: 'no "space"' },
    }),
  };
  const failures: readonly (readonly [
    title: string,
    answers: Readonly<Record<string, string>>,
    api: Readonly<Record<string, string>>,
    reason: RegExp,
  ])[] = [
    ["the recovery failed", { "ready.sql": "" }, { ...made, ...failedPod }, /^the restore failed: no space/],
    ["it takes too long", { "ready.sql": "" }, made, /^not restored within 1 s$/],
    ["it went too far", { "prove.sql": "marker|1,2\nbetween|0\n" }, made, /the recovery went too far$/],
    ["it stopped short", { "prove.sql": "marker|\nbetween|0\n" }, made, /the recovery stopped short$/],
    [
      "a table differs",
      { "prove.sql": "marker|1\nbetween|0\npublic.post|3|78\n" },
      made,
      /^these tables differ: public\.post \(0 transactions/,
    ],
    [
      "nothing is archived",
      { "archived.sql": "|0\n" },
      made,
      /^what was written is not in the archive after 1 s/,
    ],
    ["the API server refuses the cluster", {}, { PATCH: "{}" }, /^the cluster cannot be made/],
  ];
  for (const [title, answers, api, reason] of failures) {
    it(`fails when ${title}, leaves the reason, and removes what it has made`, () => {
      apiServer(api);
      database(answers);
      assert.equal(run("drill", "1").code, 1);
      const result = recorded();
      assert.equal(result["result"], "failed");
      assert.match(String(result["reason"]), reason);
      assert.equal(asked().match(/^DELETE .*\/clusters\/drill-restored /gm)?.length, 2);
    });
  }
});
