import assert from "node:assert/strict";
import type { PostgresClusterArgs } from "../../../components";
import { TIMINGS } from "../../../components/cnpg/timings";
import { at, one } from "../../support/program";
import { database, inTurn } from "./clusters";

const parameter = async (args: Partial<PostgresClusterArgs>) =>
  at(
    one(await database(args), "Cluster").inputs,
    "spec",
    "postgresql",
    "parameters",
    "wal_retrieve_retry_interval",
  );

describe("The timings of a PostgreSQL cluster", () => {
  const { primaryLease, probes, stopDelay, smartShutdownTimeout, switchoverDelay } = TIMINGS;

  it("are ones that the operator's admission takes", () => {
    assert.ok(primaryLease.leaseDurationSeconds > primaryLease.renewDeadlineSeconds);
    assert.ok(primaryLease.renewDeadlineSeconds > primaryLease.retryPeriodSeconds * 1.2);
  });

  it("leave a fast shutdown its time after the smart one", () => {
    assert.ok(stopDelay - smartShutdownTimeout >= switchoverDelay);
  });

  it("end an isolated primary before its node counts as lost, and within one probe", () => {
    const { periodSeconds, timeoutSeconds, failureThreshold = 0, isolationCheck } = probes.liveness;
    assert.ok(periodSeconds * failureThreshold < 40);
    assert.ok(isolationCheck.requestTimeout + isolationCheck.connectionTimeout < timeoutSeconds * 1000);
  });

  it("let standbys follow a new primary soon, where there are any, unless the caller chose otherwise", async () => {
    const own = { wal_retrieve_retry_interval: "2s" };
    const found = await inTurn(
      [{ instances: 1 }, { instances: 2 }, { instances: 3, parameters: own }],
      parameter,
    );
    assert.deepEqual(found, [undefined, "1s", "2s"]);
  });

  it("leave the number of failed starts to the delay", () => {
    assert.equal(probes.startup.failureThreshold, undefined);
  });
});
