import { attention } from "./board/attention";
import { deploymentsTable } from "./board/deployments";
import { html, Markup } from "./board/html";
import { fact, mark } from "./board/pieces";
import { stackCard, type StackView, toneOf } from "./board/stack-card";
import { STYLE } from "./board/style";
import { absolute } from "./moments";
import type { DeploymentRecord } from "./records";
import { isVerified } from "./status";

/** Everything that the release board shows. */
export interface Board {
  /** Name of the project. */
  readonly project: string;
  readonly at: Date;
  readonly views: readonly StackView[];
  readonly records: readonly DeploymentRecord[];
}

/** Only what the page holds itself: nothing is loaded, and nothing runs. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The release board as one page of HTML. */
export function renderBoard(board: Board): string {
  const { project, at, views, records } = board;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="color-scheme" content="light dark" />
        <title>${project}: release board</title>
        <link rel="icon" href="data:," />
        <style>
          ${new Markup(STYLE)}
        </style>
      </head>
      <body>
        <div class="page">
          <header class="top">
            <h1>${project} <span class="aside">release board</span></h1>
            <p class="aside">
              ${summary(views)}; as of
              <time datetime="${at.toISOString()}">${absolute(at.toISOString())}</time>
            </p>
          </header>
          <main>
            ${notice(views)}
            <section aria-labelledby="stacks">
              <h2 id="stacks">Environments</h2>
              ${stacks(views, at)}
            </section>
            <section aria-labelledby="deployments">
              <h2 id="deployments">Recent deployments</h2>
              ${deploymentsTable(records, at)}
            </section>
          </main>
          <footer class="aside">
            Verified means that the pods run the very image that the ledger's last good deployment names.
          </footer>
        </div>
      </body>
    </html> `;
  return page.text;
}

function summary(views: readonly StackView[]): string {
  const deployed = views.filter(({ status }) => status.verdict.state !== "not deployed");
  if (deployed.length === 0) return "nothing is deployed yet";
  return `${deployed.filter(({ status }) => isVerified(status)).length} of ${deployed.length} verified`;
}

function notice(views: readonly StackView[]): Markup {
  const found = attention(views);
  if (found.length === 0) {
    return html`<div class="notice good"><h2>${mark("good")}Nothing needs a look</h2></div>`;
  }
  const tone = views.some(({ status }) => toneOf(status.verdict) === "bad") ? "bad" : "warn";
  const facts = found.map(({ stack, lines }) =>
    fact(stack, html`${lines.map((line) => html`<p>${line}</p>`)}`),
  );
  return html`<div class="notice ${tone}">
    <h2>${mark(tone)}Needs a look</h2>
    <dl>${facts}</dl>
  </div>`;
}

function stacks(views: readonly StackView[], at: Date): Markup {
  if (views.length === 0) return html`<p class="empty">No stack is declared here.</p>`;
  return html`<ol class="stacks">
    ${views.map((view) => stackCard(view, at))}
  </ol>`;
}
