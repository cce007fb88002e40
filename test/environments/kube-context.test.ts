import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { currentContext } from "../../environments/kube-context";

const contextOf = (...files: string[]) => currentContext({ KUBECONFIG: files.join(delimiter) });

describe("the current context", () => {
  let folder = "";
  const home = process.env["HOME"];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "kube-context-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    if (home === undefined) delete process.env["HOME"];
    else process.env["HOME"] = home;
  });

  function file(name: string, content: string): string {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  }
  const naming = (name: string, context: string) => file(name, `kind: Config\ncurrent-context: ${context}\n`);

  it("is the one of the file that KUBECONFIG names", () => {
    assert.equal(contextOf(naming("one", "kind")), "kind");
  });

  it("is that of the first of several files that names one", () => {
    const silent = file("silent", "kind: Config\ncontexts: []\n");
    const [one, two] = [naming("one", "first"), naming("two", "second")];
    assert.equal(contextOf(one, two), "first");
    assert.equal(contextOf(two, one), "second");
    assert.equal(contextOf(silent, two), "second");
  });

  it("passes over files that are missing or empty, and empty entries", () => {
    const one = naming("one", "kind");
    assert.equal(contextOf(join(folder, "missing"), "", file("empty", ""), one), "kind");
  });

  it("is unknown where no file names one", () => {
    assert.equal(contextOf(join(folder, "missing")), undefined);
    assert.equal(contextOf(file("silent", "kind: Config\n")), undefined);
    assert.equal(contextOf(file("unset", 'current-context: ""\n')), undefined);
  });

  it("is read from the home folder where KUBECONFIG is not set, or empty", () => {
    process.env["HOME"] = folder;
    assert.equal(homedir(), folder);
    mkdirSync(join(folder, ".kube"));
    naming(join(".kube", "config"), "home");
    assert.equal(currentContext({}), "home");
    assert.equal(currentContext({ KUBECONFIG: "" }), "home");
  });
});
