import { sql } from "kysely";
import { defineMigration } from "../migration.ts";

/** Cached answers, each sealed with a key that only its question yields, and what semantic caching has learnt. */
export default defineMigration({
  name: "0005-cache",
  up: ({ schema }) => [
    schema
      .createTable("cached_answers")
      .addColumn("id", "blob", (column) => column.primaryKey().notNull())
      .addColumn("partition", "text", (column) => column.notNull())
      .addColumn("route", "text")
      .addColumn("stored_at_ms", "integer", (column) => column.notNull())
      .addColumn("expires_at_ms", "integer", (column) => column.notNull())
      .addColumn("used_at_ms", "integer", (column) => column.notNull())
      .addColumn("bytes", "integer", (column) => column.notNull())
      .addColumn("sealed", "blob", (column) => column.notNull())
      .modifyEnd(sql`strict`)
      .compile(),
    // With the bytes, so that the sum is read from the index and not from the answers.
    schema.createIndex("cached_answers_used").on("cached_answers").columns(["used_at_ms", "bytes"]).compile(),
    schema.createIndex("cached_answers_expiry").on("cached_answers").column("expires_at_ms").compile(),
    schema
      .createTable("cache_evidence")
      .addColumn("cell", "text", (column) => column.primaryKey().notNull())
      .addColumn("updated_at_ms", "integer", (column) => column.notNull())
      .addColumn("body", "text", (column) => column.notNull())
      .modifyEnd(sql`strict`)
      .compile(),
  ],
});
