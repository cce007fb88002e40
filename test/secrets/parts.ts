import { endUnlessThere, missingEngine } from "../support/parts";

export const address = process.env["VAULT_ADDR"] ?? "";
export const token = process.env["VAULT_TOKEN"] ?? "";

/** Asks the Vault at hand. */
export function vault(method: string, path: string, body?: object, as = token): Promise<Response> {
  return fetch(`${address}/v1/${path}`, {
    method,
    headers: { "X-Vault-Token": as },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
}

/** Ends the run loudly when a part is missing. */
export async function requireParts(): Promise<void> {
  const answers =
    address !== "" &&
    token !== "" &&
    (await vault("GET", "sys/health").then(
      ({ status }) => status === 200,
      () => false,
    ));
  const missing = [
    ...missingEngine(),
    ...(answers
      ? []
      : [
          {
            part: "Vault",
            how: "VAULT_ADDR and VAULT_TOKEN of one that may make transit keys, auth methods and policies",
          },
        ]),
  ];
  endUnlessThere("test:secrets", missing);
}
