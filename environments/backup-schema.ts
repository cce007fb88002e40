import { z } from "zod";
import { bounded, leaf, name, text, wholeNumber } from "./leaves";

const SIX_FIELDS = "cron with six fields, the first being the second, such as 0 0 2 * * *";
const schedule = (description: string, example: string) =>
  text(/^\s*\S+(\s+\S+){5}\s*$/, description, SIX_FIELDS, example);
const BACKUP_ID = "the name of a base backup, such as 20261124T020000";

/** `database.backup`. */
export const backup = z
  .strictObject({
    destination: text(
      /^((s3|gs):\/\/[^/\s]+|https:\/\/[a-z0-9]+\.blob\.core\.windows\.net\/[^/\s]+)(\/\S*)?$/,
      "where log and data are archived",
      "s3://bucket/path, gs://bucket/path or https://account.blob.core.windows.net/container",
      "s3://BUCKET/PATH",
    ),
    endpoint: text(
      /^https?:\/\/[^/\s]+$/,
      "address of the store, where it is not the cloud's own",
      "an address such as https://s3.example.com:9000, without a path",
      "https://s3.example.com:9000",
    ).optional(),
    endpointCaSecretName: name("Secret whose ca.crt signed the store's certificate", "store-ca").optional(),
    secretName: name("Secret with the store's credentials, which is there already", "store").optional(),
    identity: z
      .record(z.string(), leaf(z.string(), "an annotation of the instances' service account", "text"))
      .optional()
      .meta({ description: "workload identity instead of credentials: annotations of the service account" }),
    retention: text(
      /^[1-9]\d*[dwm]$/,
      "how long backups are kept",
      "a number of days, weeks or months, such as 30d",
      "30d",
    ).optional(),
    compression: leaf(
      z.enum(["bzip2", "gzip", "lz4", "snappy"]),
      "how log and data are compressed",
      "bzip2, gzip, lz4 or snappy",
      "gzip",
    ).optional(),
    schedule: schedule("when all data is backed up, in UTC", "0 0 2 * * *").optional(),
    immediate: leaf(
      z.boolean(),
      "whether a new archive begins with a backup",
      "true or false",
      "true",
    ).optional(),
    generation: wholeNumber(
      1,
      9999,
      "number of the archive; a cluster made anew needs the next one",
      2,
    ).optional(),
    rpoSeconds: wholeNumber(60, 3600, "seconds of writes that may be lost", 300).optional(),
    snapshots: z
      .strictObject({
        className: name("VolumeSnapshotClass", "csi"),
        schedule: schedule("when they are made, in UTC", "0 0 4 * * 0").optional(),
      })
      .optional()
      .meta({ description: "snapshots of the volumes beside the archive" }),
    onFailure: leaf(
      z.enum(["fail", "warn"]),
      "what `up` does when nothing is archived, or the last backup is too old",
      "fail or warn",
      "warn",
    ).optional(),
    maxAgeHours: bounded(1, 8760, "age in hours at which the last backup is too old", 26).optional(),
  })
  .meta({ description: "the archive of the database" });

/** `database.drill`. */
export const drill = z
  .strictObject({
    schedule: text(
      /^\s*\S+(\s+\S+){4}\s*$/,
      "when the backup is restored and proved in the cluster, in UTC; without it, only by hand",
      "cron with five fields, the first being the minute, such as 30 4 * * 0",
      "30 4 * * 0",
    ).optional(),
    maxAgeHours: wholeNumber(
      1,
      8760,
      "age in hours at which the last drill no longer lets an image come to this stack; without it, none is asked for",
      192,
    ).optional(),
  })
  .meta({ description: "the drill that proves that the database can be restored" });

/** `database.recovery`. */
export const recovery = z
  .strictObject({
    serverName: name("archive to recover from: the cluster's name and generation", "blog-db-1"),
    objectStoreName: name("ObjectStore to read it from; without it, the backup's", "blog-db").optional(),
    backupId: text(/^\d{8}T\d{6}$/, "base backup to begin with", BACKUP_ID, "20261124T020000").optional(),
    targetTime: text(
      /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})$/,
      "time to stop at",
      "a time with its zone, such as 2026-11-24T13:05:00Z",
      "2026-11-24T13:05:00Z",
    ).optional(),
    targetName: text(
      /^\P{Cc}{1,63}$/u,
      "restore point to stop at",
      "the name of a restore point, 63 characters at most",
      "before-import",
    ).optional(),
  })
  .meta({ description: "the archive that a new database is made from" });

const member = (description: string, example: string) =>
  text(
    /^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$/,
    description,
    "lower-case letters, digits and dashes, 50 at most",
    example,
  );

/** `database.replica`. */
export const replica = z
  .strictObject({
    self: member("name of this database among the two, and of its archive", "blog-south"),
    primary: member("which of the two is written to: self, or the name of source", "blog-south"),
    source: z
      .strictObject({
        name: member("the other one's self", "blog-north"),
        serverName: name("its archive; without it, its name and generation 1", "blog-north-1").optional(),
        objectStoreName: name(
          "ObjectStore to read its archive from; without it, the backup's",
          "blog-north",
        ).optional(),
        streaming: z
          .strictObject({
            host: text(
              /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/,
              "host of the other one's primary",
              "a host name in lower case",
              "db.north.example.com",
            ),
            port: wholeNumber(1, 65535, "port of the other one's primary", 5432).optional(),
            certificateSecretName: name(
              "copy of the other one's Secret NAME-replication",
              "north-replication",
            ),
            certificateAuthoritySecretName: name("copy of the other one's Secret NAME-ca", "north-ca"),
            clientAddresses: z
              .array(
                text(
                  /^[0-9a-f.:]+\/\d{1,3}$/,
                  "a range of addresses",
                  "a range such as 10.20.0.0/16",
                  "10.20.0.0/16",
                ),
              )
              .meta({ description: "addresses that the other one's instances come from" }),
          })
          .optional()
          .meta({ description: "a connection beside the archive" }),
      })
      .meta({ description: "the other one" }),
  })
  .meta({ description: "the other database of a pair, usually in another Kubernetes cluster" });
