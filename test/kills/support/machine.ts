import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { BUILDER, CLUSTER, ENGINE } from "../../support/stand-ins";

/** Programs that a release calls; each call of them is counted, and may be the last thing that the process sees. */
const COUNTED = ["git", "crane", "oras", "cosign", "pulumi", "kubectl", "docker", "tar"];

const STAND_INS: Readonly<Record<string, string>> = { pulumi: ENGINE, kubectl: CLUSTER, docker: BUILDER };

/**
 * What ends the process that makes a call: nothing was done yet, it was done just now, or it is done a little `late`,
 * by a child that outlives its parent, while the next run is under way.
 */
export type Moment = "before" | "after" | "late";

/** A call, and when the process that makes it is killed. */
export interface Place {
  readonly call: number;
  readonly moment: Moment;
}

/** Kills its caller alone, as `kill -9` does; its number is its own however many are called at once. */
const shimOf = (name: string, real: string) => `#!/bin/sh
read -r call < "$CALLS/count"
until (set -C; echo "${name} $*" > "$CALLS/$call") 2>/dev/null; do call=$((call + 1)); done
echo $((call + 1)) > "$CALLS/count"
[ "$KILL_AT" = "$call" ] || exec "${real}" "$@"
case "$KILL_WHEN" in
  before) kill -9 $PPID; exit 1 ;;
  late) kill -9 $PPID; sleep "0.$((call % 7))" ;;
esac
"${real}" "$@"
code=$?
: > "$CALLS/done"
[ "$KILL_WHEN" = late ] || kill -9 $PPID
exit $code
`;

/** A machine whose git and release tools are real, and whose engine, builder and cluster are stand-ins. */
export class Machine {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "kills-")));
  /** What the stand-ins know: what is deployed where, and what a build gives. */
  readonly state = join(this.folder, "state");
  readonly #bin = join(this.folder, "bin");

  constructor() {
    for (const name of ["state", "bin", "real", "tmp"]) mkdirSync(join(this.folder, name));
    for (const name of COUNTED) this.#program(`bin/${name}`, shimOf(name, this.#realOf(name)));
    writeFileSync(join(this.folder, "kubeconfig"), "current-context: kind\n");
    writeFileSync(
      join(this.folder, "gitconfig"),
      "[user]\nname = Ann\nemail = ann@example.com\n[init]\ndefaultBranch = master\ntemplateDir =\n[gc]\nauto = 0\n",
    );
  }

  #realOf(name: string): string {
    const script = STAND_INS[name];
    if (script === undefined) return findOnPath(name);
    this.#program(`real/${name}`, `#!/bin/sh\n${script}`);
    return join(this.folder, "real", name);
  }

  #program(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text, { mode: 0o755 });
  }

  /** What the project's own commands find in their environment. */
  get environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      STATE: this.state,
      TMPDIR: join(this.folder, "tmp"),
      KUBECONFIG: join(this.folder, "kubeconfig"),
      GIT_CONFIG_GLOBAL: join(this.folder, "gitconfig"),
      GIT_CONFIG_NOSYSTEM: "1",
      PULUMI_CONFIG_PASSPHRASE: "of-the-test",
      STAGEWRIGHT_ACTOR: "ann",
    };
  }

  /** The same for one command line whose calls are counted, and one of which may kill it. */
  counted(place?: Place): { readonly env: NodeJS.ProcessEnv; readonly calls: Calls } {
    const folder = mkdtempSync(join(this.folder, "calls-"));
    writeFileSync(join(folder, "count"), "1\n");
    return {
      calls: new Calls(folder),
      env: {
        ...this.environment,
        PATH: `${this.#bin}${delimiter}${process.env["PATH"]}`,
        CALLS: folder,
        KILL_AT: String(place?.call ?? ""),
        KILL_WHEN: place?.moment ?? "",
      },
    };
  }

  /** What a file of the stand-ins holds. */
  read(name: string): string {
    return readFileSync(join(this.state, name), "utf8").trim();
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The calls of one command line. */
export class Calls {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Their command lines in order. */
  get lines(): string[] {
    return readdirSync(this.#folder)
      .map(Number)
      .filter((call) => call > 0)
      .toSorted((one, other) => one - other)
      .map((call) => readFileSync(join(this.#folder, String(call)), "utf8").trim());
  }

  /** Whether the call that killed has done its own work since. */
  get wasDone(): boolean {
    return readdirSync(this.#folder).includes("done");
  }
}

function findOnPath(name: string): string {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const file = folders.map((folder) => join(folder, name)).find((each) => existsSync(each));
  if (file === undefined) throw new Error(`${name} is not on PATH`);
  return file;
}
