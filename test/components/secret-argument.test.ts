import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import {
  ContainerImage,
  type ContainerImageArgs,
  DatabaseGrants,
  SecretDelivery,
  VaultAccess,
  VaultDatabase,
} from "../../components";
import { build } from "../support/program";

const CANARY = "canary-2c9e";
const lines = readFileSync(__filename, "utf8").split("\n");
const source = { context: "app", revision: "1f0c3ab", created: "2026-11-23T18:00:00Z" };
const image = (args: Partial<ContainerImageArgs>) =>
  void new ContainerImage("blog", { repository: "registry.example.com/blog", build: source, ...args });
const grants = (password: pulumi.Input<string>) =>
  void new DatabaseGrants("grants", {
    host: "db-rw.blog.svc",
    administrator: { name: "grants", password },
    readOnlyRoles: ["reporting"],
  });

const namespace = "blog";
const delivery = (secrets: pulumi.Input<Record<string, pulumi.Input<string>>>) =>
  void new SecretDelivery("blog", { namespace, secrets: { mail: secrets } });
const access = (password: pulumi.Input<string>) =>
  void new VaultAccess("blog", {
    namespace,
    serviceAccount: "blog",
    audience: "vault",
    folder: "blog",
    secrets: { mail: { password } },
  });
const logins = (administratorPassword: pulumi.Input<string>) =>
  void new VaultDatabase("blog", {
    host: "db-rw.blog.svc",
    certificateAuthority: "ca",
    administratorPassword,
    dynamicRoles: [{ name: "blog" }],
  });

const CONSUMERS: readonly (readonly [argument: string, program: (value: pulumi.Input<string>) => void])[] = [
  ["administrator.password", grants],
  ["administratorPassword", logins],
  ["secrets.mail.password", access],
  ["secrets.mail.password", (password) => delivery({ password })],
  ["login.password", (password) => image({ login: { username: "robot", password } })],
  ["build.secrets.token", (token) => image({ build: { ...source, secrets: { token } } })],
];
const PLAIN: readonly (readonly [what: string, value: () => pulumi.Input<string>])[] = [
  ["plain text", () => CANARY],
  ["an output that is not secret", () => pulumi.output(CANARY)],
];

describe("A secret argument", () => {
  for (const [argument, program] of CONSUMERS) {
    for (const [what, value] of PLAIN) {
      it(`${argument} is refused as ${what}, with the line to change, and not shown`, async () => {
        // As Pulumi.yaml starts a program.
        const before = Error.stackTraceLimit;
        Error.stackTraceLimit = 0;
        const refused = build(() => program(value())).finally(() => {
          Error.stackTraceLimit = before;
        });
        await assert.rejects(refused, (error: Error) => {
          assert.ok(pulumi.ResourceError.isInstance(error));
          const line = Number(/\.ts:(\d+):/.exec(error.message)?.[1]);
          assert.match(lines[line - 1] ?? "", /void new \w+\(/);
          assert.equal(error.hideStack, true, "the engine would show the whole resource");
          assert.match(
            error.message,
            new RegExp(
              `^(error serializing property "\\w+": )?${argument} is ${what}, in test/components/secret-argument\\.test\\.ts:\\d+:\\d+; give it as`,
            ),
          );
          assert.match(
            error.message,
            /new pulumi\.Config\(\)\.requireSecret\("NAME"\), or pulumi\.secret\(VALUE\)/,
          );
          assert.ok(!String(error.stack).includes(CANARY));
          return true;
        });
      });
    }

    it(`${argument} is taken as a secret`, async () => {
      const registrations = await build(() => program(pulumi.secret(CANARY)));
      assert.ok(!JSON.stringify(registrations).includes(CANARY));
    });
  }
});
