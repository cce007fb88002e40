/** The board's style: no picture, no font and no script is loaded. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f5f6f8; --surface: #ffffff; --line: #d9dde3; --text: #1b222c; --muted: #566070;
  --good: #11642f; --good-soft: #e3f4e8; --warn: #7a4b00; --warn-soft: #fdf1d8;
  --bad: #a3122a; --bad-soft: #fde8e9; --idle: #566070; --idle-soft: #eceff3; --link: #0b57b0;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ground: #0f1319; --surface: #171c24; --line: #2d3542; --text: #e6eaf0; --muted: #a0abba;
    --good: #62d089; --good-soft: #15301f; --warn: #ecb44e; --warn-soft: #33270f;
    --bad: #ff8d96; --bad-soft: #3a1a1f; --idle: #a0abba; --idle-soft: #232a35; --link: #7db8ff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--text);
  font: 0.9375rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  overflow-wrap: anywhere; -webkit-text-size-adjust: 100%;
}
.page { max-width: 88rem; margin: 0 auto; padding: clamp(1rem, 2.5vw, 2.25rem); }
h1, h2, h3, p, ul, ol, dl, dd { margin: 0; padding: 0; }
ul, ol { list-style: none; }
h1 { font-size: 1.625rem; line-height: 1.2; font-weight: 650; letter-spacing: -0.015em; }
h2 { font-size: 1.0625rem; font-weight: 650; margin-bottom: 0.75rem; }
section { margin-top: 2rem; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 3px; }
code, .version { font-family: var(--mono); font-size: 0.9em; }
.aside { color: var(--muted); font-size: 0.8125rem; }
.top { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; align-items: baseline; justify-content: space-between; }

.mark { width: 1em; height: 1em; flex: none; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; position: relative; top: 0.13em; }
.state { display: inline-flex; gap: 0.3rem; align-items: baseline; }
.good { --tone: var(--good); --soft: var(--good-soft); }
.warn { --tone: var(--warn); --soft: var(--warn-soft); }
.bad { --tone: var(--bad); --soft: var(--bad-soft); }
.idle { --tone: var(--idle); --soft: var(--idle-soft); }
.state, .mark { color: var(--tone); }
.state.good > span, .state.idle > span { color: var(--text); }
.state.idle > span { color: var(--muted); }

.notice { margin-top: 1.25rem; padding: 0.75rem 1rem; border-radius: 10px; background: var(--soft); }
.notice h2 { font-size: 0.9375rem; margin: 0; color: var(--tone); display: flex; gap: 0.4rem; align-items: baseline; }
.notice dl { margin: 0.4rem 0 0 1.4rem; gap: 0.4rem; }
.notice .fact { grid-template-columns: minmax(3rem, max-content) minmax(0, 1fr); }
.notice p + p { margin-top: 0.2rem; }
.notice dt { color: inherit; font-size: inherit; font-weight: 600; max-width: 12rem; }

.stacks { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 21rem), 1fr)); }
.stacks > li { display: grid; grid-row: span 4; grid-template-rows: subgrid; min-width: 0; }
.card {
  display: grid; grid-row: span 4; grid-template-rows: subgrid; gap: 0; min-width: 0; overflow: hidden;
  background: var(--surface); border: 1px solid var(--line); border-radius: 12px; border-top: 4px solid var(--tone);
}
.card > * { padding: 0.875rem 1.125rem; border-top: 1px solid var(--line); min-width: 0; }
.card > header { border-top: 0; display: flex; flex-wrap: wrap; gap: 0.125rem 0.75rem; align-content: start; align-items: baseline; }
.card h3 { flex: 1 1 5rem; font-size: 1.375rem; line-height: 1.2; font-weight: 650; letter-spacing: -0.01em; }
.card header .aside { flex-basis: 100%; }
.card header > .state { background: var(--soft); padding: 0.1rem 0.6rem 0.1rem 0.45rem; border-radius: 99px; font-size: 0.8125rem; font-weight: 600; }
.card header > .state > span { color: var(--tone); }
.hero { margin-bottom: 0.625rem; font-size: 1.0625rem; font-weight: 600; line-height: 1.35; }
dl { display: grid; gap: 0.25rem; align-content: start; }
.fact { display: grid; grid-template-columns: 6.25rem minmax(0, 1fr); gap: 0.75rem; align-items: baseline; }
dt { color: var(--muted); font-size: 0.8125rem; }
dd > .state + .state, dd > time + .state { margin-left: 0.6rem; }
summary { cursor: pointer; }
details ul { margin-top: 0.35rem; font-size: 0.8125rem; }
details li + li { margin-top: 0.15rem; }
.next { display: grid; gap: 0.5rem; align-content: start; }
.next li > .aside { display: block; }
.next b { font-weight: 600; }
.next .state { margin-right: 0.25rem; }

.records { background: var(--surface); border: 1px solid var(--line); border-radius: 12px; overflow: hidden; }
.empty { background: var(--surface); border: 1px dashed var(--line); border-radius: 12px; padding: 1.25rem; color: var(--muted); }
table { width: 100%; border-spacing: 0; table-layout: fixed; }
caption { text-align: left; color: var(--muted); font-size: 0.8125rem; padding: 0.75rem 1.125rem 0.25rem; }
th, td { text-align: left; vertical-align: baseline; padding: 0.5rem 0.75rem; border-top: 1px solid var(--line); font-weight: 400; }
th:first-child, td:first-child { padding-left: 1.125rem; }
th:last-child, td:last-child { padding-right: 1.125rem; }
thead th { color: var(--muted); font-size: 0.8125rem; border-top: 0; }
.c-when { width: 6.25rem; } .c-stack { width: 6.25rem; } .c-version { width: 18.25rem; } .c-commit { width: 6.9rem; }
.c-digest { width: 7.9rem; } .c-by { width: 13.25rem; }
tbody th { font-weight: 600; }
.when { color: var(--muted); }
footer { margin-top: 2rem; }

@media (max-width: 72rem) {
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody { display: block; }
  caption { display: block; }
  tr { display: flex; flex-wrap: wrap; gap: 0.125rem 0.75rem; align-items: baseline; padding: 0.625rem 1.125rem; border-top: 1px solid var(--line); }
  tbody th, tbody td, th:first-child, td:first-child, th:last-child, td:last-child { border: 0; padding: 0; }
  thead tr { padding: 0; }
  tbody .what { flex-basis: 100%; }
  tbody .which { flex-basis: 100%; }
}
@media (max-width: 32rem) {
  .notice dl { margin-left: 0; gap: 0.6rem; }
  .notice .fact { grid-template-columns: minmax(0, 1fr); gap: 0; }
}
@media print {
  :root { color-scheme: light; --ground: #fff; }
  .page { max-width: none; padding: 0; }
  .card, tr, .notice { break-inside: avoid; }
  .stacks { grid-template-columns: repeat(auto-fit, minmax(min(100%, 13rem), 1fr)); gap: 0.5rem; font-size: 0.75rem; }
  .fact { grid-template-columns: 5rem minmax(0, 1fr); gap: 0.35rem; }
}
`;
