import { sql } from "kysely";
import { defineMigration } from "../../migration.ts";

/**
 * Requests with their repeated strings as numbers of `words`, and the text of those whose route keeps it. `seq` rises
 * in the order of writing. A word's `used_day` (days since the epoch) lets pruning forget what no row needs.
 */
export default defineMigration({
  name: "0001-requests",
  up: ({ schema }) => [
    schema
      .createTable("words")
      .addColumn("id", "integer", (column) => column.primaryKey().notNull())
      .addColumn("kind", "integer", (column) => column.notNull())
      .addColumn("text", "text", (column) => column.notNull())
      .addColumn("used_day", "integer", (column) => column.notNull())
      .addUniqueConstraint("words_text", ["kind", "text"])
      .modifyEnd(sql`strict`)
      .compile(),
    schema
      .createTable("requests")
      .addColumn("seq", "integer", (column) => column.primaryKey().notNull())
      .addColumn("id", "text", (column) => column.notNull().unique())
      .addColumn("at_ms", "integer", (column) => column.notNull())
      .addColumn("route", "integer")
      .addColumn("model", "integer")
      .addColumn("upstream", "integer")
      .addColumn("requested_model", "integer")
      .addColumn("dialect", "integer")
      .addColumn("operation", "integer")
      .addColumn("feature", "integer")
      .addColumn("team", "integer")
      .addColumn("status", "integer", (column) => column.notNull())
      .addColumn("cache", "integer")
      .addColumn("arm", "integer")
      .addColumn("tenant", "integer")
      .addColumn("key_id", "integer")
      .addColumn("user", "integer")
      .addColumn("session", "integer")
      .addColumn("error", "integer")
      .addColumn("flags", "integer", (column) => column.notNull())
      .addColumn("input_uncached", "integer")
      .addColumn("cache_read", "integer")
      .addColumn("cache_write_5m", "integer")
      .addColumn("cache_write_1h", "integer")
      .addColumn("output", "integer")
      .addColumn("reasoning", "integer")
      .addColumn("cost_nano_usd", "integer")
      .addColumn("incumbent_cost_nano_usd", "integer")
      .addColumn("overhead_us", "integer", (column) => column.notNull())
      .addColumn("first_token_ms", "integer")
      .addColumn("duration_ms", "integer", (column) => column.notNull())
      .addColumn("decision_id", "text")
      .addColumn("decided", "integer")
      .addColumn("propensity", "real")
      .addColumn("complexity", "real")
      .addColumn("candidates", "integer")
      .addColumn("scores", "blob")
      .addColumn("attempts", "text")
      .addColumn("metadata", "text")
      .addColumn("guardrails", "text")
      .modifyEnd(sql`strict`)
      .compile(),
    schema.createIndex("requests_at").on("requests").columns(["at_ms"]).compile(),
    ...["user", "session", "key_id", "error"].map((name) =>
      schema
        .createIndex(`requests_${name}`)
        .on("requests")
        .columns([name, "at_ms"])
        .where(sql.ref(name), "is not", null)
        .compile(),
    ),
    schema
      .createTable("request_content")
      .addColumn("seq", "integer", (column) => column.primaryKey().notNull())
      .addColumn("until_ms", "integer", (column) => column.notNull())
      .addColumn("body", "text", (column) => column.notNull())
      .modifyEnd(sql`strict`)
      .compile(),
    schema.createIndex("request_content_until").on("request_content").columns(["until_ms"]).compile(),
  ],
});
