import { isFound, type LiveStack } from "../live";
import type { DatabaseLive } from "../live-database";
import { type DrillLive, hasPassed } from "../live-drill";
import { span } from "../moments";
import { html, type Markup } from "./html";
import { fact, moment, state } from "./pieces";

/** What is known of a stack's database, its backup and its last drill. */
export function databaseFacts({ database, drill }: LiveStack, now: Date): Markup {
  const found = isFound(database) ? database : undefined;
  return html`<dl>
    ${fact("Database", health(database))} ${fact("Backup", found ? backup(found, now) : missing(database))}
    ${fact("Log archive", found ? archive(found) : missing(database))}
    ${fact("Last drill", drillText(drill, now))}
  </dl>`;
}

function missing(reading: "none" | "not reachable" | object): Markup {
  return reading === "none" ? state("idle", "none") : state("warn", "not reachable");
}

function health(database: LiveStack["database"]): Markup {
  if (!isFound(database)) return missing(database);
  const { healthy, ready, desired, phase } = database;
  return healthy
    ? state("good", `healthy, ${ready} of ${desired}`)
    : state("bad", `${phase}, ${ready} of ${desired} ready`);
}

function backup({ backup, lastBackupSucceeded }: DatabaseLive, now: Date): Markup {
  const failed = lastBackupSucceeded === "no" ? state("bad", "the last one failed") : undefined;
  if (!isFound(backup)) return html`${missing(backup)}${failed}`;
  return html`${moment(backup.completed, now)}${failed}`;
}

function archive({ archiving }: DatabaseLive): Markup {
  if (archiving === "none") return state("idle", "none");
  return archiving === "yes" ? state("good", "continuous") : state("bad", "failing");
}

function drillText(drill: LiveStack["drill"], now: Date): Markup {
  if (!isFound(drill)) return missing(drill);
  const figures = figuresOf(drill);
  return html`${state(hasPassed(drill) ? "good" : "bad", drill.result)}
    <span class="aside">${moment(drill.ended, now)}${figures ? `, ${figures}` : ""}</span>`;
}

function figuresOf({ rpoSeconds, rtoSeconds }: DrillLive): string {
  return [
    ...(rpoSeconds === undefined ? [] : [`lost ${span(rpoSeconds)}`]),
    ...(rtoSeconds === undefined ? [] : [`back in ${span(rtoSeconds)}`]),
  ].join(", ");
}
