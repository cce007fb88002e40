import assert from "node:assert/strict";
import { TIMINGS } from "../../../components/cnpg/timings";

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

  it("leave the number of failed starts to the delay", () => {
    assert.equal(probes.startup.failureThreshold, undefined);
  });
});
