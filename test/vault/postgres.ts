import { execFileSync, spawn } from "node:child_process";
import {
  appendFileSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Folder of PostgreSQL's server programs, as Debian has them; `undefined` where there are none. */
export function serverPrograms(): string | undefined {
  const root = "/usr/lib/postgresql";
  if (!existsSync(root)) return undefined;
  const folders = readdirSync(root).map((version) => join(root, version, "bin"));
  return folders.toSorted().findLast((folder) => existsSync(join(folder, "initdb")));
}

/** A throw-away PostgreSQL of this machine alone that speaks TLS as `localhost`, and lets nobody in without it. */
export class Postgres {
  readonly folder = mkdtempSync(join(tmpdir(), "stagewright-postgres-"));
  readonly authority = join(this.folder, "ca.crt");
  /** An authority that has signed nothing. */
  readonly stranger = join(this.folder, "stranger.crt");
  readonly #bin: string;
  readonly port: number;

  constructor(bin: string, port: number) {
    [this.#bin, this.port] = [bin, port];
    this.#certify();
    writeFileSync(join(this.folder, "superuser"), "of-this-test");
    for (const file of readdirSync(this.folder)) this.#own(join(this.folder, file));
    this.#own(this.folder);
    const data = join(this.folder, "data");
    this.#run(
      "initdb",
      "-D",
      data,
      "-U",
      "postgres",
      "-A",
      "scram-sha-256",
      "--no-sync",
      "--pwfile",
      join(this.folder, "superuser"),
    );
    const settings = {
      port: String(port),
      listen_addresses: "127.0.0.1",
      unix_socket_directories: this.folder,
      fsync: "off",
      ssl: "on",
      ssl_cert_file: join(this.folder, "server.crt"),
      ssl_key_file: join(this.folder, "server.key"),
    };
    for (const [key, value] of Object.entries(settings))
      appendFileSync(join(data, "postgresql.conf"), `${key} = '${value}'\n`);
    writeFileSync(join(data, "pg_hba.conf"), "hostssl all all 127.0.0.1/32 scram-sha-256\n");
    this.#run("pg_ctl", "-D", data, "-w", "-s", "-l", join(this.folder, "log"), "start");
  }

  /** Signed by an authority of its own, as CloudNativePG does it. */
  #certify(): void {
    const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: this.folder, stdio: "pipe" });
    const key = ["-newkey", "rsa:2048", "-nodes"];
    openssl(
      "req",
      "-x509",
      ...key,
      "-keyout",
      "ca.key",
      "-out",
      "ca.crt",
      "-subj",
      "/CN=authority",
      "-days",
      "1",
    );
    const other = ["-keyout", "stranger.key", "-out", "stranger.crt", "-subj", "/CN=stranger", "-days", "1"];
    openssl("req", "-x509", ...key, ...other);
    openssl("req", ...key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost");
    writeFileSync(join(this.folder, "san"), "subjectAltName=DNS:localhost\n");
    const signed = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "san", "-days", "1"];
    openssl("x509", "-req", "-in", "server.csr", ...signed, "-out", "server.crt");
    execFileSync("chmod", ["600", join(this.folder, "server.key")]);
  }

  /** PostgreSQL does not run as root. */
  #own(file: string): void {
    if (process.getuid?.() === 0) chownSync(file, ...this.#owner());
  }

  #owner(): [number, number] {
    const ids = execFileSync("sh", ["-c", "id -u postgres; id -g postgres"], { encoding: "utf8" });
    const [user = 0, group = 0] = ids.split("\n").map(Number);
    return [user, group];
  }

  #run(program: string, ...args: string[]): void {
    const [uid, gid] = process.getuid?.() === 0 ? this.#owner() : [undefined, undefined];
    execFileSync(join(this.#bin, program), args, {
      cwd: this.folder,
      stdio: "ignore",
      ...(uid === undefined ? {} : { uid, gid }),
    });
  }

  /** Runs a statement over TLS that is verified; fails as psql does. */
  sql(statement: string, user = "postgres", password = "of-this-test"): string {
    // not a secret: a throw-away server's
    return execFileSync("psql", this.#words(user, statement), {
      encoding: "utf8",
      env: this.#environment(password),
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  }

  /** A session that would stay for a minute; gives what psql says when it ends. */
  sleep(user: string, password: string): Promise<string> {
    const child = spawn("psql", this.#words(user, "select pg_sleep(60)"), {
      env: this.#environment(password),
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    return new Promise((resolve) => child.on("close", () => resolve(said)));
  }

  #words(user: string, statement: string): string[] {
    const where = ["--host", "localhost", "--port", String(this.port), "--username", user];
    return ["-XAtq", ...where, "--dbname", user === "postgres" ? "postgres" : "app", "--command", statement];
  }

  #environment(password: string): NodeJS.ProcessEnv {
    return { ...process.env, PGPASSWORD: password, PGSSLMODE: "verify-full", PGSSLROOTCERT: this.authority };
  }

  stop(): void {
    this.#run("pg_ctl", "-D", join(this.folder, "data"), "-m", "immediate", "-s", "stop");
    rmSync(this.folder, { recursive: true });
  }
}
