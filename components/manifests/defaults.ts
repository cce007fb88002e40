/** Arguments on top of defaults; one that is given as `undefined` counts as not given. */
export function withDefaults<T extends object, K extends keyof T>(
  defaults: Required<Pick<T, K>>,
  args: T,
): T & Required<Pick<T, K>> {
  const given = Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined));
  return { ...defaults, ...given } as T & Required<Pick<T, K>>;
}
