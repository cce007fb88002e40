import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ContainerImage, DatabaseGrants, WebApplication } from "../components";
import { readConfiguration } from "../embedded/configuration";
import { renderManifests, writeManifests } from "../embedded/manifests";
import { runProgram } from "../embedded/run";
import { drawTree, toTrees } from "../embedded/tree";
import { type Canaries, hatch, type Hit, type Kind } from "./support/canaries";
import { CanaryProject, type Config } from "./support/canary-project";
import { Loopback } from "./support/loopback";
import { TEST_DIGEST } from "./support/program";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const clean = (hits: readonly Hit[]) => assert.deepEqual(hits, []);
const items = (...all: readonly object[]) => JSON.stringify({ items: all });

/** What other programs print that know the canaries. */
function chatter(canaries: Canaries): string {
  const password = canaries["database password"];
  return `password ${password} of ${encodeURIComponent(password)} ${canaries["TLS key"]}`;
}

function diagnostic(severity: string, message: string): string {
  const event = { severity, message, urn: "urn:x::blog", ephemeral: severity === "info" };
  return `${JSON.stringify({ diagnosticEvent: event })}\n`;
}

/** A cluster whose pod fails, and tells all it knows. */
function clusterAnswers(canaries: Canaries): Record<string, string> {
  const died = { terminated: { exitCode: 1, reason: "Error" } };
  const container = { name: "blog", ready: false, restartCount: 2, state: {}, lastState: died };
  const operator = { template: { spec: { containers: [{ image: "cnpg:1.30.0" }] } } };
  const annotations = { "storageclass.kubernetes.io/is-default-class": "true" };
  return {
    version: JSON.stringify({ serverVersion: { gitVersion: "v1.36.3" } }),
    "get secrets": items({
      data: { password: base64(canaries["database password"]), key: base64(canaries["TLS key"]) },
    }),
    "get pods": items({ metadata: { name: "blog-1" }, status: { containerStatuses: [container] } }),
    "get deployment": items({ metadata: { name: "cnpg" }, spec: operator, status: { readyReplicas: 1 } }),
    "get storageclass": items({ metadata: { name: "fast", annotations } }),
    "get events": items({
      type: "Warning",
      reason: "Failed",
      message: chatter(canaries),
      involvedObject: { name: "blog-1" },
    }),
    "get namespace": items(),
    "get gateway": JSON.stringify({ metadata: { name: "public" } }),
    "logs ": chatter(canaries),
  };
}

/** An engine that runs, or fails, and tells all it knows. */
function engineAnswers(canaries: Canaries): Record<string, string> {
  const severities = ["debug", "info", "warning", "error"];
  return {
    version: "v3.260.0",
    "stack ls": JSON.stringify([{ name: "test" }]),
    "stack export": JSON.stringify({ deployment: { resources: [] } }),
    "stack output": JSON.stringify({ url: "https://blog.example.com" }),
    "--json":
      severities.map((severity) => diagnostic(severity, chatter(canaries))).join("") + chatter(canaries),
  };
}

function fakeOthers(project: CanaryProject, code: number): void {
  writeFileSync(join(project.folder, "bin", "kubeconfig"), "current-context: kind\n");
  project.fake("docker", { inspect: "Driver: remote\nBuildKit version: v0.31\n" });
  project.fake("kubectl", clusterAnswers(project.canaries));
  project.fake("pulumi", engineAnswers(project.canaries), code);
}

/** Hands a canary to every argument of a component that takes a secret. */
function everySecret(canaries: Canaries): Record<string, unknown> {
  const secret = (kind: Kind) => pulumi.secret(canaries[kind]);
  const image = new ContainerImage("blog", {
    repository: "registry.example.com/blog",
    login: { username: "robot", password: secret("registry password") },
    build: {
      context: ".",
      revision: "1",
      created: "2026-11-23T18:00:00Z",
      secrets: { npm: secret("build secret") },
    },
  });
  const values = new k8s.core.v1.Secret("values", {
    metadata: { name: "values", namespace: "blog" },
    stringData: {
      "tls.key": secret("TLS key"),
      vault: secret("Vault value"),
      password: secret("database password"),
      signing: secret("stack secret"),
    },
  });
  new WebApplication("blog", {
    namespace: "blog",
    image: image.reference,
    resources: { cpu: "1", memory: "1Gi" },
    secrets: [{ name: "values", secretName: values.metadata.name }],
  });
  new DatabaseGrants("blog-db-grants", {
    host: "blog-db-rw.blog.svc",
    administrator: { name: "grants", password: secret("database password") },
    readOnlyRoles: ["reporting"],
  });
  return { image: image.reference, token: secret("Vault value") };
}

const set = (key: string, value: unknown) => (config: Config) => {
  config[`stagewright:${key}`] = value;
};

/** Secrets where none belongs, each a mistake. */
function mistakes(canaries: Canaries): Record<string, (config: Config) => void> {
  const password = encodeURIComponent(canaries["registry password"]);
  return {
    "a variable named like a secret": set("application", {
      env: { DB_PASSWORD: canaries["database password"] },
    }),
    "a variable of the wrong type": set("application", { env: { API_TOKEN: [canaries["Vault value"]] } }),
    "a secret in plain text": set("secrets", { application: { key: canaries["TLS key"] } }),
    "a secret a level too high": set("secrets", { key: canaries["TLS key"] }),
    "a list of secrets": set("secrets", [canaries["TLS key"]]),
    "a key that is not known": set("database", { password: canaries["database password"] }),
    "an address with a password": set("image", {
      repository: `https://robot:${password}@registry.example.com/blog`,
    }),
  };
}

