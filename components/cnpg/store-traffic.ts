import type { Traffic } from "../manifests/network-policies";
import type { BackupSettings } from "./backup-settings";

/** Where a cloud's nodes hand out identities; some ask for them by a port of their own. */
const IDENTITIES: Traffic = {
  peers: [{ ipBlock: { cidr: "169.254.0.0/16" } }],
  ports: [
    [80, "TCP"],
    [988, "TCP"],
  ],
};

/**
 * What an instance must reach to archive. No selector can name the store, which may be anywhere, so its port alone
 * is opened. The plugin's own pod, beside the operator, is reached by the operator alone and reaches no instance.
 */
export function storeTraffic({ endpoint, identity }: BackupSettings): Traffic[] {
  return [{ ports: [[portOf(endpoint), "TCP"]] }, ...(identity ? [IDENTITIES] : [])];
}

function portOf(endpoint: string | undefined): number {
  if (endpoint === undefined) return 443;
  const { port, protocol } = new URL(endpoint);
  return port === "" ? (protocol === "http:" ? 80 : 443) : Number(port);
}
