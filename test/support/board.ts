import type { Board } from "../../release/board";
import type { StackView } from "../../release/board/stack-card";
import type { DriftReport } from "../../release/drift/report";
import type { LiveStack } from "../../release/live";
import type { DeploymentRecord } from "../../release/records";
import { statusOf, type WatchedStack } from "../../release/status";
import { record } from "./history";
import { digestOf } from "./records";

/** Noon of the records' day, and six hours. */
export const NOW = new Date("2026-11-24T18:00:00Z");

const WATCHED: readonly WatchedStack[] = [
  { stack: "test", environment: "test", soakMinutes: 0 },
  { stack: "int", environment: "int", from: "test", soakMinutes: 120 },
  { stack: "prod", environment: "prod", from: "int", soakMinutes: 0 },
];

const VERSIONS: Readonly<Record<string, string>> = {
  a: "20261118.081205-master-1.3.2",
  b: "20261121.143055-master-1.4.0",
  c: "20261124.092214-master-1.4.1",
  d: "20261124.151148-master-1.4.1",
};
const COMMITS: Readonly<Record<string, string>> = {
  a: "4f1c09be71a2d83c5b6e0f9a1d2c3b4a5968778f",
  b: "a91be0c4476f5d2e8c7b6a594837261f0e1d2c3b",
  c: "0d6b72fa9c31e58b7a4f6d2c1e0b9a8877665544",
  d: "c7e8d512ab09f3647182930a4b5c6d7e8f901234",
};

const at = (minutes: number, stack: string, letter: string, more: Partial<DeploymentRecord> = {}) =>
  record(minutes, stack, letter, {
    version: VERSIONS[letter] ?? letter,
    commit: COMMITS[letter] ?? letter.repeat(40),
    pipeline: `https://ci.example.com/shop/blog/-/pipelines/${4000 + Math.abs(minutes)}`,
    by: stack === "prod" ? "grace.hopper" : "gitlab-ci",
    ...more,
  });

/** A history with a failure and a rollback. */
export const HISTORY: readonly DeploymentRecord[] = [
  at(-8600, "test", "a"),
  at(-8500, "int", "a"),
  at(-7200, "prod", "a"),
  at(-4180, "test", "b"),
  at(-4000, "int", "b"),
  at(-2900, "prod", "b"),
  at(-120, "test", "c"),
  at(-30, "int", "c"),
  at(40, "prod", "c", {
    result: "failed",
    failedStep: "smoke",
    reason: 'GET /: 200 came, without the expected text "Stagewright blog"',
  }),
  at(44, "prod", "b", {
    operation: "rollback",
    replaces: digestOf("c"),
    reason: "smoke failed: GET /: 200 came, without the expected text",
    by: "stagewright",
  }),
  at(228, "test", "d", { by: "ada.lovelace" }),
  at(230, "int", "d", {
    result: "failed",
    failedStep: "signature",
    reason: "no signature of ci@example.com",
  }),
];

const live = (stack: string, letter: string, pods: number, more: Partial<LiveStack> = {}): LiveStack => ({
  stack,
  web: {
    deployment: "blog",
    ready: pods,
    desired: pods,
    digests: [{ digest: digestOf(letter), pods }],
    withoutImage: 0,
  },
  database: {
    cluster: "blog-db",
    healthy: true,
    phase: "Cluster in healthy state",
    ready: pods,
    desired: pods,
    archiving: "yes",
    lastBackupSucceeded: "yes",
    backup: { completed: "2026-11-24T03:00:41Z" },
  },
  drill: { kind: "restore", ended: "2026-11-23T04:10:00Z", result: "passed", rpoSeconds: 4, rtoSeconds: 171 },
  ...more,
});

/** A board of these stacks. */
export function boardOf(
  records: readonly DeploymentRecord[],
  lives: readonly LiveStack[],
  drifts: Readonly<Record<string, DriftReport | string>> = {},
  watched = WATCHED,
): Board {
  const views = statusOf(watched, records, lives, NOW).map((status): StackView => {
    const drift = drifts[status.stack];
    const found = lives.find(({ stack }) => stack === status.stack);
    const none: LiveStack = { stack: status.stack, web: "none", database: "none", drill: "none" };
    return { status, live: found ?? none, ...(drift === undefined ? {} : { drift }) };
  });
  return { project: "blog", at: NOW, views, records };
}

const noDrift = (stack: string): DriftReport => ({ stack, drifts: [], notCompared: [] });

/** Boards as they come: on a usual day, on a bad one, and before anything was deployed. */
export const BOARDS = {
  usual: boardOf(
    HISTORY,
    [live("test", "d", 1, { drill: "none" }), live("int", "c", 2), live("prod", "b", 3)],
    { test: noDrift("test"), int: noDrift("int"), prod: noDrift("prod") },
  ),
  bad: boardOf(
    HISTORY,
    [
      { stack: "test", web: "not reachable", database: "not reachable", drill: "not reachable" },
      live("int", "c", 2, {
        web: {
          deployment: "blog",
          ready: 2,
          desired: 3,
          digests: [
            { digest: digestOf("c"), pods: 2 },
            { digest: digestOf("d"), pods: 1 },
          ],
          withoutImage: 1,
        },
        database: {
          cluster: "blog-db",
          healthy: false,
          phase: "Waiting for the instances to become active",
          ready: 1,
          desired: 3,
          archiving: "no",
          lastBackupSucceeded: "no",
          backup: { completed: "2026-11-20T03:00:41Z" },
        },
        drill: { kind: "restore", ended: "2026-11-23T04:10:00Z", result: "failed" },
      }),
      live("prod", "e", 3),
    ],
    {
      test: "could not be found out",
      prod: {
        stack: "prod",
        drifts: [
          {
            resource: "Deployment blog",
            kind: "changed",
            fields: [
              {
                path: "spec.template.spec.containers[web].image",
                text: `spec.template.spec.containers[web].image is "registry.example.com/shop/blog@${digestOf("e")}", and was deployed as "registry.example.com/shop/blog@${digestOf("b")}" (by kubectl-set)`,
              },
            ],
          },
          { resource: "NetworkPolicy blog", kind: "missing", fields: [] },
        ],
        notCompared: [],
      },
    },
  ),
  empty: boardOf(
    [],
    WATCHED.map(({ stack }) => ({ stack, web: "none", database: "none", drill: "none" })),
  ),
} satisfies Record<string, Board>;

const WORD = "x".repeat(180);

/** Words without an end, wherever people or machines choose them. */
export const LONG_BOARD: Board = boardOf(
  [
    ...HISTORY,
    at(290, "prod", "a", { version: WORD, by: WORD, commit: WORD }),
    at(300, "prod", "c", { result: "failed", failedStep: WORD, reason: WORD, by: WORD }),
  ],
  [live("prod", "a", 3, { drill: { kind: WORD, ended: "2026-11-23T04:10:00Z", result: WORD } })],
  { prod: { stack: "prod", drifts: [{ resource: WORD, kind: "missing", fields: [] }], notCompared: [] } },
  [
    { stack: "prod", environment: "prod", soakMinutes: 0, from: "int" },
    { stack: WORD, environment: "test", soakMinutes: 0, from: "prod" },
  ],
);
