import type { types } from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";

/** A Secret whose keys the application reads as files `/run/secrets/<name>/<key>`. */
export interface SecretBinding {
  /** Name of the folder. */
  readonly name: string;
  /** Name of the Secret, which must exist in the application's namespace. */
  readonly secretName: Input<string>;
  /**
   * Keys to mount.
   *
   * @default - all
   */
  readonly keys?: string[];
}

/** The volume of a binding; readable for the pod's group, and renewed when the Secret is. */
export function secretVolume({ name, secretName, keys }: SecretBinding): types.input.core.v1.Volume {
  return {
    name: `secret-${name}`,
    secret: {
      secretName,
      defaultMode: 0o440,
      ...(keys ? { items: keys.map((key) => ({ key, path: key })) } : {}),
    },
  };
}

/** Where a binding's files are. */
export function secretMount({ name }: SecretBinding): types.input.core.v1.VolumeMount {
  return { name: `secret-${name}`, mountPath: `/run/secrets/${name}`, readOnly: true };
}
