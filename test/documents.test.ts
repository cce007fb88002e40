import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const root = join(__dirname, "..");
const markdownIn = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name));
const files = ["README.md", "CHANGELOG.md", "examples/blog/README.md", ...markdownIn("docs")];

const read = (file: string) => readFileSync(join(root, file), "utf8");
const prose = (file: string) => read(file).replace(/^```[\s\S]*?^```$/gm, "");

/** The anchors of a document, as GitHub and GitLab make them of its headings. */
function anchorsOf(file: string): string[] {
  return [...prose(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function leadsNowhere(file: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? file : join(dirname(file), path);
  if (!existsSync(join(root, target))) return true;
  return anchor !== undefined && !anchorsOf(target).includes(anchor);
}

describe("the documents", () => {
  for (const file of files) {
    it(`${file}: each link of it leads somewhere`, () => {
      const links = [...prose(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
      const own = links.filter((link) => !/^https?:/.test(link));
      assert.deepEqual(
        own.filter((link) => leadsNowhere(file, link)),
        [],
      );
    });
  }

  it("name no script of npm that is not there", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const named = files.flatMap((file) =>
      [...read(file).matchAll(/npm run ([a-z0-9:-]+)/g)].map(([, script = ""]) => ({ file, script })),
    );
    assert.ok(named.length > 20);
    assert.deepEqual(
      named.filter(({ script }) => !Object.hasOwn(scripts, script)),
      [],
    );
  });
});
