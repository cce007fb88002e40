import assert from "node:assert/strict";
import { drillFailover, type FailoverResult, type Harm } from "../../release/drills/failover";
import { FAULT_NAMES, faults } from "../../release/drills/faults";
import { nodeToCut } from "../../release/drills/node";
import { DRILL_TABLE } from "../../release/drills/writer";
import { close, declare, namespace, open, query, ready } from "../backup/bench";
import { kubectl } from "../e2e/support/cluster";
import { endUnlessThere, missingForCluster, missingOperator } from "../support/parts";

const say = (text: string) => void process.stdout.write(`      ${text}\n`);
const target = { client: {}, namespace, cluster: "db", clientLabels: { app: "drill" } };
const { DRILL_NODE_DOWN: down, DRILL_NODE_UP: up } = process.env;

async function drill(harm: Harm): Promise<FailoverResult> {
  const result = await drillFailover(target, harm, { step: say, warn: say });
  say(`${result.outageSeconds.toFixed(1)} s without writes, ${result.acknowledged} acknowledged`);
  assert.equal(result.lost, 0);
  assert.equal(result.result, "passed");
  // Nobody was told to stop writing, so a fault that was none would show here.
  assert.ok(result.outageSeconds > 0.5, `only ${result.outageSeconds} s: was anything done?`);
  return result;
}

/** One of each kind, with as many instances as prod has; `npm run drills` makes many, beside the operator's sample. */
describe("the failover drill, on the real parts", () => {
  before(async () => {
    const cluster = await missingForCluster();
    endUnlessThere("test:failover", cluster.length > 0 ? cluster : await missingOperator());
    open();
    await declare("db", { instances: 3, clients: [{ app: "drill" }], backup: undefined });
    say(`ready after ${(await ready("db", 600)).toFixed(0)} s`);
  });
  after(close);

  for (const kind of faults) {
    it(`loses no acknowledged write: ${FAULT_NAMES[kind]}`, async () => {
      const { primaryBefore, primaryAfter } = await drill({ kind });
      // A killed PostgreSQL may be back in place before a standby takes over.
      if (kind !== "kill") assert.notEqual(primaryAfter, primaryBefore);
    });
  }

  it(`loses no acknowledged write, or says why it is not run: ${FAULT_NAMES.node}`, async function () {
    const found = await nodeToCut(target);
    if ("problem" in found || !down || !up) {
      const why = "problem" in found ? found.problem : "DRILL_NODE_DOWN and DRILL_NODE_UP are not set";
      process.stdout.write(`not run: ${FAULT_NAMES.node} (${why})\n`);
      this.skip();
      return;
    }
    const { primaryBefore, primaryAfter } = await drill({ kind: "node", ...found, down, up });
    assert.notEqual(primaryAfter, primaryBefore);
  });

  it("leaves nothing but the database", () => {
    const here = ["--namespace", namespace, "--ignore-not-found", "--output", "name"];
    assert.equal(kubectl("get", "pod", "db-drill-writer", ...here), "");
    assert.equal(query("db", `select to_regclass('${DRILL_TABLE}') is null`), "t");
  });
});
