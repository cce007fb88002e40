import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { capture } from "./processes";

/** With what is signed: a key (a file, or a URI of a key service), or an identity that an issuer vouches for. */
export type Signing = { readonly key: string } | { readonly identity: string; readonly issuer: string };

/** Predicates that cosign knows by a short name. */
export type PredicateType = "spdxjson" | "slsaprovenance1";

/** A signature or attestation that could not be made or does not hold. */
export class CosignError extends Error {}

const SIGNATURE_TYPES = ["https://sigstore.dev/cosign/sign/v1", "cosign container image signature"];

/** Signs an image. */
export function sign(reference: string, signing: Signing): Promise<void> {
  return withServices(signing, async (services) => {
    await cosign("sign", "--yes", ...services, reference);
  });
}

/** Attaches a signed statement about an image. */
export async function attest(
  reference: string,
  type: PredicateType,
  predicate: object,
  signing: Signing,
): Promise<void> {
  await withServices(signing, async (services, folder) => {
    const file = join(folder, "predicate.json");
    await writeFile(file, JSON.stringify(predicate));
    await cosign("attest", "--yes", "--type", type, "--predicate", file, ...services, reference);
  });
}

/** Fails unless an image is signed as it must be. */
export async function verify(reference: string, signing: Signing): Promise<void> {
  const stdout = await cosign("verify", ...trust(signing), "--output", "json", reference);
  const digest = reference.split("@")[1];
  const signatures = JSON.parse(stdout) as {
    critical?: { type?: string; image?: { "docker-manifest-digest"?: string } };
  }[];
  // Any statement with a good signature satisfies cosign 3, an SBOM too.
  const good = signatures.some(
    ({ critical }) =>
      SIGNATURE_TYPES.includes(critical?.type ?? "") &&
      critical?.image?.["docker-manifest-digest"] === digest,
  );
  if (!good) throw new CosignError("there are statements about it, but no signature of the image itself");
}

/** The predicates of one type that are attached to an image and signed as they must be. */
export async function verifiedPredicates(
  reference: string,
  type: PredicateType,
  signing: Signing,
): Promise<unknown[]> {
  const stdout = await cosign("verify-attestation", "--type", type, ...trust(signing), reference);
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const { payload } = JSON.parse(line) as { payload: string };
      const statement = JSON.parse(Buffer.from(payload, "base64").toString()) as { predicate: unknown };
      return statement.predicate;
    });
}

/** A key needs neither a transparency log nor a time stamp, so that it works where nothing can be reached. */
function trust(signing: Signing): string[] {
  return "key" in signing
    ? ["--key", signing.key, "--insecure-ignore-tlog=true", "--offline=true"]
    : ["--certificate-identity", signing.identity, "--certificate-oidc-issuer", signing.issuer];
}

/** Lends a folder, and the flags that say which services sign: none beside a key, else the public ones. */
async function withServices(
  signing: Signing,
  use: (flags: readonly string[], folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "stagewright-sign-"));
  try {
    await use("key" in signing ? ["--key", signing.key, ...(await noServices(folder))] : [], folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function noServices(folder: string): Promise<string[]> {
  const config = join(folder, "signing-config.json");
  const root = join(folder, "trusted-root.json");
  await writeFile(config, '{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json"}');
  await writeFile(root, '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}');
  return ["--signing-config", config, "--trusted-root", root];
}

async function cosign(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await capture("cosign", args);
  if (exitCode === 0) return stdout;
  const lines = stderr.split("\n").filter((line) => line.startsWith("Error: "));
  throw new CosignError((lines.at(-1) ?? stderr.trim()).replace(/^Error: /, ""));
}
