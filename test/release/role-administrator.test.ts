import assert from "node:assert/strict";
import { resolveStack } from "../../environments/resolve";
import { checkAdministrator, letMakeLogins, planLogins } from "../../release/role-administrator";
import { fakePrograms, type Programs } from "../support/programs";

const CLUSTER = JSON.stringify({
  items: [{ kind: "Cluster", metadata: { name: "blog-db" }, status: { currentPrimary: "blog-db-2" } }],
});
const ADMINISTRATOR = JSON.stringify({ kind: "Secret", metadata: { name: "blog-db-administrator" } });
const [CREATE, GRANT] = ['CREATE ROLE "vault_admin"', 'GRANT "app" TO "vault_admin" WITH ADMIN OPTION'];

function stackWith(vault?: object) {
  const image = { repository: "registry.example.com/blog" };
  const resolution = resolveStack("test", { image, ...(vault ? { vault } : {}) });
  assert.ok("stack" in resolution);
  return { settings: resolution.stack, client: { context: "kind" } };
}
const moving = stackWith({ address: "https://vault:8200", database: {} });

describe("the role that Vault makes logins with, at a database that runs", () => {
  const told: string[] = [];
  const progress = {
    step: (text: string) => void told.push(text),
    warn: (text: string) => assert.fail(text),
  };
  let programs: Programs;

  /** A cluster whose primary answers a look, and then what it is told to do. */
  function database({ cluster = CLUSTER, secret = "", look = "echo 't|t'", grant = ":" }): void {
    programs.write(
      "kubectl",
      `case "$*" in
  *"get clusters.postgresql.cnpg.io"*) echo '${cluster}' ;;
  *"get secret blog-db-administrator"*) [ -n '${secret}' ] && echo '${secret}' ;;
  *"-c select"*) ${look} ;;
  *"exec blog-db-2"*) ${grant} ;;
  *) exit 1 ;;
esac`,
    );
  }
  const changes = () => programs.calls("kubectl").filter((call) => /CREATE|GRANT/.test(call));

  beforeEach(() => {
    programs = fakePrograms();
    told.length = 0;
  });
  afterEach(() => programs.remove());

  it("is not asked for where Vault makes none", async () => {
    for (const vault of [undefined, { address: "https://vault:8200" }]) {
      await planLogins(stackWith(vault), progress);
      await letMakeLogins(stackWith(vault), progress);
      assert.equal((await checkAdministrator(stackWith(vault))).found, "not used");
    }
    assert.deepEqual([told, programs.calls("kubectl")], [[], []]);
  });

  for (const [what, cluster] of [
    ["there is no database yet", '{"items":[]}'],
    ["it has no primary yet", '{"items":[{"kind":"Cluster","metadata":{"name":"blog-db"}}]}'],
  ] as const) {
    it(`gets its right from the operator where ${what}`, async () => {
      database({ cluster });
      await letMakeLogins(moving, progress);
      const { ok, found } = await checkAdministrator(moving);
      assert.deepEqual([ok, found, told], [true, "from the making of the database on", []]);
      assert.deepEqual(
        programs.calls("kubectl").filter((call) => call.includes("exec")),
        [],
      );
    });
  }

  it("is left alone where it has its right", async () => {
    database({});
    await letMakeLogins(moving, progress);
    const { ok, found } = await checkAdministrator(moving);
    assert.deepEqual([ok, found, told, changes()], [true, "as vault_admin", [], []]);
  });

  for (const [what, look, statements] of [
    ["is not there", "f|f", [CREATE, GRANT]],
    ["has the membership alone", "t|f", [GRANT]],
  ] as const) {
    it(`gets what it lacks, in one transaction on the primary, where it ${what}`, async () => {
      database({ look: `echo '${look}'` });
      await planLogins(moving, progress);
      assert.deepEqual(changes(), [], "a plan changes nothing");
      const { ok, found } = await checkAdministrator(moving);
      assert.deepEqual([ok, found], [true, `to be let by blog-db-2: ${statements.join("; ")}`]);
      await letMakeLogins(moving, progress);
      assert.deepEqual(told, [
        `would let Vault make logins, on blog-db-2: ${statements.join("; ")}`,
        `letting Vault make logins, on blog-db-2: ${statements.join("; ")}`,
      ]);
      const psql = "psql -XAtq --single-transaction -d postgres -v ON_ERROR_STOP=1";
      const words = statements.map((statement) => `-c ${statement}`).join(" ");
      assert.deepEqual(changes(), [
        `--context kind exec blog-db-2 --namespace blog-test --container postgres -- ${psql} ${words}`,
      ]);
    });
  }

  it("is an error that says what did not work where the database refuses", async () => {
    database({ look: "echo 'f|f'", grant: "echo 'role \"app\" does not exist' >&2; exit 3" });
    await assert.rejects(letMakeLogins(moving, progress), {
      kind: "failed",
      message: 'nothing was changed: blog-db-2 does not let Vault make logins: role "app" does not exist',
    });
  });

  it("is a missing part, told before anything is changed, where the database cannot be asked", async () => {
    database({ look: "echo 'cannot create resource pods/exec' >&2; exit 1" });
    const { ok, found, command } = await checkAdministrator(moving);
    assert.equal(ok, false);
    assert.equal(
      found,
      "blog-db-2 does not say whether it lets Vault make logins: cannot create resource pods/exec",
    );
    assert.match(
      command ?? "",
      /^kubectl exec blog-db-2 --namespace blog-test --container postgres -- psql -c 'select 1' /,
    );
  });

  it("is none of the next run's concern where an earlier one has made it: that run may mend the database", async () => {
    database({ look: "exit 1", secret: ADMINISTRATOR });
    await letMakeLogins(moving, progress);
    assert.deepEqual([(await checkAdministrator(moving)).ok, changes()], [true, []]);
  });
});
