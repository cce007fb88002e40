/**
 * The cluster at hand, told by variables; the defaults suit a local cluster whose registry is on port 5000 and
 * whose Gateway answers on port 8000 of this machine.
 */
export const target = {
  repository: process.env["E2E_REPOSITORY"] ?? "localhost:5000/stagewright-e2e/blog",
  /** Another registry, that of the later environments. */
  nextRegistry: process.env["E2E_NEXT_REGISTRY"] ?? "localhost:5001",
  builder: process.env["E2E_BUILDER"],
  /** Base image of the sample application, where its default cannot be pulled. */
  baseImage: process.env["E2E_BASE_IMAGE"],
  postgresImage: process.env["E2E_POSTGRES_IMAGE"],
  gateway: process.env["E2E_GATEWAY"] ?? "gateway/bench",
  ingressClass: process.env["E2E_INGRESS_CLASS"] ?? "traefik",
  address: process.env["E2E_ADDRESS"] ?? "http://127.0.0.1:8000",
} as const;
