/** Something that a secrets provider reads from the environment: any one of its ways will do. */
export interface Need {
  readonly what: string;
  /** Each way is a list of variables that belong together; the first that is set counts. */
  readonly ways: readonly (readonly string[])[];
  /** What serves where no variable is set; without it, one is needed. */
  readonly otherwise?: string;
}

/** What encrypts a stack's secrets. */
export interface SecretsProvider {
  readonly name: string;
  readonly needs: readonly Need[];
}

const PASSPHRASE: SecretsProvider = {
  name: "passphrase",
  needs: [{ what: "passphrase", ways: [["PULUMI_CONFIG_PASSPHRASE"], ["PULUMI_CONFIG_PASSPHRASE_FILE"]] }],
};
const SERVICE: SecretsProvider = {
  name: "Pulumi Cloud",
  needs: [{ what: "token", ways: [["PULUMI_ACCESS_TOKEN"]], otherwise: "pulumi login" }],
};

/** By the scheme of their address. */
const KEY_SERVICES: Readonly<Record<string, SecretsProvider>> = {
  hashivault: {
    name: "Vault's transit engine",
    // Seen in gocloud.dev/secrets/hashivault and tried: the SERVER variables win over the usual ones.
    needs: [
      { what: "address", ways: [["VAULT_SERVER_URL"], ["VAULT_ADDR"]] },
      { what: "token", ways: [["VAULT_SERVER_TOKEN"], ["VAULT_TOKEN"]] },
    ],
  },
  awskms: {
    name: "AWS KMS",
    needs: [
      {
        what: "identity",
        ways: [
          ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
          ["AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"],
          ["AWS_PROFILE"],
        ],
        otherwise: "the default profile, or the machine's role",
      },
      {
        what: "region",
        ways: [["AWS_REGION"], ["AWS_DEFAULT_REGION"]],
        otherwise: "the address's ?region=…, or the profile's",
      },
    ],
  },
  azurekeyvault: {
    name: "Azure Key Vault",
    needs: [
      {
        what: "identity",
        ways: [
          ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"],
          ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"],
        ],
        otherwise: "az login, or the machine's identity",
      },
    ],
  },
  gcpkms: {
    name: "Google Cloud KMS",
    needs: [
      {
        what: "identity",
        ways: [["GOOGLE_CREDENTIALS"], ["GOOGLE_OAUTH_ACCESS_TOKEN"], ["GOOGLE_APPLICATION_CREDENTIALS"]],
        otherwise: "gcloud auth application-default login, or the machine's account",
      },
    ],
  },
};

/** Addresses that `--to` takes, for people. */
export const ADDRESSES =
  "passphrase, default (Pulumi Cloud), hashivault://KEY, awskms://…, azurekeyvault://… or gcpkms://…";

/** The provider of an address; `undefined` for one that is none. */
export function providerOf(address: string, cloudBackend: boolean): SecretsProvider | undefined {
  if (address === "passphrase") return PASSPHRASE;
  if (address === "default" || address === "") return cloudBackend ? SERVICE : PASSPHRASE;
  const scheme = /^([a-z]+):\/\/./.exec(address)?.[1] ?? "";
  return Object.hasOwn(KEY_SERVICES, scheme) ? KEY_SERVICES[scheme] : undefined;
}

/** Variables by name, as `process.env` holds them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** What a provider finds for one of its needs. */
export interface Found {
  readonly what: string;
  readonly variables: readonly { readonly name: string; readonly set: boolean }[];
  /** The variables that will be read; empty when none of the ways is complete. */
  readonly reads: readonly string[];
  /** Whether the provider has what it needs; `false` also where a fallback may serve or not. */
  readonly ready: boolean;
  readonly otherwise?: string;
}

/** Looks for what a provider needs; values are never part of the answer. */
export function lookFor(provider: SecretsProvider, variables: Variables): Found[] {
  // An empty passphrase is one; an empty address is none.
  const isSet = (name: string) =>
    name === "PULUMI_CONFIG_PASSPHRASE" ? variables[name] !== undefined : Boolean(variables[name]);
  return provider.needs.map(({ what, ways, otherwise }) => {
    const reads = ways.find((way) => way.every(isSet)) ?? [];
    return {
      what,
      variables: [...new Set(ways.flat())].map((name) => ({ name, set: isSet(name) })),
      reads,
      ready: reads.length > 0,
      ...(otherwise === undefined ? {} : { otherwise }),
    };
  });
}
