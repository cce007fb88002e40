import { type Case, mistake, sound } from "./case";
import { type Mistake, removeCommand, setCommand } from "./mistakes";
import { LEASE } from "./vault-settings";

const at = (...keys: string[]) => ["vault", ...keys];

/** What cannot be meant in where a stack's secrets are kept. */
export function vaultRules(subject: Case): Mistake[] {
  return [...addressRules(subject), ...loginRules(subject), ...lifetimeRules(subject)];
}

/** A token that goes over the network in plain text is everybody's. */
function addressRules(subject: Case): Mistake[] {
  const { stack, definition } = subject;
  const address = sound(subject, ...at("address"));
  if (typeof address !== "string") return [];
  const plain = address.startsWith("http://");
  if (plain && definition?.name === "prod") {
    const command = setCommand(stack, at("address"), address.replace("http:", "https:"));
    return [
      mistake(subject, at("address"), "an address with https, as environment prod shows it tokens", command),
    ];
  }
  return plain && sound(subject, ...at("caSecretName")) !== undefined
    ? [
        mistake(
          subject,
          at("caSecretName"),
          "nothing, as vault.address has no https that could be verified",
          removeCommand(stack, at("caSecretName")),
        ),
      ]
    : [];
}

function loginRules(subject: Case): Mistake[] {
  const { stack } = subject;
  if (sound(subject, ...at("database")) === undefined) return [];
  const remove = removeCommand(stack, at("database"));
  if (sound(subject, ...at("delivery")) === "external-secrets") {
    const expected = "nothing, as vault.delivery is external-secrets, which keeps no lease of a login";
    return [mistake(subject, at("database"), expected, remove)];
  }
  if (sound(subject, "database", "replica") === undefined) return [];
  const expected = "nothing, as database.replica is given: a database that follows takes no logins";
  return [mistake(subject, at("database"), expected, remove)];
}

function lifetimeRules(subject: Case): Mistake[] {
  const settled = (key: keyof typeof LEASE) => sound(subject, ...at("database", key)) ?? LEASE[key];
  const [lease, longest] = [settled("leaseSeconds"), settled("longestSeconds")];
  if (typeof lease !== "number" || typeof longest !== "number" || longest >= lease) return [];
  const path = at("database", "longestSeconds");
  const expected = `at least vault.database.leaseSeconds, which is ${lease}`;
  return [mistake(subject, path, expected, setCommand(subject.stack, path, String(lease)))];
}
