import * as pulumi from "@pulumi/pulumi";

/** A workload that is restarted when a secret of it has changed. */
export interface RestartTarget {
  /** `Deployment`, `StatefulSet` or `DaemonSet`. */
  readonly kind: string;
  /** Its name, in the same namespace. */
  readonly name: pulumi.Input<string>;
}

/** The Secret that the Vault Secrets Operator writes. */
export interface Destination {
  readonly name: pulumi.Input<string>;
  readonly create: true;
  readonly overwrite: true;
  readonly transformation: {
    readonly excludeRaw: true;
    readonly excludes?: string[];
    readonly templates?: Readonly<Record<string, { readonly text: pulumi.Input<string> }>>;
  };
}

/**
 * Name of the Secret that an operator writes. It is no name of a Secret that Pulumi writes: a running application moves
 * from the one to the other and back, and each is there until no pod uses it any more.
 */
export const broughtName = (object: pulumi.Input<string>) => pulumi.interpolate`${object}-from-vault`;

/** A Secret with the keys that Vault has. */
export function destination(name: pulumi.Input<string>): Destination {
  return { name, create: true, overwrite: true, transformation: { excludeRaw: true } };
}

/** Where a login leads. */
export interface DatabaseAddress {
  readonly host: pulumi.Input<string>;
  readonly port: number;
  readonly database: pulumi.Input<string>;
}

/** Go's template language, which makes an address of whatever signs a password has. */
const inAddress = (key: string) => `{{ urlquery (get .Secrets "${key}") }}`;
const asItIs = (key: string) => `{{ get .Secrets "${key}" }}`;

/** A Secret with the keys that CloudNativePG gives to an application, made from a login of Vault's. */
export function databaseDestination(name: string, address: DatabaseAddress): Destination {
  const { host, port, database } = address;
  const login = `${inAddress("username")}:${inAddress("password")}`;
  const texts = {
    uri: pulumi.interpolate`postgresql://${login}@${host}:${port}/${database}`,
    host,
    port: String(port),
    dbname: database,
    user: asItIs("username"),
    password: asItIs("password"),
  };
  return {
    name,
    create: true,
    overwrite: true,
    transformation: {
      excludeRaw: true,
      excludes: [".*"],
      templates: Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, { text }])),
    },
  };
}
