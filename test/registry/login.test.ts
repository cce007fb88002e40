import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf } from "../../adapters/registry";
import { copyImage } from "../../release/copy-image";
import { signImage, verifySignature } from "../../release/sign";
import { tagImage } from "../../release/tag-image";
import { pushImage, type Registry, startCraneRegistry, startDockerRegistry } from "../support/registries";
import { requireParts } from "./require-parts";
import { type KeyPair, makeKeyPair } from "./signing-keys";

requireParts();

const progress = { step: () => undefined, warn: () => undefined };
/** A line of htpasswd for the login below. */
const USERS = "robot:$2b$05$abcdefghijklmnopqrstuuh6vlx8EGBpVnlhK8aZDE.HORtD3Hyy6\n";
const LOGIN = Buffer.from("robot:password-of-the-test").toString("base64");

describe("a registry that wants a login", () => {
  const outside = process.env["DOCKER_CONFIG"];
  let [source, target]: Registry[] = [];
  let keys: KeyPair;
  let [folder, digest] = ["", ""];
  before(async () => {
    [source, target, keys] = await Promise.all([
      startCraneRegistry(),
      startDockerRegistry(USERS),
      makeKeyPair(),
    ]);
    folder = mkdtempSync(join(tmpdir(), "docker-config-"));
    process.env["DOCKER_CONFIG"] = folder;
    digest = await pushImage(`${source.address}/blog`, [{ data: "data" }]);
  });
  after(async () => {
    if (outside === undefined) delete process.env["DOCKER_CONFIG"];
    else process.env["DOCKER_CONFIG"] = outside;
    await Promise.all([source?.stop(), target?.stop()]);
    keys.remove();
    rmSync(folder, { recursive: true });
  });
  const copy = () =>
    copyImage({ from: `${source?.address}/blog`, digest, to: `${target?.address}/blog`, progress });

  it("is an error that names the command, and not an absent image", async () => {
    for (const work of [copy, () => digestOf(`${target?.address}/blog:x`)]) {
      await assert.rejects(work, (error: Error) => {
        assert.match(error.message, /refuses: .*UNAUTHORIZED|refuses: .*401/);
        assert.ok(error.message.endsWith(`\n  log in: docker login ${target?.address}`), error.message);
        return true;
      });
    }
  });

  it("is copied to, tagged and signed with the login of Docker's configuration", async () => {
    const auths = { [target?.address ?? ""]: { auth: LOGIN } };
    writeFileSync(join(folder, "config.json"), JSON.stringify({ auths }));
    const repository = `${target?.address}/blog`;
    await copy();
    await tagImage({ repository, digest, version: "1.0.0", stack: "int", progress });
    await signImage(`${repository}@${digest}`, keys);
    await verifySignature(`${repository}@${digest}`, keys);
    assert.equal(await digestOf(`${repository}:int`), digest);
  });
});
