/** Everything that can be reached in a registry, to be put into an empty one. */
export interface Contents {
  readonly blobs: readonly Entry[];
  /** Each after those that it names. */
  readonly manifests: readonly (Entry & { readonly type: string })[];
}

interface Entry {
  readonly repository: string;
  /** A digest, or a tag. */
  readonly name: string;
  readonly body: ArrayBuffer;
}

interface Manifest {
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string }[];
  readonly manifests?: readonly { readonly digest: string }[];
}

const ACCEPT = ["vnd.oci.image.index.v1", "vnd.oci.image.manifest.v1"].map(
  (type) => `application/${type}+json`,
);

/** Reads what a registry on the loopback holds. */
export async function readContents(address: string): Promise<Contents> {
  const blobs = new Map<string, Entry>();
  const manifests = new Map<string, Contents["manifests"][number]>();
  const addBlob = async (repository: string, name: string) => {
    const response = await ask(`${address}/v2/${repository}/blobs/${name}`);
    blobs.set(`${repository} ${name}`, { repository, name, body: await response.arrayBuffer() });
  };
  const addManifest = async (repository: string, name: string) => {
    const response = await ask(`${address}/v2/${repository}/manifests/${name}`, {
      headers: { accept: ACCEPT.join(",") },
    });
    const body = await response.arrayBuffer();
    const {
      config,
      layers = [],
      manifests: children = [],
    } = JSON.parse(new TextDecoder().decode(body)) as Manifest;
    for (const { digest } of children) await addManifest(repository, digest);
    for (const { digest } of [...(config ? [config] : []), ...layers]) await addBlob(repository, digest);
    const type = response.headers.get("content-type") ?? "";
    manifests.set(`${repository} ${name}`, { repository, name, type, body });
  };
  for (const [repository, tags] of Object.entries(await readTags(address))) {
    // An image is asked for by its digest too, which a tag alone would not bring back.
    for (const [tag, digest] of Object.entries(tags)) {
      await addManifest(repository, digest);
      await addManifest(repository, tag);
    }
  }
  return { blobs: [...blobs.values()], manifests: [...manifests.values()] };
}

/** Fills an empty registry. */
export async function writeContents(address: string, { blobs, manifests }: Contents): Promise<void> {
  for (const { repository, name, body } of blobs) {
    await ask(`${address}/v2/${repository}/blobs/uploads/?digest=${name}`, { method: "POST", body });
  }
  for (const { repository, name, type, body } of manifests) {
    const headers = { "content-type": type };
    await ask(`${address}/v2/${repository}/manifests/${name}`, { method: "PUT", body, headers });
  }
}

/** The tags of a registry's repositories, each with the digest that it names. */
export async function readTags(address: string): Promise<Record<string, Record<string, string>>> {
  const { repositories } = (await (await ask(`${address}/v2/_catalog`)).json()) as {
    repositories: string[] | null;
  };
  const found: Record<string, Record<string, string>> = {};
  for (const repository of repositories ?? []) {
    const { tags } = (await (await ask(`${address}/v2/${repository}/tags/list`)).json()) as {
      tags: string[];
    };
    const named: Record<string, string> = {};
    for (const tag of tags) {
      const response = await ask(`${address}/v2/${repository}/manifests/${tag}`, { method: "HEAD" });
      named[tag] = response.headers.get("docker-content-digest") ?? "";
    }
    found[repository] = named;
  }
  return found;
}

async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(`http://${url}`, init);
  if (!response.ok)
    throw new Error(`${init.method ?? "GET"} ${url}: ${response.status} ${await response.text()}`);
  return response;
}
