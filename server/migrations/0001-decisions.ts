import { sql } from "kysely";
import { defineMigration } from "../migration.ts";

/** Decisions (their ids sort by time, so no index on it is needed) with their scores, feedback on them, and a few settings of this installation. */
export default defineMigration({
  name: "0001-decisions",
  up: ({ schema }) => [
    schema
      .createTable("decisions")
      .addColumn("decision_id", "text", (column) => column.primaryKey().notNull())
      .addColumn("created_at_ms", "integer", (column) => column.notNull())
      .addColumn("route", "text", (column) => column.notNull())
      .addColumn("key_id", "text")
      .addColumn("session_id", "text")
      .addColumn("model", "text", (column) => column.notNull())
      .addColumn("policy", "text", (column) => column.notNull())
      .addColumn("reason", "text", (column) => column.notNull())
      .addColumn("propensity", "real", (column) => column.notNull())
      .addColumn("router_name", "text", (column) => column.notNull())
      .addColumn("router_version", "text", (column) => column.notNull())
      .addColumn("quality", "real")
      .addColumn("cost_nano_usd", "integer")
      .addColumn("incumbent_model", "text")
      .addColumn("incumbent_cost_nano_usd", "integer")
      .addColumn("out_of_distribution", "integer", (column) => column.notNull())
      .addColumn("answer", "text", (column) => column.notNull())
      .addColumn("trace", "text", (column) => column.notNull())
      .modifyEnd(sql`strict`)
      .compile(),
    schema
      .createTable("settings")
      .addColumn("name", "text", (column) => column.primaryKey().notNull())
      .addColumn("value", "text", (column) => column.notNull())
      .modifyEnd(sql`strict`)
      .compile(),
  ],
});
