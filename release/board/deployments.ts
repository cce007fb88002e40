import type { DeploymentRecord } from "../records";
import { short } from "../verdict";
import { html, type Markup } from "./html";
import { commit, digest, moment, state, version } from "./pieces";

/** Deployments that are shown. */
const SHOWN = 20;

/** The last deployments, newest first, with those that failed. */
export function deploymentsTable(records: readonly DeploymentRecord[], now: Date): Markup {
  if (records.length === 0) return html`<p class="empty">No deployment is recorded yet.</p>`;
  const last = records.toSorted((one, other) => (one.id < other.id ? 1 : -1)).slice(0, SHOWN);
  const headings = ["When", "Stack", "What", "Version", "Commit", "Digest", "By"];
  // The roles are said, as a narrow page lays the table out as blocks.
  return html`<div class="records">
    <table role="table">
      <caption>
        The last ${last.length} of ${records.length}, newest first
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          ${headings.map(
            (name) => html`<th role="columnheader" scope="col" class="c-${name.toLowerCase()}">${name}</th>`,
          )}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${last.map((record) => row(record, records, now))}
      </tbody>
    </table>
  </div>`;
}

function row(record: DeploymentRecord, records: readonly DeploymentRecord[], now: Date): Markup {
  return html`<tr role="row">
    <td role="cell" class="when">${moment(record.ended, now)}</td>
    <th role="rowheader" scope="row">${record.stack}</th>
    <td role="cell" class="what">${outcome(record)}${why(record, records)}</td>
    <td role="cell" class="which">${version(record.version)}</td>
    <td role="cell">${commit(record.commit)}</td>
    <td role="cell">${digest(record.digest)}</td>
    <td role="cell">${record.by}${pipeline(record)}</td>
  </tr> `;
}

const NAMES = { deploy: "deployed", promote: "promoted", rollback: "rolled back" };

function outcome({ operation, result, failedStep }: DeploymentRecord): Markup {
  if (result === "succeeded") return state(operation === "rollback" ? "warn" : "good", NAMES[operation]);
  return state("bad", `${operation} failed${failedStep ? ` at ${failedStep}` : ""}`);
}

function why({ operation, reason, replaces }: DeploymentRecord, records: readonly DeploymentRecord[]) {
  const bad =
    operation === "rollback" && replaces !== undefined
      ? `away from ${records.find(({ digest }) => digest === replaces)?.version ?? short(replaces)}`
      : undefined;
  const text = [bad, reason].filter((part) => part !== undefined).join(": ");
  return text === "" ? undefined : html`<p class="aside">${text}</p>`;
}

/** Only what leads to a page becomes a link. */
function pipeline({ pipeline: address }: DeploymentRecord): Markup | undefined {
  if (address === undefined || !/^https?:\/\//.test(address) || !URL.canParse(address)) return undefined;
  return html`, <a href="${address}" rel="noreferrer">pipeline</a>`;
}
