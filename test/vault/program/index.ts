import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import { VaultAccess } from "../../../components";

const config = new pulumi.Config();
const provider = new vault.Provider("vault", { skipChildToken: true });

export const role = new VaultAccess(
  "access",
  {
    namespace: config.require("namespace"),
    serviceAccount: "reader",
    audience: config.get("audience") ?? "vault",
    authMount: config.require("authMount"),
    kvMount: config.require("kvMount"),
    folder: config.get("folder") ?? "blog/test",
    roleName: config.require("role"),
    secrets: { application: { "signing-secret": config.requireSecret("value") } },
    tokenTtlSeconds: 600,
  },
  { provider },
).roleName;
