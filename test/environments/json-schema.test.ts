import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { stackFileSchema } from "../../environments/json-schema";

type JsonSchema = Exclude<Parameters<typeof z.fromJSONSchema>[0], boolean>;
const root = join(__dirname, "..", "..");
const committed = () =>
  JSON.parse(readFileSync(join(root, "environments", "stack.schema.json"), "utf8")) as JsonSchema;
const stackFile = (stack: string) => readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8");

/** Every place where the text of a stack file is refused. */
function refused(text: string): string[] {
  const result = z.fromJSONSchema(committed()).safeParse(parse(text));
  return result.success ? [] : result.error.issues.map(({ path }) => path.join(" "));
}

const config = (lines: string) =>
  `config:\n  stagewright:image:\n    repository: registry.example.com/blog\n${lines}`;

describe("the schema for editors", () => {
  it("is the one that the program checks with today", () => {
    assert.deepEqual(
      committed(),
      JSON.parse(JSON.stringify(stackFileSchema())),
      "environments/stack.schema.json is out of date; write it anew: npm run schema",
    );
  });

  it("describes every value, so that an editor can tell what it is", () => {
    const undescribed = (schema: unknown, path: string): string[] => {
      if (typeof schema !== "object" || schema === null) return [];
      const { properties = {}, description } = schema as { properties?: object; description?: string };
      const inner = Object.entries(properties).flatMap(([key, value]) =>
        undescribed(value, `${path} ${key}`),
      );
      return description === undefined ? [path, ...inner] : inner;
    };
    const { properties } = stackFileSchema() as { properties: { config: { properties: object } } };
    const values = Object.entries(properties.config.properties);
    assert.deepEqual(
      values.flatMap(([key, schema]) => undescribed(schema, key)),
      [],
    );
  });

  for (const stack of ["test", "int", "prod"]) {
    it(`accepts the committed file of ${stack}`, () => assert.deepEqual(refused(stackFile(stack)), []));
  }

  const ACCEPTED: Readonly<Record<string, string>> = {
    "keys of providers": config("  kubernetes:context: kind\n  aws:region: eu-central-1\n"),
    "an encrypted secret": config(
      "  stagewright:secrets:\n    application:\n      key:\n        secure: v1:x\n",
    ),
    "a secret still to be set": config(
      '  stagewright:secrets:\n    application:\n      key: ""\n      other:\n',
    ),
    "what Pulumi writes beside the configuration": `encryptionsalt: v1:x\nencryptedkey: x\n${config("")}`,
  };
  for (const [name, text] of Object.entries(ACCEPTED)) {
    it(`accepts ${name}`, () => assert.deepEqual(refused(text), []));
  }

  const REFUSED: Readonly<Record<string, readonly [text: string, path: string]>> = {
    "an unknown key of ours": [config("  stagewright:databse: {}\n"), "config stagewright:databse"],
    "an unknown nested key": [
      config("  stagewright:database:\n    instance: 1\n"),
      "config stagewright:database",
    ],
    "an unknown key beside the configuration": [`secretprovider: x\n${config("")}`, ""],
    "a configuration without an image": ["config:\n  stagewright:database: {}\n", "config stagewright:image"],
    "a file without a configuration": ["secretsprovider: passphrase\n", "config"],
    "text for a number": [
      config('  stagewright:database:\n    instances: "3"\n'),
      "config stagewright:database instances",
    ],
    "more instances than any environment takes": [
      config("  stagewright:database:\n    instances: 10\n"),
      "config stagewright:database instances",
    ],
    "a host with a scheme": [
      config("  stagewright:application:\n    host: https://blog.example.com\n"),
      "config stagewright:application host",
    ],
    "a variable in lower case": [
      config("  stagewright:application:\n    env:\n      log_level: info\n"),
      "config stagewright:application env log_level",
    ],
    "a secret in plain text": [
      config("  stagewright:secrets:\n    application:\n      key: text\n"),
      "config stagewright:secrets application key",
    ],
    "an unknown environment": [
      config("  stagewright:environment: staging\n"),
      "config stagewright:environment",
    ],
  };
  for (const [name, [text, path]] of Object.entries(REFUSED)) {
    it(`refuses ${name}`, () => assert.deepEqual(refused(text), [path]));
  }
});
