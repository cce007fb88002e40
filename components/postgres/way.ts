/** Variables of a run that lead the provider to the database; nothing of a run belongs into the state. */
export const DATABASE_WAY = {
  /** Address of a SOCKS proxy that knows the primary's host. */
  proxy: "STAGEWRIGHT_DATABASE_PROXY",
  /** Hosts that the provider reaches without it, in place of the machine's own NO_PROXY. */
  direct: "STAGEWRIGHT_DATABASE_NO_PROXY",
  /** File with the authority that signed the primary's certificate, in PEM. */
  authority: "STAGEWRIGHT_DATABASE_CA",
} as const;
