import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { onPath } from "../../../adapters/processes";

/** Programs that a release calls; each is counted, and one call of them is the last thing that the process sees. */
const COUNTED = ["git", "crane", "oras", "cosign", "pulumi", "kubectl"];

/** What an engine and a cluster answer, as far as a release asks; the deployed digest is kept in a file. */
const ENGINE = `case "$*" in
  version*) echo v3.260.0 ;;
  *"stack ls"*) echo '[{"name":"test"},{"name":"int"}]' ;;
  *"stack export"*) echo '{"deployment":{"resources":[]}}' ;;
  *"stack output"*) printf '{"image":"%s@%s","url":"http://blog.example.com"}\\n' "$(cat "$STATE/repository")" "$(cat "$STATE/digest")" ;;
  preview*) echo '{"summaryEvent":{"resourceChanges":{"same":1},"durationSeconds":1}}' ;;
  up*)
    case "$*" in *"--stack int"*) cp "$STATE/int" "$STATE/repository" ;; *) cp "$STATE/test" "$STATE/repository" ;; esac
    echo "\${STAGEWRIGHT_DIGEST:-$(cat "$STATE/built")}" > "$STATE/digest"
    echo '{"summaryEvent":{"resourceChanges":{"update":1},"durationSeconds":1}}' ;;
  *) exit 1 ;;
esac
`;
const CLUSTER = `case "$*" in
  *"version --output"*) echo '{"serverVersion":{"gitVersion":"v1.36.3"}}' ;;
  *"get deployment"*) echo '{"items":[{"metadata":{"name":"cnpg"},"spec":{"template":{"spec":{"containers":[{"image":"cloudnative-pg:1.30.0"}]}}},"status":{"readyReplicas":1}}]}' ;;
  *"get storageclass"*) echo '{"items":[{"metadata":{"name":"fast","annotations":{"storageclass.kubernetes.io/is-default-class":"true"}}}]}' ;;
  *"get gateway"*) echo '{"items":[{"metadata":{"name":"public"}}]}' ;;
  *) echo '{"items":[]}' ;;
esac
`;
const BUILDER = `case "$*" in
  *inspect*) printf 'Driver: docker-container\\nBuildKit version: v0.16.0\\n' ;;
  *) echo 28.0.0 ;;
esac
`;

/** When a counted call ends its caller: before it does its work, or right after. */
export type Moment = "before" | "after";

/** A machine whose release tools are real, and whose engine and cluster are stand-ins. */
export class Machine {
  readonly folder = mkdtempSync(join(tmpdir(), "kills-"));
  readonly bin = join(this.folder, "bin");
  readonly state = join(this.folder, "state");

  constructor() {
    for (const folder of [this.bin, this.state, join(this.folder, "real")]) mkdirSync(folder);
    this.#program("real/pulumi", ENGINE);
    this.#program("real/kubectl", CLUSTER);
    this.#program("bin/docker", BUILDER);
    for (const name of COUNTED) this.#count(name);
    this.#write("kubeconfig", "current-context: kind\n");
  }

  #write(file: string, content: string): void {
    writeFileSync(join(this.folder, file), content);
  }

  #program(file: string, script: string): void {
    writeFileSync(join(this.folder, file), `#!/bin/sh\n${script}`, { mode: 0o755 });
  }

  /** A program that counts its calls, and at the chosen one ends whoever called it, as a power cut would. */
  #count(name: string): void {
    const own = join(this.folder, "real", name);
    const real = existsSync(own) ? own : (findOnPath(name) ?? own);
    this.#program(
      `bin/${name}`,
      `count=$(($(cat "$STATE/calls" 2>/dev/null || echo 0) + 1))
echo $count > "$STATE/calls"
echo "$count ${name} $*" >> "$STATE/log"
if [ "\${KILL_AT:-}" = "$count" ] && [ "$KILL_WHEN" = before ]; then kill -9 $PPID; exit 1; fi
"${real}" "$@"
code=$?
if [ "\${KILL_AT:-}" = "$count" ]; then kill -9 $PPID; fi
exit $code
`,
    );
  }

  /** What a command line is to find in its environment. */
  environment(killAt?: number, moment: Moment = "before"): NodeJS.ProcessEnv {
    rmSync(join(this.state, "calls"), { force: true });
    rmSync(join(this.state, "log"), { force: true });
    return {
      ...process.env,
      PATH: `${this.bin}${delimiter}${process.env["PATH"]}`,
      STATE: this.state,
      KUBECONFIG: join(this.folder, "kubeconfig"),
      KILL_WHEN: moment,
      ...(killAt === undefined ? {} : { KILL_AT: String(killAt) }),
    };
  }

  /** The calls that the last command line made, in their order. */
  calls(): string[] {
    const file = join(this.state, "log");
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  }

  set(name: string, value: string): void {
    writeFileSync(join(this.state, name), value);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function findOnPath(name: string): string | undefined {
  if (!onPath(name)) return undefined;
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
}
