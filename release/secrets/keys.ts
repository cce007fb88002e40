import type { Finding } from "./finding";
import { opens } from "./passphrase";
import type { SecretsFile } from "./stack-files";

/** Stacks whose passphrase is known here, and whether it is a good one. */
export interface KnownPassphrases {
  /** Stacks that the passphrase at hand opens. */
  readonly opened: readonly string[];
  /** Stacks that no passphrase at all opens. */
  readonly empty: readonly string[];
}

/** Tries the passphrase at hand, and none at all, at every stack that has one. */
export async function tryPassphrases(
  files: readonly SecretsFile[],
  passphrase: string | undefined,
): Promise<KnownPassphrases> {
  const opened = async (phrase: string) => {
    const tried = await Promise.all(
      files.map(async ({ stack, encryptionSalt }) =>
        encryptionSalt !== undefined && (await opens(phrase, encryptionSalt)) ? [stack] : [],
      ),
    );
    return tried.flat();
  };
  const empty = await opened("");
  if (passphrase === undefined) return { opened: [], empty };
  return { opened: passphrase === "" ? empty : await opened(passphrase), empty };
}

/** Stacks that are read by whoever has the key of another class of environments: prod shares none with the rest. */
export function findSharedKeys(
  files: readonly SecretsFile[],
  { opened, empty }: KnownPassphrases,
): Finding[] {
  const production = files.filter(({ environment }) => environment === "prod");
  const others = files.filter(({ environment }) => environment !== "prod");
  const shared = production.flatMap((prod) =>
    others.flatMap((other) => {
      const what = sharedBy(prod, other, opened);
      return what === undefined ? [] : [sharing(prod, other, what)];
    }),
  );
  return [...shared, ...files.filter(({ stack }) => empty.includes(stack)).map(withoutPassphrase)];
}

function sharedBy(a: SecretsFile, b: SecretsFile, opened: readonly string[]): string | undefined {
  if (a.encryptedKey !== undefined && a.encryptedKey === b.encryptedKey) return "the encrypted key";
  if (a.encryptionSalt !== undefined && a.encryptionSalt === b.encryptionSalt) return "the passphrase";
  if (a.address.includes("://") && a.address === b.address) return `the key ${a.address}`;
  return opened.includes(a.stack) && opened.includes(b.stack) ? "the passphrase" : undefined;
}

function sharing(prod: SecretsFile, other: SecretsFile, what: string): Finding {
  const passphrase = what === "the passphrase";
  return {
    file: prod.file,
    what: `stack ${prod.stack} (prod) and stack ${other.stack} (${other.environment}) share ${what}`,
    command: rotateCommand(prod.stack, passphrase ? "passphrase" : "PROVIDER-OF-PROD-ALONE"),
  };
}

function withoutPassphrase({ stack, file }: SecretsFile): Finding {
  return {
    file,
    what: `stack ${stack} is encrypted under an empty passphrase: whoever has the file can read it`,
    command: rotateCommand(stack, "passphrase"),
  };
}

function rotateCommand(stack: string, to: string): string {
  return `stagewright secrets rotate --stack ${stack} --to ${to}`;
}
