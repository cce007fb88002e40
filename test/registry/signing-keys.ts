import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { capture } from "../../adapters/processes";

/** A pair of keys of its own, whose password is in COSIGN_PASSWORD until it is removed. */
export interface KeyPair {
  readonly key: string;
  remove(): void;
}

/** Makes a pair of keys. */
export async function makeKeyPair(): Promise<KeyPair> {
  const folder = mkdtempSync(join(tmpdir(), "keys-"));
  process.env["COSIGN_PASSWORD"] = "password-of-the-test";
  const { exitCode, stderr } = await capture("cosign", ["generate-key-pair"], { cwd: folder });
  if (exitCode !== 0) throw new Error(stderr);
  return { key: join(folder, "cosign.key"), remove: () => rmSync(folder, { recursive: true }) };
}
