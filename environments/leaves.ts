import { z } from "zod";

/** Says for people what a value must be, and shows one that is right. */
export interface Leaf {
  readonly expected: string;
  readonly example?: string;
}

/** What is said of each value, by its schema. */
export const leaves = z.registry<Leaf>();

/** A value with what is said of it. */
export function leaf<T extends z.ZodType>(
  schema: T,
  description: string,
  expected: string,
  example?: string,
): T {
  const described = schema.meta({ ...schema.meta(), description });
  leaves.add(described as never, example === undefined ? { expected } : { expected, example });
  return described;
}

/** A whole number within bounds that hold everywhere. */
export const wholeNumber = (least: number, most: number, description: string, example: number) =>
  leaf(z.int().min(least).max(most), description, `a whole number from ${least} to ${most}`, String(example));
/** A whole number whose bounds are the environment's; those given here are for editors. */
export const bounded = (least: number, most: number, description: string, example: number) =>
  leaf(z.int().meta({ minimum: least, maximum: most }), description, "a whole number", String(example));
/** Text of a certain form. */
export const text = (pattern: RegExp, description: string, expected: string, example?: string) =>
  leaf(z.string().regex(pattern), description, expected, example);

const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const BYTES = /^\d+(\.\d+)?(k|M|G|T|Ki|Mi|Gi|Ti)$/;
/** A name that Kubernetes takes. */
export const name = (description: string, example: string) =>
  text(DNS_LABEL, description, "lower-case letters, digits and dashes, 63 at most", example);
/** An amount of CPU. */
export const cpu = (description: string, example: string) =>
  text(/^\d+(\.\d+)?m?$/, description, "a CPU quantity such as 250m or 1.5", example);
/** An amount of memory or storage. */
export const bytes = (description: string, example: string) =>
  text(BYTES, description, "a size such as 512Mi or 10Gi", example);
