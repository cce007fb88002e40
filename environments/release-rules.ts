import { type Case, mistake, sound } from "./case";
import { type Mistake, removeCommand, setCommand } from "./mistakes";

/** What cannot be meant in a stack's part in the way of an image. */
export function releaseRules(subject: Case): Mistake[] {
  return [...fromRules(subject), ...signingRules(subject), ...smokeRules(subject)];
}

function fromRules(subject: Case): Mistake[] {
  const { stack, definition } = subject;
  const path = ["release", "from"];
  const from = sound(subject, ...path);
  if (from === undefined) return [];
  const remove = removeCommand(stack, path);
  if (from === stack) return [mistake(subject, path, "another stack: none proves images for itself", remove)];
  if (definition?.image !== "built") return [];
  return [mistake(subject, path, `nothing: environment ${definition.name} builds its image`, remove)];
}

const at = (key: string) => ["release", "signing", key];

/** Either a key, or an identity with who vouches for it. */
function signingRules(subject: Case): Mistake[] {
  const { stack } = subject;
  const has = (key: string) => sound(subject, ...at(key)) !== undefined;
  if (sound(subject, "release", "signing") === undefined) return [];
  if (has("key")) {
    return ["identity", "issuer"]
      .filter(has)
      .map((key) =>
        mistake(subject, at(key), "nothing, as release.signing.key is given", removeCommand(stack, at(key))),
      );
  }
  if (!has("identity") && !has("issuer")) {
    return [
      mistake(
        subject,
        ["release", "signing"],
        "a key, or an identity and its issuer",
        setCommand(stack, at("key"), "cosign.pub"),
      ),
    ];
  }
  const missing = { identity: "ci@example.com", issuer: "https://gitlab.example.com" };
  return Object.entries(missing)
    .filter(([key]) => !has(key))
    .map(([key, example]) =>
      mistake(
        subject,
        at(key),
        "a value, as an identity counts only with its issuer",
        setCommand(stack, at(key), example),
      ),
    );
}

function smokeRules(subject: Case): Mistake[] {
  const path = ["release", "smoke", "directory"];
  if (sound(subject, ...path) === undefined || sound(subject, "release", "smoke", "command") !== undefined) {
    return [];
  }
  return [
    mistake(
      subject,
      path,
      "nothing, as there is no command to run in it",
      removeCommand(subject.stack, path),
    ),
  ];
}
