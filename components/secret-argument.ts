import * as pulumi from "@pulumi/pulumi";
import { callingLine } from "./calling-line";

/**
 * A secret argument, passed on as it came: marked as secret. One that is not would stand readable in the state and in
 * every preview, so it is refused, with the line of the program to change.
 *
 * @throws ResourceError for plain text, at once; for an output that is not secret, when the engine waits for it.
 */
export function secretArgument(
  value: pulumi.Input<string>,
  argument: string,
  owner: pulumi.Resource,
): pulumi.Output<string> {
  const line = callingLine();
  const refuse = (what: string) =>
    new pulumi.ResourceError(
      `${argument} is ${what}${line === undefined ? "" : `, in ${line}`}; give it as a secret: ` +
        `new pulumi.Config().requireSecret("NAME"), or pulumi.secret(VALUE) around one from elsewhere`,
      owner,
      true,
    );
  if (typeof value === "string") throw refuse("plain text");
  const output = pulumi.output(value);
  return pulumi.all([output, pulumi.isSecret(output)]).apply(([text, secret]) => {
    if (!secret) throw refuse("an output that is not secret");
    return text;
  });
}

/**
 * Secret values by their key, passed on as they came: each of them secret, or all of them together.
 *
 * @throws ResourceError as {@link secretArgument} does.
 */
export function secretValues(
  values: pulumi.Input<Record<string, pulumi.Input<string>>>,
  argument: string,
  owner: pulumi.Resource,
): pulumi.Output<Record<string, string>> {
  if (pulumi.Output.isInstance(values) || values instanceof Promise) {
    const text = pulumi.output(values).apply((plain) => JSON.stringify(plain));
    return secretArgument(text, argument, owner).apply((json) => JSON.parse(json) as Record<string, string>);
  }
  const entries = Object.entries(values).map(([key, value]): [string, pulumi.Output<string>] => [
    key,
    secretArgument(value, `${argument}.${key}`, owner),
  ]);
  return pulumi.secret(Object.fromEntries(entries));
}
