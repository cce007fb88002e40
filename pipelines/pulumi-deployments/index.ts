// Pulumi Deployments settings of the stacks. TEST follows the main branch, INT follows TEST, and PROD waits for a person:
// nothing here starts it. INT and PROD take the digest that the stack before runs. What to set: docs/pipelines.md.
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
const repository = config.require("repository");

function settingsOf(stack: string, { deployment, drift }: StackSettings, after?: pulumi.Resource) {
  const target = { organization, project, stack };
  const vcs = deployment.vcs && { ...deployment.vcs, repository };
  const settings = new service.DeploymentSettings(
    stack,
    { ...deployment, ...(vcs ? { vcs } : {}), ...target },
    after ? { dependsOn: after } : {},
  );
  new service.DriftSchedule(stack, { ...drift, ...target }, { dependsOn: settings });
  return settings;
}

const testSettings = settingsOf("test", test);
const intSettings = settingsOf("int", int, testSettings);
settingsOf("prod", prod, intSettings);

new service.Webhook(
  "test-to-int",
  {
    organizationName: organization,
    projectName: project,
    stackName: "test",
    displayName: "INT takes what TEST took",
    active: true,
    format: service.WebhookFormat.PulumiDeployments,
    payloadUrl: `${project}/int`,
    filters: [service.WebhookFilters.UpdateSucceeded],
  },
  { dependsOn: intSettings },
);

/** Review stacks that Pulumi Cloud removes by itself: `pulumi config set --path 'reviews.review-login' 2026-12-01T00:00:00Z`. */
for (const [stack, timestamp] of Object.entries(config.getObject<Record<string, string>>("reviews") ?? {})) {
  new service.TtlSchedule(stack, { organization, project, stack, timestamp, deleteAfterDestroy: true });
}
