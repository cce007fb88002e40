import assert from "node:assert/strict";
import { describeMistakes } from "../../environments/mistakes";
import { resolveStack } from "../../environments/resolve";

const repository = "registry.example.com/blog";
const digest = `sha256:${"a".repeat(64)}`;
const built = { image: { repository } };
const promoted = {
  image: { repository, digest },
  application: { host: "blog.example.com" },
  gateway: { name: "public", namespace: "gateway" },
};

interface Case {
  readonly title: string;
  readonly stack: string;
  readonly release: unknown;
  /** Path, what is expected, and the command, of every mistake. */
  readonly told: readonly (readonly [path: string, expected: string, mend: string])[];
}

const set = (stack: string, path: string, value: string) =>
  `pulumi config set --stack ${stack} --path ${path} ${value}`;
const remove = (stack: string, path: string) => `pulumi config rm --stack ${stack} --path ${path}`;

const TABLE: readonly Case[] = [
  {
    title: "a stack that proves images for itself",
    stack: "int",
    release: { from: "int" },
    told: [["release.from", "another stack: none proves images for itself", remove("int", "release.from")]],
  },
  {
    title: "a stack that builds and takes at once",
    stack: "test",
    release: { from: "int" },
    told: [["release.from", "nothing: environment test builds its image", remove("test", "release.from")]],
  },
  {
    title: "a key and an identity",
    stack: "test",
    release: { signing: { key: "cosign.pub", identity: "ci@example.com", issuer: "https://ci.example.com" } },
    told: [
      [
        "release.signing.identity",
        "nothing, as release.signing.key is given",
        remove("test", "release.signing.identity"),
      ],
      [
        "release.signing.issuer",
        "nothing, as release.signing.key is given",
        remove("test", "release.signing.issuer"),
      ],
    ],
  },
  {
    title: "an identity that nobody vouches for",
    stack: "test",
    release: { signing: { identity: "ci@example.com" } },
    told: [
      [
        "release.signing.issuer",
        "a value, as an identity counts only with its issuer",
        set("test", "release.signing.issuer", "https://gitlab.example.com"),
      ],
    ],
  },
  {
    title: "signing by nobody",
    stack: "test",
    release: { signing: {} },
    told: [
      [
        "release.signing",
        "a key, or an identity and its issuer",
        set("test", "release.signing.key", "cosign.pub"),
      ],
    ],
  },
  {
    title: "a folder without a command, a status that is none and a wait without an end, all at once",
    stack: "test",
    release: {
      soakMinutes: 1_000_000,
      smoke: { directory: "smoke", checks: [{ path: "/", status: 99 }] },
      rollback: "sometimes",
    },
    told: [
      ["release.soakMinutes", "a whole number from 0 to 10080", set("test", "release.soakMinutes", "60")],
      [
        "release.smoke.checks[0].status",
        "a whole number from 100 to 599",
        set("test", "'release.smoke.checks[0].status'", "200"),
      ],
      ["release.rollback", "automatic or manual", set("test", "release.rollback", "automatic")],
      [
        "release.smoke.directory",
        "nothing, as there is no command to run in it",
        remove("test", "release.smoke.directory"),
      ],
    ],
  },
  {
    title: "a check without a path",
    stack: "int",
    release: { smoke: { checks: [{ status: 200 }] } },
    told: [
      [
        "release.smoke.checks[0].path",
        "a path that begins with /",
        set("int", "'release.smoke.checks[0].path'", "/"),
      ],
    ],
  },
];

describe("the mistakes in how an image comes to a stack", () => {
  for (const { title, stack, release, told } of TABLE) {
    it(`tells ${title}`, () => {
      const resolution = resolveStack(stack, { ...(stack === "test" ? built : promoted), release });
      assert.ok("mistakes" in resolution);
      assert.deepEqual(
        resolution.mistakes.map(({ path, expected, command }) => [path, expected, command]),
        told,
        describeMistakes(stack, resolution.mistakes),
      );
    });
  }
});
