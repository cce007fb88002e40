import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { askWith, type Engine, findEngine, type Given } from "../../adapters/engine";
import { shellWord } from "../../environments/mistakes";
import { guardEngineLogs } from "../engine-logs";
import { ReleaseError } from "../errors";
import type { Progress } from "../progress";
import { backUpStack, restoreCommands, restoreStack, type StackBackup } from "./backup";
import { isCloudBackend } from "./check";
import { fingerprint } from "./decrypted";
import { passphraseHere } from "./passphrase";
import { ADDRESSES, lookFor, providerOf, type Variables } from "./providers";
import { readSecretsFile, type SecretsFile, stackFileName } from "./stack-files";

/** What a rotation did. */
export interface Rotation {
  readonly stack: string;
  readonly from: string;
  readonly to: string;
  /** Folder with the stack as it was, relative to the project. */
  readonly backup: string;
}

/** Holds the passphrase that takes another one's place; words of a command are no place for it. */
const NEW_PASSPHRASE = "STAGEWRIGHT_NEW_PASSPHRASE";

/**
 * Encrypts a stack's secrets anew under another provider, or under a new key of the same one. The stack is backed up
 * first, decrypted afterwards and compared; where anything is not as before, everything is put back, but for a state that
 * another run has changed meanwhile.
 */
export async function rotateSecrets(
  directory: string,
  stack: string,
  to: string,
  progress: Progress,
  variables: Variables = process.env,
): Promise<Rotation> {
  guardEngineLogs(variables);
  const { file, given, after } = plan(directory, stack, to, variables);
  const engine = findEngine(directory);
  progress.step(`reading stack ${stack} as it is`);
  const before = await fingerprint(engine, stack);
  if ("problem" in before) {
    throw new ReleaseError(
      "failed",
      `stack ${stack} cannot be read with what is here, nothing was changed: ${before.problem}\n` +
        `what it needs: stagewright secrets check`,
    );
  }
  const backup = await backUpStack(engine, stack);
  progress.step(`backed up to ${backup.folder}`);
  const changed = await askWith(engine, given, "stack", "change-secrets-provider", to, "--stack", stack);
  progress.step("comparing what it decrypts to");
  const problem =
    changed.exitCode === 0
      ? await differs(engine, stack, after, before.fingerprint, file)
      : changed.stderr.trim();
  if (problem !== undefined) throw await rollBack(engine, stack, backup, before.fingerprint, problem);
  return { stack, from: file.address || "default", to, backup: backup.folder };
}

const usage = (message: string) => new ReleaseError("usage", message);

/** Everything that can be known to fail before anything is touched. */
function plan(directory: string, stack: string, to: string, variables: Variables) {
  if (!existsSync(join(directory, stackFileName(stack)))) {
    throw usage(`there is no ${stackFileName(stack)} here, so there is nothing to rotate`);
  }
  const cloud = isCloudBackend(directory, variables);
  const provider = providerOf(to, cloud);
  if (provider === undefined) throw usage(`"${to}" is no secrets provider; --to takes ${ADDRESSES}`);
  if (variables["PULUMI_CLOUD_SECRET_OVERRIDE"]) {
    throw usage(
      "PULUMI_CLOUD_SECRET_OVERRIDE is set: the engine would take it in place of --to; " +
        "first: unset PULUMI_CLOUD_SECRET_OVERRIDE",
    );
  }
  const file = readSecretsFile(directory, stack);
  const missing = lookFor(provider, variables).find(
    ({ ready, otherwise }) => !ready && otherwise === undefined,
  );
  if (missing) {
    const names = missing.variables.map(({ name }) => name).join(" or ");
    throw new ReleaseError(
      "part missing",
      `${provider.name} reads its ${missing.what} from ${names}; set it`,
    );
  }
  const again = provider.name === "passphrase" && providerOf(file.address, cloud)?.name === "passphrase";
  return { file, ...(again ? newPassphrase(stack, variables) : { given: {}, after: {} }) };
}

/** From one passphrase to another: the engine reads the new one from its input, and afterwards from the variable. */
function newPassphrase(stack: string, variables: Variables): { given: Given; after: Record<string, string> } {
  const phrase = variables[NEW_PASSPHRASE];
  const refuse = (why: string) =>
    usage(
      `${why}; set the one that is to take its place: read -rs ${NEW_PASSPHRASE} && export ${NEW_PASSPHRASE}`,
    );
  if (!phrase?.trim())
    throw refuse(`stack ${stack} has a passphrase already, and ${NEW_PASSPHRASE} is not set`);
  if (phrase.trim() === passphraseHere(variables)) throw refuse(`${NEW_PASSPHRASE} is the passphrase it has`);
  return { given: { input: `${phrase}\n` }, after: { PULUMI_CONFIG_PASSPHRASE: phrase.trim() } };
}

/** What is not as before, or not as it should be now; `undefined` when all is well. */
async function differs(
  engine: Engine,
  stack: string,
  env: Readonly<Record<string, string>>,
  before: string,
  old: SecretsFile,
): Promise<string | undefined> {
  const now = await fingerprint(engine, stack, env);
  if ("problem" in now) return `it cannot be decrypted any more: ${now.problem}`;
  if (now.fingerprint !== before) return "it does not decrypt to what it was";
  const text = readFileSync(join(engine.directory, old.file), "utf8");
  const kept = [old.encryptionSalt, old.encryptedKey].some((key) => key !== undefined && text.includes(key));
  return kept ? "its file still has the key it had" : undefined;
}

async function rollBack(
  engine: Engine,
  stack: string,
  backup: StackBackup,
  before: string,
  problem: string,
): Promise<ReleaseError> {
  const restored = await restoreStack(engine, stack, backup);
  const kept = `the backup is in ${shellWord(backup.folder)}`;
  const meanwhile =
    "another run, such as an `up`, has changed resources meanwhile, and the old state would forget that";
  if (restored === "nothing") {
    return new ReleaseError(
      "failed",
      `the secrets of stack ${stack} were changed to another provider, but ${problem}\n` +
        `nothing was put back: ${meanwhile}; see whether all is well under the new key: ` +
        `stagewright preview --stack ${stack}; ${kept}, from before that run`,
    );
  }
  const head = `the secrets of stack ${stack} were not changed to another provider: ${problem}`;
  if (restored === "file") {
    return new ReleaseError(
      "failed",
      `${head}\nits file was put back, its state was left as it is: ${meanwhile}; ` +
        `once that run has ended, run this again; ${kept}, from before that run`,
    );
  }
  const refused = restored === "file and state" ? undefined : restored.refused;
  const now = await fingerprint(engine, stack);
  const back = refused === undefined && "fingerprint" in now && now.fingerprint === before;
  const tail = back
    ? "everything was put back as it was"
    : `and it could not be put back${refused ? ` (${refused})` : ""}; where no other run has changed the stack since, ` +
      `by hand: ${restoreCommands(stack, backup)}`;
  return new ReleaseError("failed", `${head}\n${tail}; ${kept}`);
}
