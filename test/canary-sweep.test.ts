import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { type Canaries, hatch, KINDS, Sweep } from "./support/canaries";

const ENCODINGS: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  "JSON-escaped": (text) => JSON.stringify({ text }),
  "JSON in JSON": (text) => JSON.stringify({ text: JSON.stringify({ text }) }),
  "URL-encoded": encodeURIComponent,
  "form-encoded": (text) => new URLSearchParams({ text }).toString(),
  base64: (text) => Buffer.from(text).toString("base64"),
  "base64 without padding": (text) => Buffer.from(text).toString("base64").replace(/=+$/, ""),
  base64url: (text) => Buffer.from(text).toString("base64url"),
  "base64 in JSON in base64": (text) =>
    Buffer.from(JSON.stringify({ text: Buffer.from(text).toString("base64") })).toString("base64"),
  hex: (text) => Buffer.from(text).toString("hex"),
  "upper-case hex": (text) => Buffer.from(text).toString("hex").toUpperCase(),
};

describe("the sweep for canaries", () => {
  const canaries = hatch();
  const sweep = new Sweep(canaries);

  for (const [name, encode] of Object.entries(ENCODINGS)) {
    it(`finds each one ${name}, whatever stands around it`, () => {
      fc.assert(
        fc.property(fc.constantFrom(...KINDS), fc.string(), fc.string(), (kind, before, after) => {
          const hits = sweep.text(encode(`${before}${canaries[kind]}${after}`), "here");
          assert.ok(hits.some((hit) => hit.kind === kind && hit.where === "here"));
          assert.ok(hits.every((hit) => hit.kind === kind));
        }),
        { numRuns: 100 },
      );
    });
  }

  it("finds half of one", () => {
    const half = canaries["Vault value"].slice(0, 11);
    assert.deepEqual(
      sweep.text(`x${half}y`, "here").map(({ form }) => form),
      ["part 0"],
    );
  });

  it("finds nothing else: no other canary, no noise", () => {
    const others: Canaries = hatch();
    for (const encode of Object.values(ENCODINGS)) {
      assert.deepEqual(sweep.text(KINDS.map((kind) => encode(others[kind])).join("\n"), "here"), []);
    }
  });

  it("never tells the canary itself", () => {
    assert.deepEqual(sweep.text(JSON.stringify(sweep.text(canaries["TLS key"], "here")), "the hits"), []);
  });

  it("goes through folders, file names and bytes, but not through links or what is to be left out", () => {
    const folder = mkdtempSync(join(tmpdir(), "sweep-"));
    try {
      const name = canaries["database password"].slice(0, 11);
      mkdirSync(join(folder, "a/skipped"), { recursive: true });
      writeFileSync(join(folder, "a", name), "");
      writeFileSync(
        join(folder, "a/bytes"),
        Buffer.concat([Buffer.from([0, 255]), Buffer.from(canaries["TLS key"])]),
      );
      writeFileSync(join(folder, "a/skipped/x"), canaries["Vault value"]);
      symlinkSync("/etc", join(folder, "link"));
      const hits = sweep
        .folder(folder, ["skipped"])
        .map(({ kind, where }) => `${kind} ${where.split("/").at(-1)}`);
      assert.deepEqual([...new Set(hits)].toSorted(), ["TLS key bytes", `database password ${name}`]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
