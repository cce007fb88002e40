import * as pulumi from "@pulumi/pulumi";
import * as service from "@pulumi/pulumiservice";
import int from "./int.json";
import prod from "./prod.json";
import test from "./test.json";

/** What one of the files beside this one says. */
interface StackSettings {
  readonly deployment: Omit<service.DeploymentSettingsArgs, "organization" | "project" | "stack">;
  readonly drift: Pick<service.DriftScheduleArgs, "scheduleCron" | "autoRemediate">;
}

const config = new pulumi.Config();
const organization = pulumi.getOrganization();
const project = "stagewright";
const stacks: Readonly<Record<string, StackSettings>> = { test, int, prod };

for (const [stack, { deployment, drift }] of Object.entries(stacks)) {
  const target = { organization, project, stack };
  const vcs = deployment.vcs && { ...deployment.vcs, repository: config.require("repository") };
  const settings = new service.DeploymentSettings(stack, {
    ...deployment,
    ...(vcs ? { vcs } : {}),
    ...target,
  });
  new service.DriftSchedule(stack, { ...drift, ...target }, { dependsOn: settings });
}

/** Review stacks that Pulumi Cloud removes by itself: `pulumi config set --path 'reviews.review-login' 2026-12-01T00:00:00Z`. */
for (const [stack, timestamp] of Object.entries(config.getObject<Record<string, string>>("reviews") ?? {})) {
  new service.TtlSchedule(stack, { organization, project, stack, timestamp, deleteAfterDestroy: true });
}
