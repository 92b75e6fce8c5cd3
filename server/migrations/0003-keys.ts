import { sql } from "kysely";
import { defineMigration } from "../migration.ts";

/**
 * Virtual keys and their secrets, of which only SHA-256 hashes are kept; a key has two secrets while it is rotated.
 * `revisions` counts changes, so that every process sees soon that what it has cached is old.
 */
export default defineMigration({
  name: "0003-keys",
  up: ({ schema }) => [
    schema
      .createTable("virtual_keys")
      .addColumn("key_id", "text", (column) => column.primaryKey().notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("tenant", "text")
      .addColumn("team", "text")
      .addColumn("user", "text")
      .addColumn("routes", "text")
      .addColumn("models", "text")
      .addColumn("tags", "text", (column) => column.notNull())
      .addColumn("limits", "text", (column) => column.notNull())
      .addColumn("expires_at_ms", "integer")
      .addColumn("is_disabled", "integer", (column) => column.notNull())
      .addColumn("revoked_at_ms", "integer")
      .addColumn("created_at_ms", "integer", (column) => column.notNull())
      .addColumn("updated_at_ms", "integer", (column) => column.notNull())
      .modifyEnd(sql`strict`)
      .compile(),
    schema
      .createTable("key_secrets")
      .addColumn("hash", "blob", (column) => column.primaryKey().notNull())
      .addColumn("key_id", "text", (column) => column.notNull().references("virtual_keys.key_id"))
      .addColumn("prefix", "text", (column) => column.notNull())
      .addColumn("created_at_ms", "integer", (column) => column.notNull())
      .addColumn("expires_at_ms", "integer")
      .modifyEnd(sql`strict, without rowid`)
      .compile(),
    schema.createIndex("key_secrets_by_key").on("key_secrets").column("key_id").compile(),
    schema
      .createTable("revisions")
      .addColumn("subject", "text", (column) => column.primaryKey().notNull())
      .addColumn("revision", "integer", (column) => column.notNull())
      .modifyEnd(sql`strict, without rowid`)
      .compile(),
  ],
});
