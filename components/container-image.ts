import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import * as docker from "@pulumi/docker";
import * as dockerBuild from "@pulumi/docker-build";
import * as pulumi from "@pulumi/pulumi";
import { secretArgument } from "./secret-argument";

/** How an image is built from a folder. */
export interface ContainerImageBuild {
  /** Folder that is sent to BuildKit, relative to the program. Its `.dockerignore` is honoured. */
  readonly context: string;
  /**
   * Path of the Dockerfile, relative to the program.
   *
   * @default - `Dockerfile` in the context
   */
  readonly dockerfile?: string;
  /** Build arguments. They stay readable in the image's history, so never put a secret here. */
  readonly arguments?: Record<string, pulumi.Input<string>>;
  /**
   * Build secrets by id, for `RUN --mount=type=secret,id=…`; they reach neither a layer nor the history. Plain text is
   * refused.
   */
  readonly secrets?: Record<string, pulumi.Input<string>>;
  /**
   * Platforms such as `linux/arm64`.
   *
   * @default - the builder's own
   */
  readonly platforms?: string[];
  /**
   * Name of a buildx builder.
   *
   * @default - the one that `docker buildx use` chose
   */
  readonly builder?: string;
  /**
   * Repository that keeps BuildKit's cache between machines. With several platforms the cache is unreliable
   * (docker/buildx#1382).
   *
   * @default - no registry cache
   */
  readonly cacheRepository?: pulumi.Input<string>;
  /** Commit that last touched the context; becomes a label and the tag. Same sources, same digest. */
  readonly revision: string;
  /** Time of that commit in ISO 8601; every timestamp in the image is clamped to it. */
  readonly created: string;
  /** Where the sources live, for people; becomes a label. */
  readonly source?: string;
}

/** A login to the image's registry, for machines without a `docker login`. */
export interface RegistryLogin {
  /** User name. */
  readonly username: pulumi.Input<string>;
  /** Password or token, as a secret; plain text is refused. */
  readonly password: pulumi.Input<string>;
}

/** Arguments of {@link ContainerImage}: exactly one of `build` and `digest`. */
export interface ContainerImageArgs {
  /** Repository with its registry and without tag or digest, such as `registry.example.com/team/blog`. */
  readonly repository: string;
  /** Build the image here and push it. */
  readonly build?: ContainerImageBuild;
  /** Use what an earlier stage built: `sha256:` and 64 hexadecimal digits. Its existence is verified. */
  readonly digest?: string;
  /**
   * Login to the registry.
   *
   * @default - the logins that Docker's configuration holds
   */
  readonly login?: RegistryLogin;
}

/**
 * An image that is known by its digest: built with BuildKit and pushed, or promoted and only looked up.
 *
 * The human version is not part of the image: it is promoted byte for byte, and named afterwards.
 *
 * ```ts
 * const built = new ContainerImage("blog", {
 *   repository: "registry.example.com/blog",
 *   build: { context: "app", revision: "1f0c3ab", created: "2026-11-23T18:00:00Z" },
 * });
 * const promoted = new ContainerImage("blog", { repository: "registry.example.com/blog", digest: "sha256:…" });
 * ```
 */
export class ContainerImage extends pulumi.ComponentResource {
  /** `repository@sha256:…`, never a tag. */
  public readonly reference: pulumi.Output<string>;
  /** `sha256:…`. */
  public readonly digest: pulumi.Output<string>;

  /**
   * @throws ResourceError when not exactly one of `build` and `digest` is given, or the repository carries a
   * tag or digest, or a password or build secret is plain text.
   */
  constructor(name: string, args: ContainerImageArgs, opts?: pulumi.ComponentResourceOptions) {
    // Component arguments are kept in state, and this one may hold build secrets: they go to the child only.
    super("stagewright:index:ContainerImage", name, {}, opts);
    check(args, this);

    this.digest = args.build
      ? buildImage(name, args.repository, args.build, args.login, this)
      : findDigest(name, args.repository, args.digest ?? "", args.login, this);
    this.reference = pulumi.interpolate`${args.repository}@${this.digest}`;

    this.registerOutputs({ reference: this.reference, digest: this.digest });
  }
}

function check(args: ContainerImageArgs, component: ContainerImage): void {
  const fail = (message: string): never => {
    throw new pulumi.ResourceError(message, component, true);
  };
  if ((args.build === undefined) === (args.digest === undefined)) {
    fail("exactly one of `build` (build the image here) and `digest` (use a promoted one) must be given");
  }
  if (/@|:[^/]*$/.test(args.repository)) {
    fail(`repository "${args.repository}" must carry neither tag nor digest: the digest comes out, not in`);
  }
  if (args.digest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(args.digest)) {
    fail(`digest "${args.digest}" must be sha256: and 64 hexadecimal digits`);
  }
}

