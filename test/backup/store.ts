import { getObjects } from "../../adapters/kubectl";
import { missingForCluster, type MissingPart } from "../support/parts";

/** An S3-compatible object store that the pods of the cluster at hand can reach. */
export const store = {
  endpoint: process.env["BACKUP_ENDPOINT"] ?? "",
  bucket: process.env["BACKUP_BUCKET"] ?? "backups",
  keys: {
    ACCESS_KEY_ID: process.env["BACKUP_ACCESS_KEY_ID"] ?? "",
    ACCESS_SECRET_KEY: process.env["BACKUP_ACCESS_SECRET_KEY"] ?? "",
  },
};

/** What the suite needs: the operator, the plugin and a store, all of them real. */
export async function missingForBackup(): Promise<MissingPart[]> {
  const cluster = await missingForCluster();
  if (cluster.length > 0) return cluster;
  const label = "cnpg.io/pluginName=barman-cloud.cloudnative-pg.io";
  const [plugin] = await getObjects({}, "service", "--all-namespaces", "--selector", label);
  return [
    ...(plugin ? [] : [{ part: "Barman Cloud plugin", how: "stagewright doctor names the command" }]),
    ...(store.endpoint !== "" && store.keys.ACCESS_SECRET_KEY !== ""
      ? []
      : [
          {
            part: "object store",
            how: "BACKUP_ENDPOINT=http://… BACKUP_BUCKET=… BACKUP_ACCESS_KEY_ID=… BACKUP_ACCESS_SECRET_KEY=…, such as of versitygw",
          },
        ]),
  ];
}
