import assert from "node:assert/strict";
import * as fc from "fast-check";
import { versionOfImage } from "../../components/cnpg/settled";
import { objectLabels, selectorLabels } from "../../components/manifests/labels";
import { containerProbes } from "../../components/manifests/probes";
import { parseQuantity } from "../../components/manifests/quantity";
import { resourceRequirements } from "../../components/manifests/resources";

describe("parseQuantity", () => {
  const table: readonly (readonly [text: string, number: number | undefined])[] = [
    ["0", 0],
    ["1", 1],
    ["1.5", 1.5],
    ["500m", 0.5],
    ["1k", 1e3],
    ["1M", 1e6],
    ["1G", 1e9],
    ["1T", 1e12],
    ["1P", 1e15],
    ["1Ki", 1024],
    ["512Mi", 536_870_912],
    ["1.5Gi", 1_610_612_736],
    ["1Ti", 1_099_511_627_776],
    ["1Pi", 1_125_899_906_842_624],
    ["", undefined],
    ["Gi", undefined],
    ["1 Gi", undefined],
    ["1gi", undefined],
    ["1GiB", undefined],
    ["1K", undefined],
    ["-1", undefined],
    ["1.", undefined],
    [".5", undefined],
    ["1,5Gi", undefined],
    ["1Gi\n", undefined],
    ["ten", undefined],
  ];
  for (const [text, number] of table) {
    it(`reads ${JSON.stringify(text)} as ${number}`, () => {
      assert.equal(parseQuantity(text), number);
    });
  }

  it("reads every whole number of mebibytes exactly", () => {
    const numbers = fc.integer({ min: 0, max: 2 ** 30 });
    fc.assert(fc.property(numbers, (n) => assert.equal(parseQuantity(`${n}Mi`), n * 2 ** 20)));
  });

  it("keeps the order of numbers, whatever the unit", () => {
    const units = fc.constantFrom("m", "", "k", "M", "G", "T", "P", "Ki", "Mi", "Gi", "Ti", "Pi");
    const pairs = fc.tuple(fc.nat(1e6), fc.nat(1e6)).filter(([a, b]) => a !== b);
    fc.assert(
      fc.property(units, pairs, (unit, [a, b]) => {
        const [less, more] = [
          parseQuantity(`${Math.min(a, b)}${unit}`),
          parseQuantity(`${Math.max(a, b)}${unit}`),
        ];
        assert.ok(less !== undefined && more !== undefined && less < more);
      }),
    );
  });

  it("finds a binary unit larger than its decimal namesake", () => {
    for (const unit of ["M", "G", "T", "P"]) {
      assert.ok((parseQuantity(`1${unit}i`) ?? 0) > (parseQuantity(`1${unit}`) ?? Infinity), unit);
    }
  });
});

describe("labels", () => {
  it("select by name and component alone", () => {
    assert.deepEqual(selectorLabels("blog", "web"), {
      "app.kubernetes.io/name": "blog",
      "app.kubernetes.io/component": "web",
    });
  });

  it("of an object contain those that select it, whatever the caller adds", () => {
    const keys = fc.constantFrom(
      "team",
      "app.kubernetes.io/name",
      "app.kubernetes.io/component",
      "app.kubernetes.io/managed-by",
    );
    fc.assert(
      fc.property(fc.dictionary(keys, fc.string()), (extra) => {
        const { team } = extra;
        assert.deepEqual(objectLabels("blog", "web", extra), {
          ...(team === undefined ? {} : { team }),
          "app.kubernetes.io/managed-by": "stagewright",
          "app.kubernetes.io/name": "blog",
          "app.kubernetes.io/component": "web",
        });
      }),
    );
  });
});

describe("versionOfImage", () => {
  const table: readonly (readonly [image: string, version: string])[] = [
    ["postgresql:17", "17"],
    ["ghcr.io/cloudnative-pg/postgresql:17.6-standard-trixie", "17.6"],
    ["registry.example.com:5000/postgresql:18.4", "18.4"],
    [`postgresql:17.6@sha256:${"1".repeat(64)}`, "17.6"],
    [`registry.example.com:5000/postgresql:17.6-minimal@sha256:${"1".repeat(64)}`, "17.6"],
    ["postgresql", ""],
    ["registry.example.com:5000/postgresql", ""],
    [`postgresql@sha256:${"1".repeat(64)}`, ""],
    ["postgresql:latest", ""],
    ["postgresql:trixie-17", ""],
  ];
  for (const [image, version] of table) {
    it(`finds ${version === "" ? "none" : version} in ${image.replace(/1{64}/, "…")}`, () => {
      assert.equal(versionOfImage(image), version);
    });
  }
});

describe("containerProbes", () => {
  it("ask for life and readiness at paths of their own", () => {
    const { startupProbe, livenessProbe, readinessProbe } = containerProbes();
    assert.deepEqual(startupProbe, {
      httpGet: { path: "/healthz", port: "http" },
      periodSeconds: 2,
      timeoutSeconds: 2,
      failureThreshold: 60,
    });
    assert.deepEqual(livenessProbe, {
      httpGet: { path: "/healthz", port: "http" },
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 6,
    });
    assert.deepEqual(readinessProbe, {
      httpGet: { path: "/readyz", port: "http" },
      periodSeconds: 2,
      timeoutSeconds: 3,
      failureThreshold: 3,
    });
  });

  it("give a start at least the declared time, and less than one period more", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3600 }), (startupSeconds) => {
        const { startupProbe } = containerProbes({ startupSeconds });
        const { failureThreshold, periodSeconds } = startupProbe as {
          failureThreshold: number;
          periodSeconds: number;
        };
        const time = failureThreshold * periodSeconds;
        assert.ok(time >= startupSeconds && time < startupSeconds + periodSeconds, `${time}`);
      }),
    );
  });
});

describe("resourceRequirements", () => {
  it("limit what is reserved, and bound scratch space", () => {
    assert.deepEqual(resourceRequirements({ cpu: "250m", memory: "1Gi" }), {
      requests: { cpu: "250m", memory: "1Gi", "ephemeral-storage": "64Mi" },
      limits: { cpu: "250m", memory: "1Gi", "ephemeral-storage": "512Mi" },
    });
  });

  it("let the processor, and it alone, be overcommitted", () => {
    const { requests, limits } = resourceRequirements({ cpu: "250m", cpuLimit: "2", memory: "1Gi" });
    assert.deepEqual(requests, { cpu: "250m", memory: "1Gi", "ephemeral-storage": "64Mi" });
    assert.deepEqual(limits, { cpu: "2", memory: "1Gi", "ephemeral-storage": "512Mi" });
  });
});
