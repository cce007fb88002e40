/** What a policy of Vault allows: a path, and what may be done there. */
export interface Rule {
  readonly path: string;
  readonly capabilities: readonly string[];
}

/** What the holder of a token may always do: keep it alive. */
const OWN_TOKEN: readonly Rule[] = [
  { path: "auth/token/lookup-self", capabilities: ["read"] },
  { path: "auth/token/renew-self", capabilities: ["update"] },
];

const LEASES: readonly Rule[] = [{ path: "sys/leases/renew", capabilities: ["update"] }];
const REVOCATION: readonly Rule[] = [{ path: "auth/token/revoke-self", capabilities: ["update"] }];

/**
 * The rules of a reader: the folder's secrets, and credentials that are made for it. With credentials it may not revoke
 * its own token, as those in use would go with it: an operator that restarts or logs in anew would cut the application
 * off. Without, it may, or tokens of an operator that logs in for each reading would pile up in Vault.
 */
export function readerRules(
  kvMount: string,
  folder: string,
  credentialPaths: readonly string[],
): readonly Rule[] {
  return [
    { path: `${kvMount}/data/${folder}/*`, capabilities: ["read"] },
    ...credentialPaths.map((path) => ({ path, capabilities: ["read"] })),
    ...(credentialPaths.length > 0 ? LEASES : REVOCATION),
    ...OWN_TOKEN,
  ];
}

/** Rules in Vault's own language. */
export function policyText(rules: readonly Rule[]): string {
  return rules
    .map(({ path, capabilities }) => {
      const list = capabilities.map((capability) => JSON.stringify(capability)).join(", ");
      return `path ${JSON.stringify(path)} {\n  capabilities = [${list}]\n}\n`;
    })
    .join("\n");
}
