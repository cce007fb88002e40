import { DATABASE_WAY } from "../components/postgres/way";

/** Why nothing can be granted in a stack's database from here; `undefined` when nothing stands against it. */
export function wayProblem(stack: string): string | undefined {
  if (process.env[DATABASE_WAY.authority]) return undefined;
  return (
    `stack ${stack} declares database.grants, and plain Pulumi opens no way to a database inside the cluster; ` +
    `use: stagewright up --stack ${stack}`
  );
}
