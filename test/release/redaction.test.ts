import assert from "node:assert/strict";
import * as fc from "fast-check";
import { namespaceRedactor, redactor } from "../../release/redaction";
import { hatch, KINDS, Sweep } from "../support/canaries";
import { fakePrograms, type Programs } from "../support/programs";

const canaries = hatch();
const sweep = new Sweep(canaries);

describe("text with secrets hidden", () => {
  const redact = redactor(Object.values(canaries));
  const WAYS: Readonly<Record<string, (value: string) => string>> = {
    plain: (value) => value,
    JSON: (value) => JSON.stringify({ value }),
    "an address": (value) => `postgres://app:${encodeURIComponent(value)}@db/app`,
    base64: (value) => Buffer.from(value).toString("base64"),
  };
  for (const [name, write] of Object.entries(WAYS)) {
    it(`has none of them in ${name}`, () => {
      fc.assert(
        fc.property(fc.constantFrom(...KINDS), fc.string(), (kind, around) => {
          const text = redact(`${around} ${write(canaries[kind].trim())} ${around}`);
          assert.deepEqual(sweep.text(text, "text"), []);
          assert.match(text, /\[secret\]/);
        }),
        { numRuns: 50 },
      );
    });
  }

  it("has no line of one that is several lines long, but its first and last", () => {
    const key = `-----BEGIN X-----\n${canaries["TLS key"]}-----END X-----\n`;
    const shown = redactor([key])(key.split("\n").join("\nlog: ")).split("\n");
    assert.deepEqual(shown.slice(0, 3), ["-----BEGIN X-----", "log: [secret]", "log: [secret]"]);
  });

  it("has the longest hidden first, and signs taken as they are", () => {
    assert.equal(redactor(["abcdef", "abcdef.+x"])("abcdef.+x abcdefghx"), "[secret] [secret]ghx");
  });

  it("is left as it is by short values and by none", () => {
    assert.equal(redactor(["app", ""])("the app"), "the app");
    assert.equal(redactor([])("text"), "text");
  });
});

const hidden = async (text: string) => (await namespaceRedactor({ context: "kind" }, "blog-test"))?.(text);

describe("the Secrets of a namespace", () => {
  let programs: Programs;
  beforeEach(() => void (programs = fakePrograms()));
  afterEach(() => programs.remove());

  function secrets(...items: readonly { type?: string; data: Record<string, string> }[]): void {
    const coded = items.map(({ type = "Opaque", data }) => ({
      type,
      data: Object.fromEntries(
        Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
      ),
    }));
    programs.answer("kubectl", { "": JSON.stringify({ items: coded }) });
  }

  it("are hidden, but for names, addresses and certificates", async () => {
    secrets({
      data: { user: "author-one", host: "blog-db-rw", "ca.crt": "certificate", password: "words-of-old" },
    });
    assert.equal(
      await hidden("author-one at blog-db-rw, certificate, words-of-old"),
      "author-one at blog-db-rw, certificate, [secret]",
    );
  });

  it("are hidden where they are part of an address or of a registry's login", async () => {
    const login = {
      auths: {
        "registry.example.com": { username: "robot-one", password: "words-of-old", auth: "cm9ib3Q6" },
      },
    };
    secrets(
      { data: { uri: ["postgres://app:", "hunter3@db/app"].join("") } },
      { data: { ".dockerconfigjson": JSON.stringify(login) } },
    );
    assert.equal(
      await hidden("hunter3, words-of-old of robot-one, cm9ib3Q6"),
      "[secret], [secret] of robot-one, [secret]",
    );
  });

  it("are not looked for in what Helm keeps, nor in what only begins like JSON", async () => {
    secrets(
      { type: "helm.sh/release.v1", data: { release: "words of Helm" } },
      { data: { half: "{halfway" } },
    );
    assert.equal(await hidden("words of Helm {halfway"), "words of Helm [secret]");
  });

  it("hide nothing where they cannot be read: then there is no way to hide them", async () => {
    assert.equal(await namespaceRedactor({}, "blog-test"), undefined);
  });
});
