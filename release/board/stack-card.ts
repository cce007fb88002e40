import { describeDrift, type DriftReport } from "../drift/report";
import type { Hold } from "../holds";
import { isFound, type LiveStack } from "../live";
import type { StackStatus, Waiting } from "../status";
import { short, type Verdict } from "../verdict";
import { databaseFacts } from "./database";
import { html, type Markup } from "./html";
import { commit, digest, fact, moment, state, type Tone, version } from "./pieces";

/** What is shown of one stack. */
export interface StackView {
  readonly status: StackStatus;
  readonly live: LiveStack;
  /** Absent where nobody has looked for it; text where it could not be found out. */
  readonly drift?: DriftReport | string;
}

const VERDICTS: Readonly<Record<Verdict["state"], readonly [Tone, string]>> = {
  verified: ["good", "Verified"],
  differs: ["bad", "Not what was recorded"],
  mixed: ["warn", "Several images"],
  outside: ["bad", "Not in the ledger"],
  "nothing runs": ["bad", "Nothing runs"],
  unknown: ["warn", "Cannot be verified"],
  "not deployed": ["idle", "Not deployed"],
};

/** The tone of a verdict. */
export const toneOf = ({ state }: Verdict): Tone => VERDICTS[state][0];

/** A stack's place on the board. */
export function stackCard(view: StackView, now: Date): Markup {
  const { status, live } = view;
  const { stack, environment, verdict } = status;
  const id = `stack-${stack.replace(/[^\w-]/g, "_")}`;
  return html`<li>
    <article class="card ${toneOf(verdict)}" aria-labelledby="${id}">
      <header>
        <h3 id="${id}">${stack}</h3>
        ${state(...VERDICTS[verdict.state])}
        ${environment === stack ? undefined : html`<p class="aside">environment ${environment}</p>`}
        <p class="aside">${verdict.text}</p>
      </header>
      ${release(view, now)} ${databaseFacts(live, now)} ${next(status, now)}
    </article>
  </li> `;
}

function release({ status, live, drift }: StackView, now: Date): Markup {
  const { deployed, since, tested } = status;
  const pods = isFound(live.web) ? `${live.web.ready} of ${live.web.desired} ready` : undefined;
  return html`<div>
    ${deployed ? html`<p class="hero">${version(deployed.version)}</p>` : undefined}
    <dl>
      ${deployed ? fact("Commit", commit(deployed.commit)) : undefined}
      ${deployed ? fact("Digest", digest(deployed.digest)) : undefined}
      ${deployed ? fact("Since", moment(since ?? deployed.ended, now)) : undefined}
      ${deployed ? fact("By", html`${deployed.by}, ${deployed.operation}`) : undefined}
      ${deployed ? fact("Tested", testedText(tested)) : undefined}
      ${pods === undefined ? undefined : fact("Pods", html`${pods}`)} ${fact("Drift", driftText(drift))}
    </dl>
  </div>`;
}

function testedText(tested: StackStatus["tested"]): Markup {
  if (tested === "yes") return state("good", "same image upstream");
  if (tested === "no") return state("bad", "never proved upstream");
  return state("idle", tested);
}

function driftText(drift: StackView["drift"]): Markup {
  if (drift === undefined) return state("idle", "not looked for");
  if (typeof drift === "string") return state("warn", drift);
  const { drifts } = drift;
  if (drifts.length === 0) return state("good", "none");
  const lines = drifts.flatMap(describeDrift).map((line) => html`<li>${line.trim()}</li>`);
  const count = `${drifts.length} ${drifts.length === 1 ? "resource" : "resources"}`;
  return html`<details>
    <summary>${state("bad", count)}</summary>
    <ul>
      ${lines}
    </ul>
  </details>`;
}

function next({ waiting, held, notes }: StackStatus, now: Date): Markup {
  // What is held here is told once.
  const comes = waiting && held.some(({ digest }) => digest === waiting.digest) ? undefined : waiting;
  const lines = [
    comes && waitingLine(comes, now),
    ...held.map((hold) => heldLine(hold, now)),
    ...notes.map((note) => html`<li>${state("warn", note)}</li>`),
  ].filter((line) => line !== undefined);
  if (lines.length === 0) return html`<p class="next aside">Nothing is waiting.</p>`;
  return html`<ul class="next">
    ${lines}
  </ul>`;
}

function heldLine({ version: name, digest, since, reason }: Hold, now: Date): Markup {
  return html`<li>
    <b>${state("warn", "Held")}</b>
    ${name === undefined ? html`<code>${short(digest)}</code>` : version(name)}
    <span class="aside">since ${moment(since, now)}${reason ? `: ${reason}` : ""}</span>
  </li>`;
}

function waitingLine({ version: name, from, since, soaksUntil, held }: Waiting, now: Date): Markup {
  const may = held
    ? html`held: ${held}`
    : soaksUntil
      ? html`may come ${moment(soaksUntil, now)}`
      : html`may come now`;
  return html`<li>
    <b>${state("idle", "Waiting")}</b> ${version(name)}
    <span class="aside">proved in ${from} ${moment(since, now)}, ${may}</span>
  </li>`;
}
