import type { CompiledQuery, Kysely } from "kysely";
import { discover, type Named } from "../engine/discover.ts";

/**
 * One step of the database's shape, forward only. Named `NNNN-subject`; NNNN is the `user_version` that it leads to.
 * A landed file is never edited.
 */
export interface Migration extends Named {
  /** Statements in order; `builder` only compiles, it is not connected. */
  up(builder: Kysely<unknown>): readonly CompiledQuery[];
}

export function defineMigration(migration: Migration): Migration {
  return migration;
}

/** All migrations in order. */
export async function loadMigrations(): Promise<readonly Migration[]> {
  return [...(await discover<Migration>(new URL("./migrations/", import.meta.url))).values()];
}

export function versionOf(migration: Migration): number {
  return Number.parseInt(migration.name.slice(0, 4), 10);
}
