import assert from "node:assert/strict";
import type { Kubectl } from "../../adapters/kubectl";
import { resolveStack } from "../../environments/resolve";
import type { DeclaredStack } from "../../release/stack";

/** Stack `test` of a folder with nothing in it, as its file would declare it. */
export function declaredStack(directory: string, client: Kubectl = {}): DeclaredStack {
  const resolution = resolveStack("test", {
    image: { repository: "registry.example.com/blog" },
    ...(client.context === undefined ? {} : { kubernetes: { context: client.context } }),
  });
  assert.ok("stack" in resolution);
  const { stack: settings } = resolution;
  return { directory, name: "test", settings, secretsProvider: "passphrase", client };
}
