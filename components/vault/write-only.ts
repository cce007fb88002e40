import { createHmac } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";

/** A value that Vault takes and never shows again, with the number that says when it has to be written anew. */
export interface WriteOnly {
  readonly value: pulumi.Output<string>;
  readonly version: pulumi.Output<number>;
}

/**
 * Prepares a value for a write-only attribute. Such attributes are not compared, only their versions are; so the version
 * is made from the value. It is secret as well: whoever guesses a weak value could prove the guess with it.
 */
export function writeOnly(place: string, value: pulumi.Input<string>): WriteOnly {
  const secret = pulumi.secret(value);
  return { value: secret, version: secret.apply((text) => versionOf(place, text)) };
}

/** 48 bits, which JSON still holds exactly, and never 0, which Vault's provider takes for none. */
export function versionOf(place: string, value: string): number {
  return Number.parseInt(createHmac("sha256", place).update(value).digest("hex").slice(0, 12), 16) + 1;
}
