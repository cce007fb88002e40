/** The options that were given; absent ones are `undefined`. */
export type Values = Readonly<Record<string, string | boolean | undefined>>;
