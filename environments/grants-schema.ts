import { z } from "zod";
import { name, text } from "./leaves";

const SQL_NAME = "lower-case letters, digits and underscores, 63 at most";
const sqlName = (description: string, example: string) =>
  text(/^[a-z_][a-z0-9_]{0,62}$/, description, SQL_NAME, example);

const roles = (description: string, example: string) =>
  z
    .array(
      z
        .strictObject({
          name: sqlName("name of the role", example),
          secretName: name(
            "Secret with its username and password, which is there already; without it, whoever rotates it sets one",
            example,
          ).optional(),
        })
        .meta({ description: "a role" }),
    )
    .optional()
    .meta({ description });

/** `database.grants`. */
export const grants = z
  .strictObject({
    schemas: z
      .array(sqlName("name of a schema", "audit"))
      .optional()
      .meta({ description: "schemas beside public, which belong to the application's role" }),
    readOnlyRoles: roles("roles that may read every table, and write none", "reporting"),
    migrationRoles: roles("roles that may make tables, which the application may read and write", "migrator"),
  })
  .meta({ description: "who else may do what in the database" });
