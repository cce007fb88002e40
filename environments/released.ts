import { RunError } from "@pulumi/pulumi";

/** What the command line tells the program of the image that is released, in variables of the environment. */
export interface Released {
  /** The image's digest, instead of building one and instead of the configured one. */
  readonly digest?: string;
  /** The commit that the image belongs to, where it is not the one that is checked out. */
  readonly commit?: string;
  /** The version that was recorded for the commit first. */
  readonly version?: string;
}

const FORMS = {
  digest: {
    variable: "STAGEWRIGHT_DIGEST",
    form: /^sha256:[0-9a-f]{64}$/,
    expected: "sha256: and 64 hexadecimal digits",
  },
  commit: { variable: "STAGEWRIGHT_COMMIT", form: /^[0-9a-f]{40,64}$/, expected: "a commit's full hash" },
  version: {
    variable: "STAGEWRIGHT_VERSION",
    form: /^\d{8}\.\d{6}-[a-z0-9-]+-\d+\.\d+\.\d+[\w.-]*$/,
    expected: "a version such as 20170717.111749-master-1.2.3",
  },
} as const;

/**
 * Reads the variables.
 *
 * @throws RunError when one of them is not of its form.
 */
export function readReleased(
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Released {
  const entries = Object.entries(FORMS).flatMap(([key, { variable, form, expected }]) => {
    const value = variables[variable];
    if (!value) return [];
    if (!form.test(value)) {
      throw new RunError(
        `${variable} is ${JSON.stringify(value)}, and must be ${expected}: unset ${variable}`,
      );
    }
    return [[key, value]];
  });
  return Object.fromEntries(entries) as Released;
}

/** The variables that hand a release to the program; {@link readReleased} reads them there. */
export function releasedVariables(released: Released): Record<string, string> {
  return Object.fromEntries(
    Object.entries(released).map(([key, value]) => [
      FORMS[key as keyof typeof FORMS].variable,
      value as string,
    ]),
  );
}

/** A raw configuration whose image is the released one: nothing is built, and the configured digest does not count. */
export function withReleasedImage(
  raw: Readonly<Record<string, unknown>>,
  { digest }: Released,
): Readonly<Record<string, unknown>> {
  const image = raw["image"];
  if (digest === undefined || typeof image !== "object" || image === null) return raw;
  const {
    context: _context,
    dockerfile: _dockerfile,
    builder: _builder,
    ...kept
  } = image as Record<string, unknown>;
  return { ...raw, image: { ...kept, digest } };
}
