import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import { SecretDelivery } from "../../../components";

const config = new pulumi.Config();
const provider = new vault.Provider("vault", { skipChildToken: true });
const asked = { role: config.get("role"), audience: config.get("audience") };

/** Asks for another role or audience than Vault was told of, as after a change by hand. */
function askOtherwise(args: pulumi.ResourceTransformArgs): pulumi.ResourceTransformResult | undefined {
  if (!args.type.endsWith(":SecretStore")) return undefined;
  const { kubernetes } = args.props["spec"].provider.vault.auth;
  if (asked.role !== undefined) kubernetes.role = asked.role;
  if (asked.audience !== undefined) kubernetes.serviceAccountRef.audiences = [asked.audience];
  return { props: args.props, opts: args.opts };
}

export const { secretNames } = new SecretDelivery(
  "refused",
  {
    namespace: config.require("namespace"),
    method: "external-secrets",
    vault: {
      address: config.require("address"),
      authMount: config.require("authMount"),
      kvMount: config.require("kvMount"),
      folder: "refused",
      roleName: config.require("roleName"),
    },
    secrets: { application: { key: config.requireSecret("value") } },
    timeoutSeconds: 8,
  },
  { providers: [provider], transforms: [askOtherwise] },
);
