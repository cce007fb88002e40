import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { stackConfiguration } from "./schema";

/** A JSON schema, as far as we write one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const NAMESPACE = "stagewright";
const SECRET_VALUE = "properties/secrets/additionalProperties/additionalProperties";

const text = (description: string): JsonSchema => ({ description, type: "string" });

/** A secret as Pulumi writes it; empty, or nothing, as long as it is still to be set. */
const encrypted: JsonSchema = {
  description: "an encrypted value; set it with: pulumi config set --secret --path",
  anyOf: [
    {
      type: "object",
      properties: { secure: { type: "string" } },
      required: ["secure"],
      additionalProperties: false,
    },
    { type: "string", maxLength: 0 },
    { type: "null" },
  ],
};

/** The schema of a whole `Pulumi.<stack>.yaml`, for editors, made from the one that the program checks with. */
export function stackFileSchema(): JsonSchema {
  const { properties = {}, required = [] } = z.toJSONSchema(stackConfiguration, {
    override: ({ jsonSchema, path }) => {
      if (path.join("/") !== SECRET_VALUE) return;
      for (const key of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, key);
      Object.assign(jsonSchema, encrypted);
    },
  });
  const keys = Object.keys(properties);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `Configuration of a ${NAMESPACE} stack: Pulumi.<stack>.yaml`,
    type: "object",
    properties: {
      secretsprovider: text("what encrypts the secrets: passphrase, or an address such as hashivault://key"),
      encryptionsalt: text("written by Pulumi for secrets under a passphrase"),
      encryptedkey: text("written by Pulumi for secrets under a key service"),
      config: {
        type: "object",
        properties: Object.fromEntries(keys.map((key) => [`${NAMESPACE}:${key}`, properties[key]])),
        required: required.map((key) => `${NAMESPACE}:${key}`),
        // Other namespaces belong to providers; in our own, a key that is not known is a mistake.
        propertyNames: { pattern: `^(?!${NAMESPACE}:)|^${NAMESPACE}:(${keys.join("|")})$` },
        additionalProperties: true,
      },
    },
    required: ["config"],
    additionalProperties: false,
  };
}

if (require.main === module) {
  const file = join(__dirname, "stack.schema.json");
  writeFileSync(file, `${JSON.stringify(stackFileSchema(), undefined, 2)}\n`);
}
