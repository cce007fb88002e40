import type { ImageFile } from "../adapters/image-files";

/** A package in an image, as its package manager names it. */
export interface Package {
  readonly name: string;
  readonly version?: string;
  /** The name that is the same for everybody: https://github.com/package-url/purl-spec. */
  readonly purl: string;
}

type Parser = (content: string, distribution: string) => Package[];

/** Which files list packages, and how each is read. */
const SOURCES: readonly (readonly [file: RegExp, parse: Parser])[] = [
  [/^var\/lib\/dpkg\/status$/, parseDpkg],
  [/^var\/lib\/dpkg\/status\.d\/[^/]+(?<!\.md5sums)$/, parseDpkg],
  [/^(usr\/)?lib\/apk\/db\/installed$/, parseApk],
  [/(^|\/)node_modules\/\.package-lock\.json$/, parseNpmLock],
  [/^(?!.*node_modules\/).*package-lock\.json$/, parseNpmLock],
  [/(^|\/)cpanfile\.snapshot$/, parseCpanSnapshot],
  [/(^|\/)\.meta\/[^/]+\/install\.json$/, parseCpanInstall],
];
const OS_RELEASE = /^(etc|usr\/lib)\/os-release$/;

/** Whether a file of an image is one of those that {@link packagesOf} reads. */
export function listsPackages(path: string): boolean {
  return OS_RELEASE.test(path) || SOURCES.some(([file]) => file.test(path));
}

/** The packages that the files of an image list, each once, sorted. */
export function packagesOf(files: readonly ImageFile[]): Package[] {
  const distribution = distributionOf(files);
  const found = files.flatMap(({ path, content }) => {
    const source = SOURCES.find(([file]) => file.test(path));
    return source ? source[1](content, distribution) : [];
  });
  const unique = new Map(found.map((entry) => [entry.purl, entry]));
  return [...unique.values()].toSorted((a, b) => (a.purl < b.purl ? -1 : 1));
}

function distributionOf(files: readonly ImageFile[]): string {
  const text = files.find(({ path }) => OS_RELEASE.test(path))?.content ?? "";
  return /^ID="?([\w.-]+)"?$/m.exec(text)?.[1] ?? "linux";
}

/** Paragraphs of `Key: value` lines, as dpkg writes them. */
function parseDpkg(content: string, distribution: string): Package[] {
  return content.split(/\n\n+/).flatMap((paragraph) => {
    const field = (name: string) => new RegExp(`^${name}: *(.+)$`, "m").exec(paragraph)?.[1];
    const [name, version, architecture] = [field("Package"), field("Version"), field("Architecture")];
    const status = field("Status");
    // What was removed stays in the list for as long as its settings do.
    if (!name || !version || (status !== undefined && !/ installed$/.test(status))) return [];
    return [osPackage("deb", distribution, name, version, architecture)];
  });
}

/** Paragraphs of `K:value` lines, as apk writes them. */
function parseApk(content: string, distribution: string): Package[] {
  return content.split(/\n\n+/).flatMap((paragraph) => {
    const field = (letter: string) => new RegExp(`^${letter}:(.+)$`, "m").exec(paragraph)?.[1];
    const [name, version] = [field("P"), field("V")];
    return name && version ? [osPackage("apk", distribution, name, version, field("A"))] : [];
  });
}

function osPackage(
  type: string,
  distribution: string,
  name: string,
  version: string,
  architecture: string | undefined,
): Package {
  const place = `pkg:${type}/${distribution}/${encodeURIComponent(name)}@${encodeURIComponent(version)}`;
  return { name, version, purl: architecture ? `${place}?arch=${architecture}` : place };
}

function parseNpmLock(content: string): Package[] {
  const { packages = {} } = parseJson<{ packages?: Record<string, { version?: string; link?: boolean }> }>(
    content,
  );
  return Object.entries(packages).flatMap(([path, { version, link }]) => {
    const name = path.split("node_modules/").at(-1);
    if (!name || !path.includes("node_modules/") || !version || link) return [];
    const place = name.split("/").map(encodeURIComponent).join("/");
    return [{ name, version, purl: `pkg:npm/${place}@${encodeURIComponent(version)}` }];
  });
}

/** Carton's list: a distribution by its name and version, at four spaces less than what it provides. */
function parseCpanSnapshot(content: string): Package[] {
  return [...content.matchAll(/^ {2}([A-Za-z][\w-]*?)-(v?\d[\w.]*)$/gm)].map(([, name, version]) =>
    cpanPackage(name ?? "", version ?? ""),
  );
}

/** What cpanminus leaves beside each distribution that it installed. */
function parseCpanInstall(content: string): Package[] {
  const { dist } = parseJson<{ dist?: string }>(content);
  const [, name, version] = /^(.+)-(v?\d[\w.]*)$/.exec(dist ?? "") ?? [];
  return name && version ? [cpanPackage(name, version)] : [];
}

function cpanPackage(name: string, version: string): Package {
  return { name, version, purl: `pkg:cpan/${encodeURIComponent(name)}@${encodeURIComponent(version)}` };
}

/** Somebody else's broken file must not keep an image from being listed. */
function parseJson<T extends object>(content: string): Partial<T> {
  try {
    const value: unknown = JSON.parse(content);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
