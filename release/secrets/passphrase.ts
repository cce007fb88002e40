import { createDecipheriv, pbkdf2 } from "node:crypto";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import type { Variables } from "./providers";

const derive = promisify(pbkdf2);
const ITERATIONS = 1_000_000;
const KEY_BYTES = 32;
const TAG_BYTES = 16;

/**
 * Whether a passphrase is the one that an `encryptionsalt` was made with. Pulumi keeps a known word there, encrypted
 * under the passphrase (AES-256-GCM, PBKDF2): `v1:SALT:v1:NONCE:CIPHERTEXT`.
 */
export async function opens(passphrase: string, encryptionSalt: string): Promise<boolean> {
  const [version, salt, , nonce, sealed] = encryptionSalt.split(":");
  if (version !== "v1" || !salt || !nonce || !sealed) return false;
  const key = await derive(passphrase, Buffer.from(salt, "base64"), ITERATIONS, KEY_BYTES, "sha256");
  const bytes = Buffer.from(sealed, "base64");
  const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const word = Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]);
    return word.toString() === "pulumi";
  } catch {
    return false;
  }
}

/** The passphrase that the engine would take from here, read as the engine reads it. */
export function passphraseHere(variables: Variables): string | undefined {
  if (variables["PULUMI_CONFIG_PASSPHRASE"] !== undefined) return variables["PULUMI_CONFIG_PASSPHRASE"];
  const file = variables["PULUMI_CONFIG_PASSPHRASE_FILE"];
  if (!file) return undefined;
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return undefined;
  }
}
