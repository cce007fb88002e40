import assert from "node:assert/strict";
import type { StateResource } from "../../adapters/engine";
import { resolveStack } from "../../environments/resolve";
import type { DeclaredStack } from "../../release/stack";
import { tellTaken } from "../../release/taken-in-vault";
import { Loopback } from "../support/loopback";

const POLICY = { type: "vault:index/policy:Policy", urn: "urn:pulumi:test::stagewright::x::blog" };

/** What is told before a stack of this configuration and state is deployed. */
async function told(
  config: object,
  { resources = [], pending = [] }: { resources?: StateResource[]; pending?: StateResource[] } = {},
): Promise<string[]> {
  const resolution = resolveStack("test", {
    image: { repository: "registry.example.com/other/web" },
    ...config,
  });
  assert.ok("stack" in resolution);
  const stack = { name: "test", settings: resolution.stack } as DeclaredStack;
  const warned: string[] = [];
  const begun = pending.map((resource) => ({ type: "creating", resource }));
  await tellTaken(stack, { resources, pending: begun }, { warn: (text) => void warned.push(text) });
  return warned;
}

describe("what Vault has under the name of a stack", () => {
  const { VAULT_ADDR, VAULT_TOKEN } = process.env;
  const server = new Loopback();
  let there: string[] = [];

  before(async () => {
    const address = await server.start(({ path }) => ({
      status: there.includes(path) ? 200 : 404,
      body: {},
    }));
    Object.assign(process.env, { VAULT_ADDR: address, VAULT_TOKEN: "token" });
  });
  beforeEach(() => (there = ["/v1/sys/policies/acl/web-test"]));
  after(async () => {
    await server.stop();
    delete process.env["VAULT_ADDR"];
    delete process.env["VAULT_TOKEN"];
    Object.assign(process.env, {
      ...(VAULT_ADDR === undefined ? {} : { VAULT_ADDR }),
      ...(VAULT_TOKEN === undefined ? {} : { VAULT_TOKEN }),
    });
  });

  const vault = { address: "https://vault.example.com:8200" };

  it("is told before a stack writes there first", async () => {
    assert.deepEqual(await told({ vault }), [
      "Vault has a policy web-test already, and the state of stack test does not hold it; if it is another stack's, this " +
        "one would write over it, over role and connection of that name, and over secret/web-test:\n" +
        "  vault policy read web-test\n" +
        "  pulumi config set --stack test --path vault.role web-test-2\n" +
        "  pulumi config set --stack test --path vault.folder web-test-2",
    ]);
  });

  it("is not told of a stack that has written there, or began to", async () => {
    assert.deepEqual(await told({ vault }, { resources: [POLICY] }), []);
    assert.deepEqual(await told({ vault }, { pending: [POLICY] }), []);
  });

  it("is not told where there is nothing, or the stack has no Vault", async () => {
    assert.deepEqual(await told({}), []);
    there = [];
    assert.deepEqual(await told({ vault }), []);
  });
});
