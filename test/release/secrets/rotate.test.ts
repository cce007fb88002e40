import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { ReleaseError } from "../../../release/errors";
import { type Rotation, rotateSecrets } from "../../../release/secrets/rotate";
import { hatch, Sweep } from "../../support/canaries";
import { fakePrograms, type Programs } from "../../support/programs";

const canaries = hatch();
const sweep = new Sweep(canaries);
const BEFORE = "encryptionsalt: v1:old:v1:a:b\nconfig:\n  stagewright:x:\n    secure: v1:old:old\n";
const AFTER =
  "secretsprovider: hashivault://key\nencryptedkey: new\nconfig:\n  stagewright:x:\n    secure: v1:new:new\n";
const VAULT = { VAULT_ADDR: "http://127.0.0.1:8200", VAULT_TOKEN: canaries["Vault value"] };

/**
 * An engine of a few lines: the stack is whatever Pulumi.test.yaml holds, the state whatever state.now holds, and both
 * decrypt to `plain`; `change` is what it does when the provider is to change.
 */
describe("a rotation", () => {
  const before = process.env["PULUMI_CONFIG_PASSPHRASE"];
  let programs: Programs;
  let folder = "";
  const told: string[] = [];

  beforeEach(() => {
    programs = fakePrograms("cat", "cp", "grep", "mv", "rm", "touch");
    ({ folder } = programs);
    told.length = 0;
    programs.put("Pulumi.yaml", "name: stagewright\n");
    programs.put("Pulumi.test.yaml", BEFORE);
    programs.put("after.yaml", AFTER);
    programs.put(
      "state.now",
      JSON.stringify({ deployment: { resources: [{ urn: "a", secret: "v1:old" }] } }),
    );
    programs.put(
      "state.plain",
      JSON.stringify({ deployment: { resources: [{ urn: "a", secret: canaries["stack secret"] }] } }),
    );
    programs.put(
      "config.plain",
      JSON.stringify({ "stagewright:x": { value: canaries["TLS key"], secret: true } }),
    );
    engine("cp after.yaml Pulumi.test.yaml; echo '{\"deployment\":{}}' > state.now");
  });
  afterEach(() => {
    programs.remove();
    if (before === undefined) delete process.env["PULUMI_CONFIG_PASSPHRASE"];
    else process.env["PULUMI_CONFIG_PASSPHRASE"] = before;
  });

  const read = (file: string) => readFileSync(join(folder, file), "utf8");
  function engine(change: string, showSecrets = ":"): void {
    const script = [
      'case "$*" in',
      `config*--show-secrets*) ${showSecrets}; cat config.plain;;`,
      "*export*--show-secrets*) cat state.plain;;",
      "*export*) cat state.now;;",
      `*change-secrets-provider*) ${change};;`,
      '*import*) while [ "$1" != --file ]; do shift; done; cp "$2" state.now;;',
      "*) exit 9;;",
      "esac",
    ];
    programs.write("pulumi", script.join("\n"));
  }
  const progress = {
    step: (text: string) => void told.push(text),
    warn: (text: string) => void told.push(text),
  };
  const rotate = (to: string, given: Record<string, string> = VAULT): Promise<Rotation> =>
    rotateSecrets(folder, "test", to, progress, given);
  async function refusal(to: string, given?: Record<string, string>): Promise<ReleaseError> {
    const error: unknown = await rotate(to, given).then(
      () => assert.fail("it was not refused"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ReleaseError, String(error));
    return error;
  }
  const calls = () => programs.calls("pulumi");
  const imports = () => calls().filter((call) => call.includes("stack import"));

  it("leaves the stack under the new provider, and the stack as it was in a folder for this user alone", async () => {
    const rotation = await rotate("hashivault://key");
    assert.equal(read("Pulumi.test.yaml"), AFTER);
    assert.deepEqual(
      { ...rotation, backup: "" },
      { stack: "test", from: "passphrase", to: "hashivault://key", backup: "" },
    );
    const kept = join(folder, rotation.backup);
    assert.equal(statSync(kept).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(kept).toSorted(), ["Pulumi.test.yaml", "state.json"]);
    for (const file of readdirSync(kept)) assert.equal(statSync(join(kept, file)).mode & 0o777, 0o600);
    assert.equal(read(join(rotation.backup, "Pulumi.test.yaml")), BEFORE);
    assert.match(read(join(rotation.backup, "state.json")), /v1:old/);
    assert.equal(read("state/secrets-backups/.gitignore"), "*\n");
  });

  it("neither tells, keeps nor passes on a value in its words", async () => {
    const rotation = await rotate("hashivault://key");
    assert.deepEqual(sweep.text(JSON.stringify([rotation, told, calls()]), "said"), []);
    assert.deepEqual(sweep.folder(join(folder, "state")), []);
  });

  const FAILURES: readonly (readonly [name: string, change: string, why: RegExp])[] = [
    [
      "the engine fails",
      "cp after.yaml Pulumi.test.yaml; echo 'error: no key' >&2; exit 255",
      /error: no key/,
    ],
    [
      "a value changed",
      "cp after.yaml Pulumi.test.yaml; mv config.plain was; echo '{}' > config.plain",
      /does not decrypt to what it was/,
    ],
    [
      "nothing can be read any more",
      "cp after.yaml Pulumi.test.yaml; touch locked",
      /cannot be decrypted any more: locked/,
    ],
    ["the file still has the old key", ":", /still has the key it had/],
  ];
  for (const [name, change, why] of FAILURES) {
    it(`puts everything back where ${name}`, async () => {
      // What was broken is whole again once the old file is back.
      const heal = "grep -q old Pulumi.test.yaml && { rm -f locked; [ ! -e was ] || mv was config.plain; }";
      engine(change, `${heal}; [ ! -e locked ] || { echo locked >&2; exit 1; }`);
      const { kind, message } = await refusal("hashivault://key");
      assert.equal(kind, "failed");
      assert.match(message, why);
      assert.match(
        message,
        /everything was put back as it was; the backup is in state\/secrets-backups\/test-/,
      );
      assert.equal(read("Pulumi.test.yaml"), BEFORE);
      assert.match(read("state.now"), /v1:old/);
      assert.deepEqual(sweep.text(message, "message"), []);
    });
  }

  describe("that fails while another run has changed resources", () => {
    const OLD = { salt: "old" };
    const resource = { urn: "a", modified: "2026-11-28T10:00:00Z" };
    const RUNS: readonly (readonly [name: string, state: object])[] = [
      ["made one", { resources: [resource, { urn: "b" }] }],
      ["changed one", { resources: [{ ...resource, modified: "2026-11-28T11:00:00Z" }] }],
      ["deleted one", { resources: [] }],
      [
        "begun one",
        { resources: [resource], pending_operations: [{ type: "creating", resource: { urn: "b" } }] },
      ],
    ];
    /** An engine whose state is another one once the provider has changed, as is what it decrypts to. */
    function meanwhile(state: object, exitCode: number): void {
      programs.put(
        "state.now",
        JSON.stringify({ deployment: { secrets_providers: OLD, resources: [resource] } }),
      );
      programs.put("state.later", JSON.stringify({ deployment: state }));
      const decrypts = "cp state.later state.plain; cp state.later state.now";
      engine(`cp after.yaml Pulumi.test.yaml; ${decrypts}; echo 'error: locked' >&2; exit ${exitCode}`);
    }

    for (const [name, state] of RUNS) {
      it(`puts nothing back where it has ${name} and all is under the new key, and says so`, async () => {
        meanwhile({ ...state, secrets_providers: { salt: "new" } }, 0);
        const { kind, message } = await refusal("hashivault://key");
        assert.equal(kind, "failed");
        assert.match(
          message,
          /does not decrypt to what it was\nnothing was put back: another run, .*: stagewright preview --stack test; the backup is in state\/secrets-backups\/test-/,
        );
        assert.deepEqual(imports(), []);
        assert.equal(read("Pulumi.test.yaml"), AFTER);
      });

      it(`puts back the file alone where it has ${name} and the state has its old key`, async () => {
        meanwhile({ ...state, secrets_providers: OLD }, 255);
        const { message } = await refusal("hashivault://key");
        assert.match(
          message,
          /were not changed .*: error: locked\nits file was put back, its state was left .*run this again/,
        );
        assert.deepEqual(imports(), []);
        assert.equal(read("Pulumi.test.yaml"), BEFORE);
      });
    }

    it("is another matter where nothing but the encryption changed: then all is put back", async () => {
      const secret = { ciphertext: "v1:new" };
      meanwhile(
        { secrets_providers: { salt: "new" }, resources: [{ ...resource, outputs: { secret } }] },
        255,
      );
      await refusal("hashivault://key");
      assert.equal(imports().length, 1);
      assert.equal(read("Pulumi.test.yaml"), BEFORE);
      assert.match(read("state.now"), /"salt":"old"/);
    });

    it("imports nothing where the state cannot be read again", async () => {
      engine("cp after.yaml Pulumi.test.yaml; rm state.now; exit 255");
      const { message } = await refusal("hashivault://key");
      assert.match(message, /could not be put back \(.*state\.now.*\); where no other run .*, by hand: cp /);
      assert.deepEqual(imports(), []);
      assert.equal(read("Pulumi.test.yaml"), BEFORE);
    });
  });

  it("names the commands that put it back by hand where it could not", async () => {
    engine("cp after.yaml Pulumi.test.yaml; touch locked; exit 1", "[ ! -e locked ] || exit 1");
    const { message } = await refusal("hashivault://key");
    const folderName = /state\/secrets-backups\/test-\w+/.exec(message)?.[0] ?? "none";
    assert.ok(
      message.includes(
        `by hand: cp ${folderName}/Pulumi.test.yaml Pulumi.test.yaml && ` +
          `pulumi stack import --stack test --file ${folderName}/state.json`,
      ),
      message,
    );
  });

  it("changes nothing where the stack cannot be read as it is", async () => {
    engine("exit 9", "echo 'incorrect passphrase' >&2; exit 1");
    const { message } = await refusal("hashivault://key");
    assert.match(message, /nothing was changed: incorrect passphrase/);
    assert.ok(!existsSync(join(folder, "state")));
  });

  it("gives the engine a new passphrase to read, never in its words", async () => {
    engine("cp after.yaml Pulumi.test.yaml; cat > input");
    process.env["PULUMI_CONFIG_PASSPHRASE"] = "old";
    const phrase = canaries["build secret"];
    const given = { PULUMI_CONFIG_PASSPHRASE: "old", STAGEWRIGHT_NEW_PASSPHRASE: phrase };
    await rotate("passphrase", given);
    assert.equal(read("input"), `${phrase}\n`);
    assert.deepEqual(sweep.text(calls().join("\n"), "calls"), []);
  });

  const REFUSED: readonly (readonly [
    name: string,
    to: string,
    given: Record<string, string>,
    kind: string,
    message: RegExp,
  ])[] = [
    [
      "a provider that is none",
      "vault://key",
      VAULT,
      "usage",
      /"vault:\/\/key" is no secrets provider; --to takes /,
    ],
    [
      "a provider without its address",
      "hashivault://key",
      {},
      "part missing",
      /its address from VAULT_SERVER_URL or VAULT_ADDR; set it/,
    ],
    [
      "a provider without its token",
      "hashivault://key",
      { VAULT_ADDR: "x" },
      "part missing",
      /its token from VAULT_SERVER_TOKEN or VAULT_TOKEN/,
    ],
    [
      "a variable that overrides the provider",
      "hashivault://key",
      { ...VAULT, PULUMI_CLOUD_SECRET_OVERRIDE: "x" },
      "usage",
      /unset PULUMI_CLOUD_SECRET_OVERRIDE/,
    ],
    [
      "an engine that would log it",
      "hashivault://key",
      { ...VAULT, PULUMI_OPTION_VERBOSE: "9" },
      "usage",
      /PULUMI_OPTION_VERBOSE is set: .*; first: unset PULUMI_OPTION_VERBOSE/,
    ],
    [
      "a passphrase without a new one",
      "passphrase",
      { PULUMI_CONFIG_PASSPHRASE: "a" },
      "usage",
      /STAGEWRIGHT_NEW_PASSPHRASE is not set/,
    ],
    [
      "the passphrase that it has",
      "passphrase",
      { PULUMI_CONFIG_PASSPHRASE: "a", STAGEWRIGHT_NEW_PASSPHRASE: "a" },
      "usage",
      /is the passphrase it has/,
    ],
  ];
  for (const [name, to, given, kind, message] of REFUSED) {
    it(`is refused before anything is read: ${name}`, async () => {
      const error = await refusal(to, given);
      assert.equal(error.kind, kind);
      assert.match(error.message, message);
      assert.deepEqual(calls(), []);
    });
  }

  it("is refused for a stack that has no file", async () => {
    rmSync(join(folder, "Pulumi.test.yaml"));
    assert.match((await refusal("hashivault://key")).message, /there is no Pulumi.test.yaml here/);
  });
});
