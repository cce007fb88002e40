import type { Progress } from "../progress";
import { endOfLog, hasReplayed, isWritable } from "./log-position";
import { type Member, type Place, readMember, saidOf } from "./member";
import { demote, finish, promote } from "./orders";
import { guardBeginning, type Stage, stageOf, switchCommand } from "./stage";
import { Hopeless, until, type Wait } from "./wait";

/** Two databases of a pair, and which way it goes. */
export interface Switch {
  readonly from: Place;
  readonly to: Place;
  /** Asked once, before anything is changed; what was begun is finished without it. */
  readonly guard: () => Promise<void>;
  readonly progress: Progress;
  readonly patience?: Patience;
}

/** What a switch came to. */
export interface Switched {
  /** Database that was written to, and follows now. */
  readonly from: string;
  /** Database that is written to now. */
  readonly to: string;
  /** How far an earlier run had come; `done` where there was nothing to do. */
  readonly begunAt: Stage;
  /** From the order to give up writing until the other one took writes, where this run saw it. */
  readonly secondsWithoutWrites?: number;
}

/** Seconds that each wait may take, and that lie between two looks. */
export interface Patience {
  readonly catchUp: number;
  readonly demotion: number;
  readonly promotion: number;
  readonly following: number;
  readonly poll: number;
}

// A demotion ends when the instance has stopped, a promotion when what that wrote last is read: both take seconds. What
// follows afterwards may have to restart, and to fetch a whole file of the log.
const PATIENCE: Patience = { catchUp: 300, demotion: 300, promotion: 300, following: 600, poll: 1 };

/**
 * Makes the other one of two databases the one that is written to, without losing a write: the old one gives up first,
 * and the new one takes over with the token that says where its log ended. How far it is, is read off the databases
 * themselves, so that a run that is begun again goes on where the last one ended; {@link endSwitch} ends it.
 *
 * @throws ReleaseError when it cannot begin, or does not come to an end in time.
 */
export async function switchPrimary(asked: Switch): Promise<Switched> {
  const old = await readMember(asked.from);
  const next = await readMember(asked.to);
  const begunAt = stageOf(old, next);
  const names = { from: old.self, to: next.self, begunAt };
  if (begunAt === "done") return names;
  if (begunAt === "before") await giveUp(asked, old, next);
  else asked.progress.step(`going on with the switch that began at ${old.begun?.since}`, { begunAt });
  if (begunAt !== "promoted") await takeOver(asked);
  await takesWrites(asked);
  const seconds = begunAt === "promoted" ? {} : await sinceGivenUp(asked);
  await follows(asked);
  return { ...names, ...seconds };
}

/** Writes down that a switch is done. */
export async function endSwitch(from: Place): Promise<void> {
  const old = await readMember(from);
  if (old.begun !== undefined) await finish(old);
}

/** Lets the old one give up, once it is sure that the new one can follow it to the end. */
async function giveUp(asked: Switch, old: Member, next: Member): Promise<void> {
  guardBeginning(old, next);
  await asked.guard();
  const wait = waitFor(asked, "catchUp", "nothing was changed; once that is mended");
  asked.progress.step(`waiting until ${next.self} has all that ${old.self} has`);
  await caughtUp(wait, asked.from, asked.to);
  // The operator takes the token of an earlier switch away a while after that; it must not pass for the new one.
  const now = await until(wait, async () => {
    const now = await readMember(asked.from);
    return now.demotionToken === undefined ? now : `${old.self} still has the token of an earlier switch`;
  });
  asked.progress.step(`${old.self} gives up writing`);
  await demote(now, next, new Date().toISOString());
}

/** Lets the new one take over as soon as the old one says where its log ended. */
async function takeOver(asked: Switch): Promise<void> {
  const { from, to, progress } = asked;
  progress.step(`waiting until ${from.self} has stopped and says where its log ends`);
  const { old, token } = await until(waitFor(asked, "demotion"), async () => {
    const old = await readMember(from);
    const { demotionToken: token } = old;
    return token === undefined ? `${old.self}: ${saidOf(old)}` : { old, token };
  });
  progress.step(`${to.self} takes over`);
  await promote(await readMember(to), old, token);
}

async function takesWrites(asked: Switch): Promise<void> {
  const { from, to, progress } = asked;
  progress.step(`waiting until ${to.self} has read to that end and takes writes`);
  await until(waitFor(asked, "promotion"), async () => {
    const next = await readMember(to);
    if (next.phase.includes("unrecoverable")) {
      throw new Hopeless(
        `${next.self} refuses to take over from ${from.self}: ${saidOf(next)}\n` +
          "neither is written to; what to do: docs/runbooks/switch-primary.md",
      );
    }
    const taken = next.usedToken === next.promotionToken && (await isWritable(next));
    return taken ? next : `${next.self}: ${saidOf(next)}`;
  });
}

async function sinceGivenUp({ from, to, progress }: Switch): Promise<{ secondsWithoutWrites?: number }> {
  const now = Date.now();
  const { begun } = await readMember(from);
  if (begun === undefined) return {};
  const secondsWithoutWrites = Math.round((now - Date.parse(begun.since)) / 100) / 10;
  progress.step(`${to.self} takes writes, after ${secondsWithoutWrites} s without any`, {
    secondsWithoutWrites,
  });
  return { secondsWithoutWrites };
}

/** Waits until both are as they should be, and the old one has what is written to the new one. */
async function follows(asked: Switch): Promise<void> {
  const { from, to, progress } = asked;
  const wait = waitFor(asked, "following", `${to.self} takes writes already`);
  progress.step(`waiting until ${from.self} follows ${to.self}`);
  await until(wait, async () => {
    const members = [await readMember(to), await readMember(from)];
    const restless = members.find(({ healthy }) => !healthy);
    return restless === undefined ? members : `${restless.self}: ${saidOf(restless)}`;
  });
  await caughtUp(wait, to, from);
}

/** Waits until one database has all that another one had when it was asked first. */
async function caughtUp(wait: Wait, from: Place, to: Place): Promise<void> {
  let end: string | undefined;
  await until(wait, async () => {
    const writer = await readMember(from);
    end ??= await endOfLog(writer);
    if (end === undefined) return `instance ${writer.instance} of ${writer.self} does not answer`;
    const follower = await readMember(to);
    if (await hasReplayed(follower, end)) return follower;
    return (
      `${follower.self} has not read the log of ${writer.self} up to ${end}; look at it: ` +
      `kubectl logs ${follower.instance} --namespace ${follower.namespace} --all-containers`
    );
  });
}

function waitFor(
  { from, to, patience = PATIENCE }: Switch,
  what: keyof Omit<Patience, "poll">,
  state = "it is begun and not finished; to go on",
): Wait {
  const advice = `${state}: ${switchCommand(from.stack, to.stack)}`;
  return { seconds: patience[what], pollSeconds: patience.poll, advice };
}
