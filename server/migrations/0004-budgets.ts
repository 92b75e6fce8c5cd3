import { sql } from "kysely";
import { defineMigration } from "../migration.ts";

/**
 * Budgets; what each process has spent and reserved of them, by bucket of time; the leases of those processes; and
 * which alerts went out. A bucket is a whole window where it is aligned to the calendar, a slice of it where it rolls.
 */
export default defineMigration({
  name: "0004-budgets",
  up: ({ schema }) => [
    schema
      .createTable("budgets")
      .addColumn("budget_id", "text", (column) => column.primaryKey().notNull())
      .addColumn("name", "text")
      .addColumn("scope", "text", (column) => column.notNull())
      .addColumn("subject", "text", (column) => column.notNull())
      .addColumn("unit", "text", (column) => column.notNull())
      .addColumn("cap", "integer", (column) => column.notNull())
      .addColumn("window", "text", (column) => column.notNull())
      .addColumn("alignment", "text", (column) => column.notNull())
      .addColumn("is_hard", "integer", (column) => column.notNull())
      .addColumn("alert_at", "text", (column) => column.notNull())
      .addColumn("webhook", "text")
      .addColumn("created_at_ms", "integer", (column) => column.notNull())
      .addColumn("updated_at_ms", "integer", (column) => column.notNull())
      .addCheckConstraint("budget_unit", sql`unit in ('usd', 'tokens')`)
      .addCheckConstraint("budget_cap", sql`cap >= 0`)
      .modifyEnd(sql`strict`)
      .compile(),
    schema
      .createTable("budget_ledger")
      .addColumn("budget_id", "text", (column) => column.notNull())
      .addColumn("subject", "text", (column) => column.notNull())
      .addColumn("bucket_ms", "integer", (column) => column.notNull())
      .addColumn("holder_id", "text", (column) => column.notNull())
      .addColumn("spent", "integer", (column) => column.notNull())
      .addColumn("reserved", "integer", (column) => column.notNull())
      .addPrimaryKeyConstraint("budget_ledger_key", ["budget_id", "subject", "bucket_ms", "holder_id"])
      .addCheckConstraint("budget_ledger_amounts", sql`spent >= 0 and reserved >= 0`)
      .modifyEnd(sql`strict, without rowid`)
      .compile(),
    schema
      .createTable("budget_holders")
      .addColumn("holder_id", "text", (column) => column.primaryKey().notNull())
      .addColumn("expires_at_ms", "integer", (column) => column.notNull())
      .modifyEnd(sql`strict, without rowid`)
      .compile(),
    schema
      .createTable("budget_alerts")
      .addColumn("budget_id", "text", (column) => column.notNull())
      .addColumn("subject", "text", (column) => column.notNull())
      .addColumn("bucket_ms", "integer", (column) => column.notNull())
      .addColumn("permille", "integer", (column) => column.notNull())
      .addPrimaryKeyConstraint("budget_alerts_key", ["budget_id", "subject", "bucket_ms", "permille"])
      .modifyEnd(sql`strict, without rowid`)
      .compile(),
  ],
});
