import { type CiRole, CiSystem, ClaimMatching } from "./ci-role";

/** An hour: what is stolen from a job is worth nothing the next morning. */
const MOST_SECONDS = 3600;
const LEAST_SECONDS = 60;

/** Whether `*` stands for any text in this role. */
export const usesGlobs = ({ matching }: CiRole) => matching === ClaimMatching.Glob;

/** What a token must say, so that it is from this project's branch. */
export function boundClaims(system: CiSystem, address: string, role: CiRole): Record<string, string> {
  const { project, branch, environment, protectedBranch = true } = role;
  if (system === CiSystem.Jenkins) return { sub: jobAddress(address, project, branch) };
  return {
    project_path: project,
    ref: branch,
    ref_type: "branch",
    ...(protectedBranch ? { ref_protected: "true" } : {}),
    ...(environment === undefined ? {} : { environment, environment_protected: "true" }),
  };
}

/** Jenkins calls a job's token by the job's address; a slash in a branch's name is escaped in the name, and again there. */
function jobAddress(address: string, project: string, branch: string): string {
  const folders = project.split("/").map((folder) => `job/${escaped(folder)}/`);
  return `${address}/${folders.join("")}job/${escaped(escaped(branch))}/`;
}

const escaped = (text: string) => text.split("*").map(encodeURIComponent).join("*");

/** What is wrong with the roles for pipelines; `undefined` when nothing is. */
export function identityProblem(settings: {
  readonly system: CiSystem;
  readonly address: string;
  readonly audience: string;
  readonly publicKeys?: readonly unknown[];
  readonly certificateAuthority?: unknown;
  readonly path: string;
  readonly roles: Readonly<Record<string, CiRole>>;
}): string | undefined {
  const { system, address, audience, publicKeys, certificateAuthority, path, roles } = settings;
  if (!/^https:\/\/[^\s/]+(\/[^\s]*[^\s/])?$/.test(address)) {
    return `address is ${address}; it must begin with https:// and end without a slash`;
  }
  if (audience === "")
    return "audience is empty; name whom the pipelines' tokens are meant for, such as vault";
  if (!/^(?!auth\/)[\w-]+(\/[\w-]+)*$/.test(path)) {
    return `path is ${path}; it must be letters, digits, dashes and inner slashes, without auth/`;
  }
  if (publicKeys && certificateAuthority) {
    return "publicKeys and certificateAuthority exclude each other: with keys the issuer is not asked";
  }
  if (publicKeys?.length === 0)
    return "publicKeys is empty; leave it out to take those that the issuer publishes";
  const named = Object.entries(roles);
  if (named.length === 0) return "roles is empty; name what pipelines may log in as";
  return named
    .map(([name, role]) => roleProblem(system, name, role))
    .find((problem) => problem !== undefined);
}

function roleProblem(system: CiSystem, name: string, role: CiRole): string | undefined {
  const { policies, tokenTtlSeconds: seconds = LEAST_SECONDS } = role;
  const at = `roles.${name}`;
  if (!/^[\w-]+$/.test(name))
    return `a role is called ${JSON.stringify(name)}; it must be letters, digits and dashes`;
  if (!Number.isInteger(seconds) || seconds < LEAST_SECONDS || seconds > MOST_SECONDS) {
    return `${at}.tokenTtlSeconds is ${seconds}; it must be a whole number from ${LEAST_SECONDS} to ${MOST_SECONDS}`;
  }
  if (policies.length === 0 || policies.some((policy) => policy.trim() === "")) {
    return `${at}.policies must name each policy that its tokens get`;
  }
  if (policies.includes("root"))
    return `${at}.policies names root, which may do everything; name a policy of its own`;
  return whoProblem(at, role) ?? (system === CiSystem.Jenkins ? unknownToJenkins(at, role) : undefined);
}

function whoProblem(at: string, role: CiRole): string | undefined {
  const { project, branch } = role;
  if (project === "") return `${at}.project is empty; name whose pipelines they are`;
  if (/^[\s/]|[\s/]$|\/\//.test(project))
    return `${at}.project is ${project}; it must be a full path such as team/blog`;
  if (branch === "") return `${at}.branch is empty; name the branch that its pipelines run for`;
  const wild = [["project", project] as const, ["branch", branch] as const].find(([, text]) =>
    text.includes("*"),
  );
  if (wild !== undefined && !usesGlobs(role)) {
    return `${at}.${wild[0]} is ${wild[1]}, and * stands for itself; say matching: "glob" to mean any text by it`;
  }
  if (!/^[^*]+\//.test(project) && project.includes("*")) {
    return `${at}.project is ${project}, which lets other groups' pipelines in; its first part must be named`;
  }
  return undefined;
}

function unknownToJenkins(at: string, { environment, protectedBranch }: CiRole): string | undefined {
  const given = Object.entries({ environment, protectedBranch }).find(([, value]) => value !== undefined);
  return given && `${at}.${given[0]} is given, and Jenkins' tokens do not tell it; leave it out`;
}
