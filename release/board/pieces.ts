import { absolute, ago } from "../moments";
import { short } from "../verdict";
import { html, type Markup } from "./html";

/** How something is; the words say it too, never the colour alone. */
export type Tone = "good" | "warn" | "bad" | "idle";

const SHAPES: Readonly<Record<Tone, Markup>> = {
  good: html`<path d="M3.5 8.5l3 3 6-7" />`,
  warn: html`<path d="M8 3.5v5.5M8 12v.5" />`,
  bad: html`<path d="M4 4l8 8M12 4l-8 8" />`,
  idle: html`<path d="M4 8h8" />`,
};

/** A mark for a tone; what stands beside it says the same. */
export function mark(tone: Tone): Markup {
  return html`<svg class="mark ${tone}" viewBox="0 0 16 16" aria-hidden="true">${SHAPES[tone]}</svg>`;
}

/** A statement with its mark. */
export function state(tone: Tone, text: string): Markup {
  return html`<span class="state ${tone}">${mark(tone)}<span>${text}</span></span>`;
}

/** A moment as people say it; the exact one is there as well. */
export function moment(at: string, now: Date): Markup {
  const exact = absolute(at);
  return html`<time datetime="${new Date(at).toISOString()}" title="${exact}">${ago(at, now)}</time>`;
}

/** A commit's first letters; the whole hash is there as well. */
export function commit(hash: string): Markup {
  return html`<code title="${hash}">${hash.slice(0, 10)}</code>`;
}

/** A digest's first letters; the whole digest is there as well. */
export function digest(value: string): Markup {
  return html`<code title="${value}">${short(value)}</code>`;
}

/** A version that may be broken into lines where a person would. */
export function version(text: string): Markup {
  const parts = text
    .split(/(?<=-)/)
    .map((part, index) => (index === 0 ? html`${part}` : html`<wbr />${part}`));
  return html`<span class="version">${parts}</span>`;
}

/** A row of a list of facts. */
export function fact(name: string, value: Markup | undefined): Markup | undefined {
  return (
    value &&
    html`<div class="fact">
      <dt>${name}</dt>
      <dd>${value}</dd>
    </div>`
  );
}
