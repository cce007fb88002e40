/** One mistake in a stack's configuration, told so that it can be mended without looking further. */
export interface Mistake {
  /** Where, such as `database.instances`. */
  readonly path: string;
  /** What is there. */
  readonly found: string;
  /** What may be there. */
  readonly expected: string;
  /** The command that mends it. */
  readonly command: string;
}

/** All mistakes as one text for people; the file that holds the values comes first. */
export function describeMistakes(stack: string, mistakes: readonly Mistake[]): string {
  const count = mistakes.length === 1 ? "1 mistake" : `${mistakes.length} mistakes`;
  const entries = mistakes.map(({ path, found, expected, command }) =>
    [`  ${path}`, `    found     ${found}`, `    expected  ${expected}`, `    mend      ${command}`].join(
      "\n",
    ),
  );
  return [`Pulumi.${stack}.yaml: ${count} in the configuration of stack ${stack}`, ...entries].join("\n\n");
}

/** A word of a shell, quoted only where it must be. */
export function shellWord(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A path as `pulumi config --path` takes it; keys with dots are put in brackets. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => {
      if (typeof key === "number") return `[${key}]`;
      const text = String(key);
      if (!/^[\w-]+$/.test(text)) return `["${text}"]`;
      return index === 0 ? text : `.${text}`;
    })
    .join("");
}

/** The command that makes a stack; values can be set only in one that exists. */
export function initCommand(stack: string, secretsProvider: string): string {
  return `pulumi stack init ${stack} --secrets-provider ${shellWord(secretsProvider)}`;
}

/** The command that sets a value. */
export function setCommand(stack: string, path: readonly PropertyKey[], value: string): string {
  return `pulumi config set --stack ${stack} --path ${shellWord(pathText(path))} ${shellWord(value)}`;
}

/** The command that sets text; the engine would take `1` and `true` for a number and a boolean. */
export function setTextCommand(stack: string, path: readonly PropertyKey[], value: string): string {
  const command = setCommand(stack, path, value);
  return /^(-?\d+|true|false)$/.test(value) ? `${command} --type string` : command;
}

/** The command that asks for a secret value and encrypts it. */
export function setSecretCommand(stack: string, path: readonly PropertyKey[]): string {
  return `pulumi config set --stack ${stack} --secret --path ${shellWord(pathText(path))}`;
}

/** The command that removes a value. */
export function removeCommand(stack: string, path: readonly PropertyKey[]): string {
  return `pulumi config rm --stack ${stack} --path ${shellWord(pathText(path))}`;
}
