import type { Input } from "@pulumi/pulumi";

/**
 * One database in two clusters, each in a Kubernetes cluster of its own: one is written to, the other one follows it
 * and can take over. Both must declare the pair, and both must archive.
 */
export interface ReplicaSettings {
  /**
   * Name of this cluster among the two. Its archive is called by it and by the generation, such as `blog-south-1`.
   *
   * @default - the cluster's own name
   */
  readonly self?: string;
  /**
   * Which of the two is written to: `self` or the name of `source`. A new cluster that is not begins from the other
   * one's last backup. Of clusters that are there already the old one must be demoted first, and the new one promoted
   * with the token that comes of it, or writes are lost: `stagewright switch-primary` does both.
   */
  readonly primary: string;
  /** The other one. */
  readonly source: ReplicaSource;
  /**
   * The `status.demotionToken` of the other one, with which this one takes over. It must come together with `primary`.
   *
   * @default - `stagewright switch-primary` hands it over
   */
  readonly promotionToken?: Input<string>;
}

/** How the other cluster of a pair is followed: by its archive, and where that is not soon enough by streaming too. */
export interface ReplicaSource {
  /** What the other one calls itself: its `self`. */
  readonly name: string;
  /**
   * Name of its archive in the object store.
   *
   * @default - its name and generation 1, such as `blog-north-1`
   */
  readonly serverName?: string;
  /**
   * Name of the ObjectStore here that its archive is read from.
   *
   * @default - the one that `backup` makes
   */
  readonly objectStoreName?: Input<string>;
  /**
   * A connection beside the archive, for a standby that is behind by less than a file of the log.
   *
   * @default - the archive alone
   */
  readonly streaming?: ReplicaStreaming;
}

/** A connection to the primary of the other cluster, with a certificate of that cluster. */
export interface ReplicaStreaming {
  /** Host of the other cluster's primary; the certificate there must be valid for it. */
  readonly host: string;
  /**
   * Port of the other cluster's primary.
   *
   * @default 5432
   */
  readonly port?: number;
  /** Name of a Secret with `tls.crt` and `tls.key`: a copy of the other cluster's `NAME-replication`. */
  readonly certificateSecretName: Input<string>;
  /** Name of a Secret with `ca.crt`: a copy of the other cluster's `NAME-ca`. */
  readonly certificateAuthoritySecretName: Input<string>;
  /** Addresses that the other cluster's instances come from to stream from here, such as `10.20.0.0/16`. */
  readonly clientAddresses: string[];
}
