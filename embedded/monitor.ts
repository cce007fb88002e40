import type { MockCallArgs, MockResourceArgs, Mocks } from "@pulumi/pulumi/runtime/mocks";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";

/** A value that the program marked as secret. */
export class Secret {
  readonly #value: unknown;
  constructor(value: unknown) {
    this.#value = value;
  }
  /** The value itself; nothing prints it by accident. */
  reveal(): unknown {
    return this.#value;
  }
  toJSON(): string {
    return "[secret]";
  }
}

/** One resource as the program registered it. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly parent: string;
  readonly custom: boolean;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  /** URNs that must be there first. */
  readonly dependencies: readonly string[];
  readonly provider: string;
  readonly ignoreChanges: readonly string[];
}

/** What the requests of the SDK's own protocol offer; the generated classes carry no usable types. */
interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getCustom(): boolean;
  getProtect(): boolean | undefined;
  getRetainondelete(): boolean | undefined;
  getDependenciesList(): string[];
  getProvider(): string;
  getIgnorechangesList(): string[];
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
}
type Callback = (error: unknown, response: { getUrn(): string }) => void;

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";

/** The SDK's mock monitor, remembering what the documented mocks leave out: parents, protection, order, secrets. */
export class RecordingMonitor extends MockMonitor {
  public readonly registrations: Registration[] = [];

  /** Only an engine applies transforms: what uses them must fail here, not be shown without them. */
  override supportsFeature(
    request: { getId(): string },
    callback: (error: unknown, response: { getHassupport(): boolean }) => void,
  ): void {
    const supported = !["outputValues", "transforms", "invokeTransforms"].includes(request.getId());
    callback(null, { getHassupport: () => supported });
  }

  // The SDK declares these requests as `any`.
  override async registerResource(request: RegisterRequest, callback: Callback): Promise<void> {
    await super.registerResource(request, (error: unknown, response: { getUrn(): string }) => {
      if (!error) this.registrations.push(record(request, response.getUrn()));
      callback(error, response);
    });
  }
}

function record(request: RegisterRequest, urn: string): Registration {
  return {
    type: request.getType(),
    name: request.getName(),
    urn,
    parent: request.getParent(),
    custom: request.getCustom(),
    inputs: markSecrets(request.getObject()?.toJavaScript() ?? {}) as Record<string, unknown>,
    protect: request.getProtect() ?? false,
    retainOnDelete: request.getRetainondelete() ?? false,
    dependencies: request.getDependenciesList(),
    provider: request.getProvider(),
    ignoreChanges: request.getIgnorechangesList(),
  };
}

/** Puts a {@link Secret} in the place of everything that the SDK's protocol marks as secret. */
export function markSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(markSecrets);
  if (typeof value !== "object" || value === null) return value;
  const fields = value as Record<string, unknown>;
  if (fields[SIGNATURE] === SECRET_SIGNATURE) return new Secret(markSecrets(fields["value"]));
  return Object.fromEntries(Object.entries(fields).map(([key, inner]) => [key, markSecrets(inner)]));
}

/** Answers of the embedded run: what an engine and the providers would compute, as far as the program reads it. */
export function answers(builtDigest: string): Mocks {
  return {
    newResource: ({ type, name, inputs }: MockResourceArgs) => ({
      id: `${name}-id`,
      state: type === "docker-build:index:Image" ? { ...inputs, digest: builtDigest } : inputs,
    }),
    call: ({ token, inputs }: MockCallArgs) => {
      if (token !== "docker:index/getRegistryImage:getRegistryImage") {
        const details = `the embedded run cannot answer ${token}: it has no provider`;
        // Of an error the SDK passes on only what gRPC calls its details.
        throw Object.assign(new Error(details), { details });
      }
      return { ...inputs, sha256Digest: String(inputs.name).split("@")[1] };
    },
  };
}
