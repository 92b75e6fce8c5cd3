import { sql } from "kysely";
import { defineMigration } from "../migration.ts";

/** What routes are activated under and how far they are: certificates, ramps, and the ledger of what came of it. */
export default defineMigration({
  name: "0008-activation",
  up: ({ schema }) => [
    schema
      .createTable("certificates")
      .addColumn("digest", "text", (column) => column.primaryKey().notNull())
      .addColumn("route", "text", (column) => column.notNull())
      .addColumn("observation_id", "text", (column) => column.notNull())
      .addColumn("issued_at_ms", "integer", (column) => column.notNull())
      .addColumn("body", "text", (column) => column.notNull())
      // JSON list of the alarms that were raised since; they are never taken back.
      .addColumn("alarms", "text", (column) => column.notNull())
      .modifyEnd(sql`strict, without rowid`)
      .compile(),
    schema.createIndex("certificates_of").on("certificates").columns(["route", "issued_at_ms"]).compile(),
    // Every test of an observation's outcomes, so that looking again does not make a finding likelier.
    schema
      .createTable("certificate_tests")
      .addColumn("observation_id", "text", (column) => column.notNull())
      .addColumn("test", "integer", (column) => column.notNull())
      .addColumn("at_ms", "integer", (column) => column.notNull())
      .addColumn("terms", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("certificate_tests_key", ["observation_id", "test"])
      .modifyEnd(sql`strict, without rowid`)
      .compile(),
    // The kill stands apart from the state, so that no process that writes its state takes it back.
    schema
      .createTable("activations")
      .addColumn("route", "text", (column) => column.primaryKey().notNull())
      .addColumn("version", "integer", (column) => column.notNull())
      .addColumn("state", "text")
      .addColumn("killed_at_ms", "integer")
      .addColumn("killed_because", "text")
      .modifyEnd(sql`strict, without rowid`)
      .compile(),
    schema
      .createTable("activation_periods")
      .addColumn("route", "text", (column) => column.notNull())
      .addColumn("period", "integer", (column) => column.notNull())
      .addColumn("salt", "text", (column) => column.notNull())
      .addColumn("holdout", "real", (column) => column.notNull())
      .addColumn("started_at_ms", "integer", (column) => column.notNull())
      .addPrimaryKeyConstraint("activation_periods_key", ["route", "period"])
      .modifyEnd(sql`strict, without rowid`)
      .compile(),
    // Audits whose outcome went into monitors and the ledger.
    schema
      .createTable("counted_audits")
      .addColumn("request_id", "text", (column) => column.primaryKey().notNull())
      .modifyEnd(sql`strict, without rowid`)
      .compile(),
    schema
      .createTable("ledger_rows")
      .addColumn("route", "text", (column) => column.notNull())
      .addColumn("seq", "integer", (column) => column.notNull())
      .addColumn("at_ms", "integer", (column) => column.notNull())
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("key", "text")
      .addColumn("hash", "text", (column) => column.notNull())
      .addColumn("row", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("ledger_rows_key", ["route", "seq"])
      .modifyEnd(sql`strict, without rowid`)
      .compile(),
    // What may stand in a ledger once only: a session's lot, an attempt, a table of prices.
    schema
      .createIndex("ledger_once")
      .unique()
      .on("ledger_rows")
      .columns(["route", "kind", "key"])
      .where(sql.ref("key"), "is not", null)
      .compile(),
  ],
});
