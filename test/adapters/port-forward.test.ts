import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { openPortForward } from "../../adapters/port-forward";
import { fakePrograms, type Programs } from "../support/programs";

const FORWARDS = "echo 'Forwarding from 127.0.0.1:4711 -> 8080'; exec /bin/sleep 60";

const open = (target = "service/db-rw") => openPortForward({ context: "kind" }, "blog", target, 5432);

/** Whether the process is there whose id a file holds. */
function isRunning(file: string): boolean {
  if (!existsSync(file)) return false;
  try {
    return process.kill(Number(readFileSync(file, "utf8")), 0);
  } catch {
    return false;
  }
}

describe("a port-forward", () => {
  let programs: Programs;
  beforeEach(() => void (programs = fakePrograms()));
  afterEach(() => programs.remove());

  const kubectl = (script: string) => programs.write("kubectl", `echo "$$" > "$0.pid"\n${script}`);
  /** Waits until kubectl has begun, or has gone. */
  async function until(alive: boolean): Promise<void> {
    for (let tries = 0; isRunning(join(programs.folder, "kubectl.pid")) !== alive; tries++) {
      assert.ok(tries < 3000, `kubectl is ${alive ? "not there" : "still there"}`);
      await delay(10);
    }
  }

  it("leads from a port of the loopback to the target, until it is closed", async () => {
    kubectl(FORWARDS);
    const forward = await open();
    assert.equal(forward.port, 4711);
    assert.deepEqual(programs.calls("kubectl"), [
      "--context kind port-forward service/db-rw :5432 --namespace blog --address 127.0.0.1",
    ]);
    await until(true);
    forward.close();
    await until(false);
  });

  it("says why it cannot be opened", async () => {
    kubectl("echo 'error: services \"db-rw\" not found' >&2; exit 1");
    await assert.rejects(open(), { message: 'error: services "db-rw" not found' });
    kubectl("exit 1");
    await assert.rejects(open("pod/x"), { message: "kubectl port-forward pod/x ended" });
  });

  for (const signal of ["SIGKILL", "SIGINT"] as const) {
    it(`ends when we are ended by ${signal}`, async () => {
      kubectl(FORWARDS);
      const program = `
        require("./adapters/port-forward.ts").openPortForward({}, "blog", "pod/x", 1).then(() => console.log("open"));
        setInterval(() => undefined, 1000);`;
      const us = spawn(process.execPath, ["--import", "tsx", "-e", program], {
        cwd: join(__dirname, "..", ".."),
        stdio: ["ignore", "pipe", "inherit"],
      });
      await once(us.stdout, "data");
      await until(true);
      us.kill(signal);
      await once(us, "exit");
      await until(false);
    });
  }
});
