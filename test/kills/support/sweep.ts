import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { isOver, type Outcome, wrongAnytime, wrongInTheEnd } from "./books";
import type { Place } from "./machine";
import type { Ended, Project, Saved } from "./project";

/** A command line that is to survive being killed. */
export interface Errand {
  readonly project: Project;
  /** The state that it begins with. */
  readonly saved: Saved;
  readonly command: readonly string[];
  readonly outcome: Outcome;
  /** Whether it has ended as it must. */
  readonly isDone: (ended: Ended) => boolean;
}

const MOMENTS = ["before", "after", "late"] as const;
const ATTEMPTS = 4;
/** Calls that change something outside of the process, and so can be cut off before, after, or be late. */
const CHANGES = /^(git (push|update-ref)|crane (tag|copy)|oras cp|cosign (sign|attest)|pulumi up) /;

/** Of the calls that only read, every eighth: what they leave behind is what the last change did. `KILLS=all` takes them all. */
const READS = process.env["KILLS"] === "all" ? 1 : 8;

/** Runs an errand undisturbed, and gives the places at which it is to be killed. */
export async function placesOf(errand: Errand): Promise<readonly Place[]> {
  const { project, saved, command, outcome, isDone } = errand;
  await project.restore(saved);
  const ended = await project.stagewright(command);
  assert.ok(isDone(ended), ended.text);
  assert.deepEqual(await wrongAnytime(project, saved), []);
  assert.deepEqual(await wrongInTheEnd(project, saved, outcome), []);
  const { lines } = ended.calls;
  const changes = lines.filter((line) => CHANGES.test(line)).length;
  const places = lines.flatMap((line, index): Place[] => {
    const call = index + 1;
    if (!CHANGES.test(line)) return call % READS === 0 ? [{ call, moment: "before" }] : [];
    // Late, the last call of all is not told from an errand that is meant once more.
    const moments = call === lines.length ? (["before", "after"] as const) : MOMENTS;
    return moments.map((moment) => ({ call, moment }));
  });
  process.stdout.write(
    `      ${command.join(" ")}: ${lines.length} calls, ${changes} of them change something; killed at ${places.length} places\n`,
  );
  return places;
}

/** Kills an errand at a place, brings it to its end, and tells everything that is wrong then. */
export async function killedAt(errand: Errand, place: Place): Promise<string[]> {
  const { project, saved, command, outcome } = errand;
  await project.restore(saved);
  const killed = await project.stagewright(command, place);
  const lines = killed.calls.lines;
  const at = `killed ${place.moment} call ${place.call} (${lines[place.call - 1]?.slice(0, 120)})`;
  if (killed.code !== undefined)
    return [`${at}: it was not killed, and ended with ${killed.code}: ${killed.text}`];
  const wrong = place.moment === "late" ? [] : await wrongAnytime(project, saved);
  if (!isOver(project, saved, outcome)) wrong.push(...(await finish(errand)));
  if (place.moment === "late") await until(() => killed.calls.wasDone);
  wrong.push(...(await wrongAnytime(project, saved)));
  wrong.push(...(await wrongInTheEnd(project, saved, outcome)));
  return wrong.map((what) => `${at}: ${what}`);
}

/** Runs the command again, and what it names as the way out where it refuses. */
export async function finish({ project, command, isDone }: Errand): Promise<string[]> {
  const texts: string[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const ended = await project.stagewright(command);
    if (isDone(ended)) return [];
    texts.push(`it ended with ${ended.code}: ${ended.text}`);
    const wayOut = wayOutOf(ended.text);
    if (wayOut !== undefined) await project.obey(wayOut);
  }
  return [`after ${ATTEMPTS} more attempts it is not done: ${texts.join("\n")}`];
}

/** The command that a refusal names. */
export function wayOutOf(text: string): string | undefined {
  return /(?:to resume it|to give it up|if it is dead|if nothing is at work there): (\S.*)$/m.exec(text)?.[1];
}

async function until(condition: () => boolean): Promise<void> {
  for (let attempt = 0; !condition(); attempt++) {
    assert.ok(attempt < 2400, "a child that outlived its parent does not end");
    await pause(25);
  }
}

/** Kills an errand at each of these places, and fails with everything that went wrong. */
export async function sweep(errand: Errand, places: readonly Place[]): Promise<void> {
  const wrong: string[] = [];
  for (const place of places) wrong.push(...(await killedAt(errand, place)));
  assert.deepEqual(wrong, []);
}
