import { sql } from "kysely";
import { defineMigration } from "../migration.ts";

/** What models answered as, day by day, and what was noticed when they changed. */
export default defineMigration({
  name: "0010-drift",
  up: ({ schema }) => [
    schema
      .createTable("model_days")
      .addColumn("model", "text", (column) => column.notNull())
      .addColumn("day", "integer", (column) => column.notNull())
      .addColumn("source", "text", (column) => column.notNull())
      .addColumn("answers", "integer", (column) => column.notNull())
      .addColumn("refusals", "integer", (column) => column.notNull())
      // Answers whose length is known, and what their lengths add up to.
      .addColumn("measured", "integer", (column) => column.notNull())
      .addColumn("output_tokens", "integer", (column) => column.notNull())
      .addColumn("log_tokens", "real", (column) => column.notNull())
      .addColumn("passed", "integer", (column) => column.notNull())
      .addColumn("cost_nano_usd", "integer", (column) => column.notNull())
      .addPrimaryKeyConstraint("model_days_key", ["model", "day", "source"])
      .modifyEnd(sql`strict, without rowid`)
      .compile(),
    // `kind`: the provider's own name of the model, or its mark of what ran it.
    schema
      .createTable("model_versions")
      .addColumn("model", "text", (column) => column.notNull())
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("day", "integer", (column) => column.notNull())
      .addColumn("answers", "integer", (column) => column.notNull())
      .addColumn("first_at_ms", "integer", (column) => column.notNull())
      .addColumn("last_at_ms", "integer", (column) => column.notNull())
      .addPrimaryKeyConstraint("model_versions_key", ["model", "kind", "name", "day"])
      .modifyEnd(sql`strict, without rowid`)
      .compile(),
    schema
      .createTable("model_watch")
      .addColumn("model", "text", (column) => column.primaryKey().notNull())
      .addColumn("state", "text")
      .addColumn("price", "text")
      // Slot of the last canaries: whoever raises it asks them.
      .addColumn("canary_slot", "integer", (column) => column.notNull().defaultTo(0))
      .modifyEnd(sql`strict, without rowid`)
      .compile(),
    schema
      .createTable("drift_alarms")
      .addColumn("alarm_id", "integer", (column) => column.primaryKey().notNull())
      .addColumn("at_ms", "integer", (column) => column.notNull())
      .addColumn("route", "text", (column) => column.notNull())
      .addColumn("model", "text")
      .addColumn("signal", "text", (column) => column.notNull())
      .addColumn("because", "text", (column) => column.notNull())
      .modifyEnd(sql`strict`)
      .compile(),
    schema.createIndex("drift_alarms_of").on("drift_alarms").columns(["route", "at_ms"]).compile(),
    // Shapes of some requests of a day, drawn by lot, from which no text can be read.
    schema
      .createTable("input_shapes")
      .addColumn("route", "text", (column) => column.notNull())
      .addColumn("day", "integer", (column) => column.notNull())
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("lot", "real", (column) => column.notNull())
      .addColumn("request_id", "text", (column) => column.notNull())
      .addColumn("shape", "blob", (column) => column.notNull())
      .addPrimaryKeyConstraint("input_shapes_key", ["route", "day", "lot", "request_id"])
      .modifyEnd(sql`strict, without rowid`)
      .compile(),
  ],
});
