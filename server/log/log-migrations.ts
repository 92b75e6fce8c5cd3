import { discover } from "../../engine/discover.ts";
import type { Migration } from "../migration.ts";

/** Those of the log's own database, in order. */
export async function loadLogMigrations(): Promise<readonly Migration[]> {
  return [...(await discover<Migration>(new URL("./migrations/", import.meta.url))).values()];
}
