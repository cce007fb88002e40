import { z } from "zod";
import { leaf, name, text, wholeNumber } from "./leaves";

const path = (description: string, example: string) =>
  text(
    /^\w[\w.-]*(\/\w[\w.-]*)*$/,
    description,
    "words of letters, digits, dots, dashes and underscores, with / between them",
    example,
  );

const logins = z
  .strictObject({
    mount: path("mount of the database secrets engine; database without it", "database").optional(),
    // Files reach the pods within two minutes, and a login must live on for that long after it was replaced.
    leaseSeconds: wholeNumber(
      300,
      86_400,
      "seconds that a login lasts before it is renewed; 3600 without it",
      3600,
    ).optional(),
    longestSeconds: wholeNumber(
      300,
      2_592_000,
      "seconds after which a login is replaced; 86400 without it",
      86_400,
    ).optional(),
  })
  .meta({ description: "lets Vault make the application's logins at the database" });

/** The Vault that a stack's secrets are kept in. */
export const vault = z
  .strictObject({
    address: text(
      /^https?:\/\/[^\s/]+$/,
      "address of Vault, as the cluster's pods reach it",
      "an address without a path, such as https://vault.example.com:8200",
      "https://vault.example.com:8200",
    ),
    caSecretName: name(
      "Secret in the stack's namespace whose ca.crt signed Vault's certificate",
      "vault-ca",
    ).optional(),
    delivery: leaf(
      z.enum(["vault-secrets-operator", "external-secrets"]),
      "operator that brings the secrets; vault-secrets-operator without it",
      "vault-secrets-operator or external-secrets",
      "vault-secrets-operator",
    ).optional(),
    namespace: name(
      "namespace that Vault runs in, from where it reaches the database; vault without it",
      "vault",
    ).optional(),
    authMount: path("mount of the Kubernetes authentication; kubernetes without it", "kubernetes").optional(),
    kvMount: path("mount of the key-value engine, version 2; secret without it", "secret").optional(),
    folder: path(
      "folder of the stack in the key-value engine; the namespace's name without it",
      "blog/prod",
    ).optional(),
    role: text(
      /^[\w-]+$/,
      "name of role and policy in Vault, and of the logins' role; the namespace's name without it",
      "letters, digits, dashes and underscores",
      "blog-prod",
    ).optional(),
    audience: text(
      /^\S+$/,
      "audience of the token that is shown to Vault; vault without it",
      "a word",
      "vault",
    ).optional(),
    tokenTtlSeconds: wholeNumber(
      60,
      3600,
      "seconds that a token of Vault's lives; 3600 without it",
      3600,
    ).optional(),
    database: logins.optional(),
  })
  .meta({ description: "where the secrets are kept; without it, Pulumi writes Kubernetes Secrets" });
