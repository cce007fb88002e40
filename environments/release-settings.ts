/** One request to the real route, and what must come back. */
export interface SmokeCheck {
  readonly path: string;
  readonly status: number;
  /** Text that the answer must hold. */
  readonly contains?: string;
}

/** How a stack takes part in the way of an image from stack to stack. */
export interface ReleaseSettings {
  /** The stack that must have proved an image before this one takes it. */
  readonly from?: string;
  /** Minutes that an image must have run there. */
  readonly soakMinutes: number;
  readonly smoke: {
    readonly checks: readonly SmokeCheck[];
    /** The tests that the application ships; `SMOKE_URL` tells them where it is. */
    readonly command?: string;
    /** Folder that the command runs in, relative to the project. */
    readonly directory?: string;
  };
  /** Who must have signed an image: a public key, or an identity and who vouches for it. */
  readonly signing?: { readonly key?: string; readonly identity?: string; readonly issuer?: string };
  /** Whether an image without such a signature is refused. */
  readonly signatureRequired: boolean;
  /** Whether a failed smoke test takes the last good image back by itself. */
  readonly rollback: "automatic" | "manual";
}
