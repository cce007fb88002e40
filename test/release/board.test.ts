import assert from "node:assert/strict";
import * as fc from "fast-check";
import { renderBoard } from "../../release/board";
import { html, Markup } from "../../release/board/html";
import { absolute, ago, span } from "../../release/moments";
import type { DeploymentRecord } from "../../release/records";
import { BOARDS, boardOf, HISTORY, NOW } from "../support/board";
import { record } from "../support/history";

/** A page's elements and the names of their attributes, without what any of them holds. */
function skeleton(page: string): string {
  const tag = /<(\/?[a-zA-Z!][^\s>/]*)((?:\s+[\w-]+(?:="[^"]*")?)*)\s*\/?>/g;
  const body = page.replace(/<style>.*?<\/style>/s, "");
  assert.ok(!/[<>]/.test(body.replace(tag, "")), "what is text holds a tag");
  const tags = [...body.matchAll(tag)];
  return tags.map(([, name, attributes]) => `${name}${attributes?.replace(/="[^"]*"/g, "")}`).join("\n");
}

/** What a person reads; elements within a line leave no gap. */
const textOf = (page: string) =>
  page
    .replace(/<style>.*<\/style>/s, "")
    .replace(/<\/?(?:wbr|time)[^>]*>/g, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ");

const pageWith = (more: Partial<DeploymentRecord>) =>
  renderBoard(boardOf([...HISTORY, record(300, "prod", "z", { result: "failed", ...more })], []));

function pageOf(name: string): string {
  const watched = [{ stack: name, environment: "test", soakMinutes: 0 }];
  return renderBoard({ ...boardOf([], [], {}, watched), project: name });
}

describe("the release board", () => {
  for (const [name, board] of Object.entries(BOARDS)) {
    it(`loads nothing and runs nothing (${name})`, () => {
      const page = renderBoard(board);
      assert.ok(!/<script|<iframe|<img|<object|@import|url\(|\son\w+=/i.test(page));
      const addresses = [...page.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, address]) => address);
      assert.ok(
        addresses.every((address) => address === "data:," || address?.startsWith("https://ci.example.com/")),
      );
      assert.match(page, /http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;/);
    });
  }

  it("says of each stack what runs, since when, by whom, and how its database is", () => {
    const text = textOf(renderBoard(BOARDS.usual));
    for (const part of [
      "3 of 3 verified; as of 2026-11-24 18:00 UTC",
      "prod Verified 3 pods run the recorded image 20261121.143055-master-1.4.0 Commit a91be0c447 Digest bbbbbbbbbbbb Since 2 d ago By stagewright, rollback Tested same image upstream Pods 3 of 3 ready Drift none",
      "Database healthy, 3 of 3 Backup 14 h ago Log archive continuous Last drill passed 37 h ago, lost 4 s, back in 2 min",
      "Held 20261124.092214-master-1.4.1 since 5 h ago: smoke failed: GET /: 200 came, without the expected text",
      "Waiting 20261124.151148-master-1.4.1 proved in test 2 h ago, may come now",
    ]) {
      assert.ok(text.includes(part), `${part}\n\n${text}`);
    }
  });

  it("names what needs a look, by stack, and says so when nothing does", () => {
    const text = textOf(renderBoard(BOARDS.bad));
    for (const part of [
      "Needs a look test the cluster cannot be read int 2 images at once: ",
      "the database is not healthy: Waiting for the instances to become active",
      "the database&#39;s log is not archived the last backup failed the last drill: failed prod eeeeeeeeeeee runs",
      "2 drifted resources Environments",
    ]) {
      assert.ok(text.includes(part), `${part}\n\n${text}`);
    }
    assert.ok(textOf(renderBoard(BOARDS.empty)).includes("nothing is deployed yet"));
    assert.ok(textOf(renderBoard(BOARDS.empty)).includes("Nothing needs a look"));
  });

  it("tells none apart from not reachable", () => {
    const none = textOf(renderBoard(BOARDS.empty));
    assert.ok(none.includes("Database none Backup none Log archive none Last drill none"));
    assert.ok(!none.includes("not reachable"));
    assert.ok(textOf(renderBoard(BOARDS.bad)).includes("Database not reachable Backup not reachable"));
  });

  it("has the exact moment of everything that it says in words", () => {
    const page = renderBoard(BOARDS.usual);
    const moments = [...page.matchAll(/<time datetime="([^"]*)"(?: title="([^"]*)")?/g)];
    assert.ok(moments.length > 15);
    for (const [, exact = "", title] of moments) {
      assert.equal(new Date(exact).toISOString(), exact);
      if (title !== undefined) assert.equal(title, absolute(exact));
    }
  });

  it("shows the last 20 deployments, newest first", () => {
    const many = Array.from({ length: 30 }, (_, index) =>
      record(index, "test", "a", { by: `person-${index}.` }),
    );
    const page = renderBoard(boardOf(many.toReversed(), []));
    const people = [...page.matchAll(/<td role="cell">(person-\d+)\./g)].map(([, name]) => name);
    assert.deepEqual(
      people,
      Array.from({ length: 20 }, (_, index) => `person-${29 - index}`),
    );
    assert.ok(page.includes("The last 20 of 30, newest first"));
  });

  it("makes a link of nothing but the address of a page", () => {
    for (const pipeline of [
      "javascript:alert(1)",
      "data:text/html,x",
      "https://",
      "not an address",
      " https://x.example",
    ]) {
      const page = renderBoard(boardOf([record(0, "test", "a", { pipeline })], []));
      assert.ok(!page.includes("<a "), pipeline);
    }
  });

  it("is the same page whatever hostile words people and machines put into a record", () => {
    const hostile = fc.oneof(
      fc.string({ minLength: 1, unit: "binary" }),
      fc.constantFrom(
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "' onmouseover='x",
        "</style><style>*{display:none}",
        "<!-- ",
        "&lt;b&gt;",
        "\u202egnp.exe",
        "\u0000\ud800",
        "-->",
      ),
    );
    const words = fc.record({
      by: hostile,
      reason: hostile,
      failedStep: hostile,
      commit: hostile,
      repository: hostile,
    });
    const tame = skeleton(pageWith({ by: "x", reason: "x", failedStep: "x", commit: "x" }));
    fc.assert(
      fc.property(words, (words) => {
        const found = pageWith(words);
        assert.equal(skeleton(found), tame);
        assert.ok(!/[\p{Cc}\u202a-\u202e]/u.test(found.replaceAll("\n", "")));
      }),
      { numRuns: 200 },
    );
  });

  it("is the same page whatever the stacks and the project are called", () => {
    const tame = skeleton(pageOf("x"));
    for (const name of ['"><b>', "<i>", "a&b", "' x='", "\u2028"]) assert.equal(skeleton(pageOf(name)), tame);
  });

  it("escapes what is no HTML, once, and leaves what is", () => {
    assert.equal(
      html`<b>${"<&\"'>"}</b>${undefined}${3}${[html`<i>${"a"}</i>`]}`.text,
      "<b>&lt;&amp;&quot;&#39;&gt;</b>3<i>a</i>",
    );
    assert.equal(html`${new Markup("<hr>")}`.text, "<hr>");
    assert.equal(html`${"a\u0000b\u202ec\nd"}`.text, "a\ufffdb\ufffdc\ufffdd");
  });
});

describe("a moment in words", () => {
  const cases: [number, string][] = [
    [0, "just now"],
    [59, "just now"],
    [60, "1 min ago"],
    [7199, "119 min ago"],
    [7200, "2 h ago"],
    [172_799, "47 h ago"],
    [172_800, "2 d ago"],
    [-1800, "in 30 min"],
  ];
  for (const [seconds, words] of cases) {
    it(`${seconds} s before is ${words}`, () => {
      assert.equal(ago(new Date(NOW.getTime() - seconds * 1000).toISOString(), NOW), words);
    });
  }

  it("never says more than it is", () => {
    fc.assert(
      fc.property(fc.nat(10_000_000), (seconds) => {
        const [count = "", unit = ""] = span(seconds).split(" ");
        const length = { s: 1, min: 60, h: 3600, d: 86_400 }[unit] ?? 0;
        assert.ok(Number(count) * length <= seconds && (Number(count) + 1) * length > seconds);
      }),
    );
  });
});
