import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const HOSTS = "/etc/hosts";

/**
 * Tells this machine the name of a Service, for a Vault that runs on it and not in the cluster: it connects to the
 * database by the name that the certificate has. Until `stop`, the name follows the Service.
 */
export class ServiceName {
  readonly #mark: string;
  readonly #timer: NodeJS.Timeout;

  constructor(namespace: string, service: string) {
    const name = `${service}.${namespace}.svc`;
    this.#mark = ` ${name} # of a test`;
    this.#timer = setInterval(() => {
      const address = clusterAddress(namespace, service);
      const line = `${address}${this.#mark}`;
      if (address !== "" && !readFileSync(HOSTS, "utf8").includes(line)) this.#write([line]);
    }, 1000);
  }

  #write(lines: readonly string[]): void {
    const others = readFileSync(HOSTS, "utf8")
      .split("\n")
      .filter((line) => line !== "" && !line.endsWith(this.#mark));
    writeFileSync(HOSTS, `${[...others, ...lines].join("\n")}\n`);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#write([]);
  }
}

function clusterAddress(namespace: string, service: string): string {
  try {
    const args = [
      "get",
      "service",
      service,
      "--namespace",
      namespace,
      "--output",
      "jsonpath={.spec.clusterIP}",
    ];
    return execFileSync("kubectl", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "";
  }
}
