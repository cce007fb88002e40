import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ReleaseError } from "../../../release/errors";
import { checkSecrets } from "../../../release/secrets/check";
import { Passphrase } from "../../support/passphrase";

// Put together, so that this file itself has nothing to find.
const PASSWORD = ["tr0ub4dor", "3x"].join("-");
const TOKEN = ["ghp", "aB3dE5gH7jK9mN2pQ4".repeat(2)].join("_");

describe("a look at a project's secrets", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "secrets-"));
    write("Pulumi.yaml", "name: stagewright\n");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(file: string, content: string | Buffer): void {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), content);
  }
  function track(): void {
    execFileSync("git", ["init", "-q"], { cwd: folder });
    execFileSync("git", ["add", "--all"], { cwd: folder });
  }
  async function found(): Promise<string[]> {
    const { findings } = await checkSecrets(folder, {});
    const said = findings.map(
      ({ file, line, what, command }) => `${file}:${line ?? ""} ${what} | ${command}`,
    );
    assert.ok(!said.join().includes(PASSWORD) && !said.join().includes(TOKEN), "a value was told");
    return said;
  }
  const stackFile = (...lines: string[]) =>
    write("Pulumi.test.yaml", ["secretsprovider: awskms://k", "config:", ...lines, ""].join("\n"));

  it("tells each stack's environment, provider and variables, by name", async () => {
    write("Pulumi.test.yaml", `encryptionsalt: ${new Passphrase("words").salt}\nconfig: {}\n`);
    write("Pulumi.review.yaml", "config:\n  stagewright:environment: test\n");
    write("Pulumi.prod.yaml", "secretsprovider: hashivault://prod\nencryptedkey: abc\n");
    const { stacks } = await checkSecrets(folder, { PULUMI_CONFIG_PASSPHRASE: "words", VAULT_ADDR: "x" });
    const told = stacks.map(({ stack, environment, provider, address, needs, opens }) => [
      stack,
      environment,
      provider,
      address,
      needs.map(({ ready }) => ready),
      opens,
    ]);
    assert.deepEqual(told, [
      ["prod", "prod", "Vault's transit engine", "hashivault://prod", [true, false], undefined],
      ["review", "test", "passphrase", "default", [true], undefined],
      ["test", "test", "passphrase", "passphrase", [true], true],
    ]);
  });

  it("knows Pulumi Cloud by the backend", async () => {
    write("Pulumi.test.yaml", "config: {}\n");
    const url = { PULUMI_BACKEND_URL: "https://api.pulumi.com" };
    assert.equal((await checkSecrets(folder, url)).stacks[0]?.provider, "Pulumi Cloud");
    write("Pulumi.yaml", "name: stagewright\nbackend:\n  url: https://pulumi.example.com\n");
    assert.equal((await checkSecrets(folder, {})).stacks[0]?.provider, "Pulumi Cloud");
  });

  it("says that a passphrase at hand is another stack's", async () => {
    write("Pulumi.test.yaml", `encryptionsalt: ${new Passphrase("words").salt}\n`);
    const { stacks } = await checkSecrets(folder, { PULUMI_CONFIG_PASSPHRASE: "other" });
    assert.equal(stacks[0]?.opens, false);
  });

  it("reads the passphrase from its file, as the engine does", async () => {
    write("Pulumi.test.yaml", `encryptionsalt: ${new Passphrase("words").salt}\n`);
    write("phrase", " words\n");
    for (const [file, opens] of [
      ["phrase", true],
      ["none", undefined],
    ] as const) {
      const { stacks } = await checkSecrets(folder, { PULUMI_CONFIG_PASSPHRASE_FILE: join(folder, file) });
      assert.equal(stacks[0]?.opens, opens);
    }
  });

  it("finds plain values of a stack file that are named like secrets or look like them, with line and command", async () => {
    stackFile(
      "  stagewright:application:",
      "    env:",
      `      DB_PASSWORD: ${PASSWORD}`,
      `      GREETING: ${TOKEN}`,
      "      LOG_LEVEL: debug",
      "    imagePullSecrets: [registry-login]",
      "  stagewright:secrets:",
      "    application:",
      "      signing-secret: plain words",
      "      encrypted: {secure: v1:abc:def}",
      '      open: ""',
      "  aws:secretKey: ${AWS_SECRET}",
      "  vault:token: words",
    );
    assert.deepEqual(await found(), [
      "Pulumi.test.yaml:5 application.env.DB_PASSWORD is in plain text and looks like a secret | " +
        "pulumi config set --stack test --secret --path secrets.application.db-password && " +
        "pulumi config rm --stack test --path application.env.DB_PASSWORD",
      "Pulumi.test.yaml:6 application.env.GREETING is in plain text and looks like a secret | " +
        "pulumi config set --stack test --secret --path secrets.application.greeting && " +
        "pulumi config rm --stack test --path application.env.GREETING",
      "Pulumi.test.yaml:11 secrets.application.signing-secret is in plain text and looks like a secret | " +
        "pulumi config set --stack test --secret --path secrets.application.signing-secret",
      "Pulumi.test.yaml:15 vault:token is in plain text and looks like a secret | " +
        "pulumi config set --stack test --secret --path vault:token",
    ]);
  });

  it("finds secrets in the files that git tracks, and there alone", async () => {
    write("src/client.ts", `// first\nconst token = "${TOKEN}";\n`);
    write(".env", `A=1\nDB_PASSWORD=${PASSWORD}\n`);
    write("package-lock.json", `{"password": "${PASSWORD}"}`);
    write("picture.png", Buffer.concat([Buffer.from([0]), Buffer.from(TOKEN)]));
    write("ümlaut name.txt", TOKEN);
    track();
    write("untracked.txt", TOKEN);
    assert.deepEqual(await found(), [
      ".env:2 a value that is named like a secret, DB_PASSWORD | pulumi config set --stack STACK --secret " +
        "--path secrets.application.db-password && git rm --cached .env",
      "src/client.ts:2 a GitHub token | pulumi config set --stack STACK --secret --path secrets.application.name",
      "ümlaut name.txt:1 a GitHub token | pulumi config set --stack STACK --secret --path secrets.application.name",
    ]);
  });

  it("passes over a tracked file that is not there any more", async () => {
    write("gone.txt", TOKEN);
    track();
    rmSync(join(folder, "gone.txt"));
    assert.deepEqual(await found(), []);
  });

  it("says where there is no git checkout", async () => {
    assert.equal((await checkSecrets(folder, {})).treeScanned, false);
    track();
    assert.equal((await checkSecrets(folder, {})).treeScanned, true);
  });

  it("finds a provider that is none", async () => {
    write("Pulumi.test.yaml", "secretsprovider: hashivalt://key\n");
    assert.match(
      (await found()).join(),
      /^Pulumi.test.yaml: "hashivalt:\/\/key" is no secrets provider \| in /,
    );
  });

  it("is refused outside a project", async () => {
    rmSync(join(folder, "Pulumi.yaml"));
    await assert.rejects(
      checkSecrets(folder, {}),
      (error) => error instanceof ReleaseError && error.kind === "usage",
    );
  });
});

describe("this repository", () => {
  it("keeps no secret in plain text", async () => {
    assert.deepEqual((await checkSecrets(process.cwd(), {})).findings, []);
  });
});
