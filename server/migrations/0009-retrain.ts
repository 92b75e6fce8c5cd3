import { sql } from "kysely";
import { defineMigration } from "../migration.ts";

/** Runs of learning routers anew: what each found, and what it proposes. */
export default defineMigration({
  name: "0009-retrain",
  up: ({ schema }) => [
    schema
      .createTable("retrain_runs")
      .addColumn("run_id", "text", (column) => column.primaryKey().notNull())
      .addColumn("route", "text", (column) => column.notNull())
      .addColumn("router", "text", (column) => column.notNull())
      .addColumn("serving", "text", (column) => column.notNull())
      .addColumn("trigger_kind", "text", (column) => column.notNull())
      .addColumn("due_at_ms", "integer")
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("stage", "text", (column) => column.notNull())
      .addColumn("started_at_ms", "integer", (column) => column.notNull())
      .addColumn("ended_at_ms", "integer")
      .addColumn("since_ms", "integer", (column) => column.notNull())
      .addColumn("holder", "text", (column) => column.notNull())
      .addColumn("candidate", "text")
      .addColumn("because", "text")
      .addColumn("comparison", "text")
      .addColumn("dismissed_at_ms", "integer")
      .modifyEnd(sql`strict, without rowid`)
      .compile(),
    // The lock: also when several processes begin at once.
    schema
      .createIndex("retrain_running")
      .unique()
      .on("retrain_runs")
      .column("router")
      .where(sql.ref("state"), "=", sql.lit("running"))
      .compile(),
    schema.createIndex("retrain_due").unique().on("retrain_runs").columns(["route", "due_at_ms"]).compile(),
    schema.createIndex("retrain_started").on("retrain_runs").column("started_at_ms").compile(),
  ],
});