function registryOf(repository: string): string {
  return repository.split("/", 1)[0] ?? repository;
}

function buildImage(
  name: string,
  repository: string,
  build: ContainerImageBuild,
  login: RegistryLogin | undefined,
  parent: ContainerImage,
): pulumi.Output<string> {
  const image = new dockerBuild.Image(
    name,
    {
      context: { location: build.context },
      ...(build.dockerfile ? { dockerfile: { location: build.dockerfile } } : {}),
      buildArgs: {
        ...build.arguments,
        // BuildKit takes every timestamp from here instead of the clock.
        SOURCE_DATE_EPOCH: String(Math.floor(Date.parse(build.created) / 1000)),
      },
      ...(build.secrets ? { secrets: sealedSecrets(build.secrets, parent) } : {}),
      ...(build.platforms ? { platforms: build.platforms as dockerBuild.Platform[] } : {}),
      ...(build.builder ? { builder: { name: build.builder } } : {}),
      ...(build.cacheRepository ? cache(build.cacheRepository) : {}),
      ...(login ? { registries: [{ address: registryOf(repository), ...sealed(login, parent) }] } : {}),
      labels: imageLabels(build),
      // A tag keeps the manifest from the registry's garbage collection; nothing of ours ever reads it.
      tags: [`${repository}:git-${build.revision}`],
      exports: [{ raw: "type=registry,rewrite-timestamp=true,oci-mediatypes=true" }],
      buildOnPreview: false,
      push: false,
    },
    // An image that was promoted from here must outlive this stack.
    { parent, retainOnDelete: true },
  );
  return image.digest;
}

function sealed({ username, password }: RegistryLogin, owner: ContainerImage): RegistryLogin {
  return { username, password: secretArgument(password, "login.password", owner) };
}

function sealedSecrets(
  secrets: Readonly<Record<string, pulumi.Input<string>>>,
  owner: ContainerImage,
): Record<string, pulumi.Input<string>> {
  return Object.fromEntries(
    Object.entries(secrets).map(([id, value]) => [id, secretArgument(value, `build.secrets.${id}`, owner)]),
  );
}

function cache(ref: pulumi.Input<string>): Pick<dockerBuild.ImageArgs, "cacheFrom" | "cacheTo"> {
  return {
    cacheFrom: [{ registry: { ref } }],
    cacheTo: [{ registry: { ref, mode: "max", imageManifest: true, ociMediaTypes: true } }],
  };
}

function imageLabels(build: ContainerImageBuild): Record<string, string> {
  return {
    "org.opencontainers.image.revision": build.revision,
    "org.opencontainers.image.created": build.created,
    ...(build.source ? { "org.opencontainers.image.source": build.source } : {}),
  };
}

/** Asks the registry, through a provider that also wants a Docker daemon to answer although it needs none here. */
function findDigest(
  name: string,
  repository: string,
  digest: string,
  login: RegistryLogin | undefined,
  parent: ContainerImage,
): pulumi.Output<string> {
  const auth = registryAuth(registryOf(repository), login, parent);
  const provider = new docker.Provider(`${name}-registry`, auth ? { registryAuth: [auth] } : {}, { parent });
  // The provider reads a digest only behind a tag, and then ignores the tag.
  const image = `${repository}:promoted@${digest}`;
  return docker.getRegistryImageOutput({ name: image }, { parent, provider }).apply((found) => {
    if (found.sha256Digest !== digest) {
      throw new pulumi.RunError(`${repository} answers ${found.sha256Digest} when asked for ${digest}`);
    }
    return digest;
  });
}

function registryAuth(
  registry: string,
  login: RegistryLogin | undefined,
  owner: ContainerImage,
): docker.types.input.ProviderRegistryAuth | undefined {
  // Docker's own rule: a registry on the loopback is spoken to in plain http.
  const plain = /^(localhost|127\.\d+\.\d+\.\d+)(:|$)/.test(registry);
  const address = plain ? `http://${registry}` : registry;
  if (login) return { address, ...sealed(login, owner) };
  if (plain) return { address, authDisabled: true };
  // Without a file the provider refuses to look into it; public images need none.
  return existsSync(dockerConfigFile()) ? { address } : undefined;
}

function dockerConfigFile(): string {
  return join(process.env["DOCKER_CONFIG"] ?? join(homedir(), ".docker"), "config.json");
}
