import type { Input } from "@pulumi/pulumi";
import type { types } from "@pulumi/kubernetes";

/** What one container may use. */
export interface Resources {
  /** CPU that is reserved, as a Kubernetes quantity such as `250m`. */
  readonly cpu: Input<string>;
  /**
   * CPU that may be used at most.
   *
   * @default - the same as `cpu`
   */
  readonly cpuLimit?: Input<string>;
  /** Memory, reserved and at most: an overcommitted container is killed when it hurts most. */
  readonly memory: Input<string>;
}

/** Requests and limits of a container; scratch space is bounded so that a log cannot fill a node. */
export function resourceRequirements(resources: Resources): types.input.core.v1.ResourceRequirements {
  return {
    requests: { cpu: resources.cpu, memory: resources.memory, "ephemeral-storage": "64Mi" },
    limits: {
      cpu: resources.cpuLimit ?? resources.cpu,
      memory: resources.memory,
      "ephemeral-storage": "512Mi",
    },
  };
}