describe("no canary is in", () => {
  let project: CanaryProject;
  before(() => {
    project = new CanaryProject();
  });
  after(() => project.remove());
  const said = (command: string, ...more: string[]) => project.said(...command.split(" "), ...more);
  const sweep = (text: string | Buffer, where: string) => clean(project.sweep.text(text, where));

  describe("the embedded run:", () => {
    it("its output, its --json and the files it writes", async () => {
      const text = await said("render");
      assert.match(text, /^exit 0 and 0/, "it must have run");
      sweep(text, "render");
      clean(project.sweep.folder(join(project.folder, "rendered")));
    });

    for (const Failure of [Error, pulumi.RunError]) {
      it(`what a program tells of all that it was given, in a ${Failure.name}`, async () => {
        const configuration = readConfiguration(project.folder, "stagewright", "test");
        const failing = runProgram(
          () => {
            throw new Failure(`bad: ${JSON.stringify(pulumi.runtime.allConfig())}`);
          },
          { project: "stagewright", stack: "test", configuration },
        );
        const error: unknown = await failing.catch((reason: unknown) => reason);
        assert.ok(error instanceof Failure && /signing-secret/.test(error.message), String(error));
        sweep(`${error.message}\n${error.stack}`, "error");
      });
    }

    it("what components hand over, but for what is marked as secret", async () => {
      const { registrations, outputs, warnings } = await runProgram(() => everySecret(project.canaries), {
        project: "stagewright",
        stack: "test",
        builtDigest: TEST_DIGEST,
      });
      const marked = JSON.stringify(registrations).match(/\[secret\]/g) ?? [];
      assert.ok(marked.length >= 3, "the program must use them, or nothing is shown");
      const rendering = renderManifests(registrations);
      sweep(JSON.stringify([registrations, outputs, warnings, rendering]), "registrations");
      sweep(drawTree(toTrees(registrations)).join("\n"), "tree");
      clean(project.sweep.folder(writeManifests(project.folder, "all", rendering)));
    });
  });

  describe("what is said of a mistake:", () => {
    afterEach(() => project.declare());
    for (const name of Object.keys(mistakes(hatch()))) {
      it(name, async () => {
        project.declare(mistakes(project.canaries)[name]);
        for (const command of ["render", "up --yes", "secrets check", "doctor"]) {
          const text = await said(command);
          assert.match(text, /^exit [12] and [12]/, `${command} must have refused it`);
          sweep(text, command);
        }
      });
    }
  });

  describe("what is told of other programs:", () => {
    for (const [how, code] of [
      ["succeeds", 0],
      ["fails", 255],
    ] as const) {
      it(`progress, warnings, errors, events and logs of an engine that ${how}`, async () => {
        fakeOthers(project, code);
        for (const command of ["preview", "up --yes", "destroy --yes"]) {
          const text = await said(command);
          assert.match(text, code === 0 ? /^exit 0 and 0/ : /^exit 1 and 1/, text);
          assert.match(text, /\[secret\]/, "there must have been something to hide");
          sweep(text, command);
        }
      });
    }

    for (const name of ["PULUMI_DEBUG_GRPC", "PULUMI_OPTION_VERBOSE"]) {
      it(`an engine's log: with ${name} it is not even begun`, async () => {
        fakeOthers(project, 0);
        process.env[name] = "9";
        try {
          for (const command of ["preview", "up --yes", "destroy --yes"]) {
            assert.match(
              await said(command),
              new RegExp(`^exit 2 and 2[^]*${name} is set: [^]*first: unset ${name}`),
            );
          }
        } finally {
          delete process.env[name];
        }
      });
    }

    it("a CI's summaries: the comment of a merge request, the report of it, and the release board", async () => {
      fakeOthers(project, 0);
      project.fake("kubectl", { ...clusterAnswers(project.canaries), "get ": items() });
      const gitlab = new Loopback();
      const api = await gitlab.start(({ method }) =>
        method === "GET" ? { status: 200, body: [] } : { status: 201, body: { id: 1 } },
      );
      const variables = {
        CI_API_V4_URL: api,
        CI_PROJECT_ID: "1",
        CI_MERGE_REQUEST_IID: "2",
        STAGEWRIGHT_GITLAB_TOKEN: project.canaries["registry password"],
      };
      Object.assign(process.env, variables);
      try {
        const text = await said("preview --comment");
        assert.match(text, /^exit 0 and 0/, text);
        sweep(text, "preview --comment");
      } finally {
        for (const name of Object.keys(variables)) delete process.env[name];
        await gitlab.stop();
      }
      const bodies = gitlab.asked.map(({ path, body }) => `${path} ${body}`);
      assert.ok(
        bodies.some((body) => body.includes("would change")),
        "there must have been a comment",
      );
      sweep(bodies.join("\n"), "comment");
      const board = await said("board --out reports/board.html");
      assert.match(board, /^exit 0 and 0/, board);
      sweep(board, "board");
      const reports = join(project.folder, "reports");
      assert.deepEqual(readdirSync(reports).toSorted(), ["board.html", "preview.md"]);
      clean(project.sweep.folder(reports));
    });

    it("a look at what is there", async () => {
      fakeOthers(project, 0);
      for (const command of ["doctor", "version", "secrets check"]) sweep(await said(command), command);
    });
  });

  // In a group of its own: the tests that stand beside groups are run before them.
  describe("what all of that has left:", () => {
    it("the git tree and its history, the project's folder, and this repository", () => {
      sweep(project.git("log", "--patch", "--all"), "history");
      clean(project.sweep.folder(project.folder, [".git", "bin"]));
      sweep(
        execFileSync("git", ["grep", "-I", "-h", ""], { cwd: join(__dirname, ".."), maxBuffer: 2 ** 28 }),
        "repository",
      );
    });
  });
});
