/** Annotation of a stack's Namespace that says whose it is. */
export const HOME = "stagewright/stack";

/** Whose a namespace is. The repository tells applications apart, as projects often keep the name that they came with. */
export function homeOf(settings: {
  readonly stack: string;
  readonly image: { readonly repository: string };
}): string {
  return `${settings.stack} of ${settings.image.repository}`;
}
