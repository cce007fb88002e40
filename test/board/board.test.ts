import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { after, before, describe, it } from "mocha";
import type { Browser } from "playwright-core";
import { renderBoard } from "../../release/board";
import { BOARDS, LONG_BOARD } from "../support/board";
import { browserPath, missingForBoard, endUnlessThere } from "../support/parts";

/** What `inspect.js` finds on a page. */
interface Inspection {
  readonly contrasts: readonly { readonly element: string; readonly ratio: number }[];
  readonly tooWide: readonly string[];
  readonly cutOff: readonly string[];
  readonly scrollWidth: number;
  readonly headings: readonly number[];
  readonly cards: readonly {
    readonly name: string;
    readonly shown: boolean;
    readonly left: number;
    readonly top: number;
  }[];
  readonly moments: readonly string[];
  readonly cellsWithoutRole: readonly string[];
  readonly background: string;
  readonly smallest: number;
}

const INSPECT = readFileSync(join(__dirname, "inspect.js"), "utf8");
const WIDTHS = [360, 390, 1280];
const SCHEMES = ["light", "dark"] as const;

describe("the release board in a browser", () => {
  let browser: Browser;
  let folder = "";

  before(async () => {
    const missing = await missingForBoard();
    endUnlessThere("test:board", missing);
    folder = mkdtempSync(join(tmpdir(), "board-"));
    const { chromium } = await import("playwright-core");
    // Chromium refuses root its sandbox; the page is our own.
    const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
    browser = await chromium.launch({ executablePath: browserPath() ?? "", args });
  });
  after(async () => {
    await browser?.close();
    if (folder !== "") rmSync(folder, { recursive: true });
  });

  const boards = { ...BOARDS, "long words": LONG_BOARD };
  for (const [name, board] of Object.entries(boards)) {
    for (const width of WIDTHS) {
      for (const colorScheme of SCHEMES) {
        describe(`${name}, ${width} px, ${colorScheme}`, () => {
          const complaints: string[] = [];
          const requests: string[] = [];
          let found: Inspection;
          let printed: Inspection;

          before(async () => {
            const file = join(folder, "board.html");
            writeFileSync(file, renderBoard(board));
            const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
            page.on("console", (message) => complaints.push(message.text()));
            page.on("pageerror", (error) => complaints.push(error.message));
            page.on("request", (request) => requests.push(request.url()));
            await page.goto(pathToFileURL(file).href);
            for (const summary of await page.locator("summary").all()) await summary.click();
            found = await page.evaluate<Inspection>(INSPECT);
            await page.emulateMedia({ media: "print" });
            printed = await page.evaluate<Inspection>(INSPECT);
            await page.close();
          });

          it("loads nothing else, and nothing is complained of", () => {
            assert.deepEqual(requests, [pathToFileURL(join(folder, "board.html")).href]);
            assert.deepEqual(complaints, []);
          });

          it("fits, with nothing cut off, on the screen and on paper", () => {
            for (const { scrollWidth, tooWide, cutOff } of [found, printed]) {
              assert.deepEqual([tooWide, cutOff], [[], []]);
              assert.ok(scrollWidth <= width, `${scrollWidth} px`);
            }
          });

          it("can be read: contrast of 4.5 at least, letters of 12 px at least", () => {
            for (const { contrasts } of [found, printed]) {
              assert.ok(contrasts.length > 10);
              assert.deepEqual(
                contrasts.filter(({ ratio }) => ratio < 4.5),
                [],
              );
            }
            assert.ok(found.smallest >= 12, `${found.smallest} px`);
          });

          it(`is ${colorScheme}`, () => {
            const [red = 0] = (found.background.match(/\d+/g) ?? []).map(Number);
            assert.equal(red > 128, colorScheme === "light", found.background);
          });

          it("has one first heading, and leaves no level out", () => {
            const { headings } = found;
            assert.equal(headings.filter((level) => level === 1).length, 1);
            assert.equal(headings[0], 1);
            for (const [index, level] of headings.slice(1).entries())
              assert.ok(level <= (headings[index] ?? 0) + 1);
          });

          it("shows every stack, in order: side by side where there is room, else below each other", () => {
            assert.deepEqual(
              found.cards.map(({ name }) => name),
              board.views.map(({ status }) => status.stack),
            );
            assert.ok(found.cards.every(({ shown }) => shown));
            const tops = new Set(found.cards.map(({ top }) => top));
            assert.equal(tops.size, width < 700 ? found.cards.length : 1);
          });

          it("lists deployments newest first, as a table that stays one", () => {
            assert.deepEqual(found.moments, found.moments.toSorted().toReversed());
            assert.equal(found.moments.length, Math.min(20, board.records.length));
            assert.deepEqual(found.cellsWithoutRole, []);
          });
        });
      }
    }
  }
});
