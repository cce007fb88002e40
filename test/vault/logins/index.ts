import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import { VaultDatabase } from "../../../components";

const config = new pulumi.Config();
const provider = new vault.Provider("vault", { skipChildToken: true });

export const paths = new VaultDatabase(
  "logins",
  {
    mount: config.require("mount"),
    connection: config.get("connection") ?? "logins",
    host: "localhost",
    port: config.requireNumber("port"),
    certificateAuthority: config.require("authority"),
    administratorPassword: config.requireSecret("password"),
    dynamicRoles: [{ name: "blog", leaseSeconds: 60, longestSeconds: 120 }],
    staticRoles: [{ name: "report", username: "reporter", rotationSeconds: 3600 }],
  },
  { provider },
).credentialPaths;
