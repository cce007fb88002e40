import assert from "node:assert/strict";
import * as fc from "fast-check";
import { drillFailover, longestGap } from "../../../release/drills/failover";
import { faults, inflict } from "../../../release/drills/faults";
import { acknowledged } from "../../../release/drills/writer";
import { DRILLED, drilledCluster } from "../../support/drilled";
import { fakePrograms, type Programs } from "../../support/programs";

const progress = { step: () => undefined, warn: () => undefined };
const view = { primary: "db-1", standby: "db-2", image: "postgresql:17", healthy: true };
/** Writes that were acknowledged at these times. */
const acknowledgements = (times: readonly number[]) => times.map((at, id) => ({ id, at }));

describe("the longest gap between acknowledged writes", () => {
  it("is the outage", () => {
    assert.equal(longestGap(acknowledgements([0, 100, 4300, 4400])), 4.2);
    assert.equal(longestGap([]), 0);
    assert.equal(longestGap(acknowledgements([5])), 0);
  });

  it("is never longer than the whole time, nor negative", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 2 }), (times) => {
        const sorted = times.toSorted((one, other) => one - other);
        const gap = longestGap(acknowledgements(sorted));
        assert.ok(gap >= 0 && gap <= ((sorted.at(-1) ?? 0) - (sorted[0] ?? 0)) / 1000);
      }),
    );
  });
});

describe("a failover drill", () => {
  let programs: Programs;
  beforeEach(() => void (programs = fakePrograms()));
  afterEach(() => programs.remove());
  const fakeKubectl = (answer: string | undefined) => programs.answer("kubectl", { "": answer });
  const calls = () => programs.calls("kubectl");

  it("does each thing to the primary alone, in the stack's own cluster", async () => {
    fakeKubectl("");
    for (const fault of faults) await inflict(fault, DRILLED, view);
    const [switchover, deletion, kill] = calls();
    assert.match(
      switchover ?? "",
      /^--context kind patch clusters\.postgresql\.cnpg\.io db --namespace blog --subresource status .*"targetPrimary":"db-2"/,
    );
    assert.equal(deletion, "--context kind delete pod db-1 --namespace blog --wait=false");
    assert.match(
      kill ?? "",
      /^--context kind exec db-1 --namespace blog --container postgres -- sh -c kill -9 /,
    );
  });

  it("switches over to nothing where there is no standby", async () => {
    fakeKubectl("");
    const { standby: _standby, ...alone } = view;
    await assert.rejects(inflict("switchover", DRILLED, alone), /db-1 has no standby to switch to/);
  });

  it("says what was refused", async () => {
    fakeKubectl(undefined);
    await assert.rejects(inflict("delete", DRILLED, view), /primary's pod deleted of db-1 was refused/);
  });

  it("touches no cluster that is not healthy", async () => {
    fakeKubectl(drilledCluster("Failing over"));
    await assert.rejects(
      drillFailover(DRILLED, { kind: "kill" }, progress),
      /db is not healthy; a drill would make it worse/,
    );
    assert.deepEqual(
      calls().filter((call) => !call.includes(" get ")),
      [],
    );
  });

  it("counts only complete acknowledgements", async () => {
    fakeKubectl("1 1000\nnoise\n2 1100\n3");
    assert.deepEqual(await acknowledged(DRILLED), [
      { id: 1, at: 1000 },
      { id: 2, at: 1100 },
    ]);
  });
});
