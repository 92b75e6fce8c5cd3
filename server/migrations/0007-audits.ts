import { sql } from "kysely";
import { defineMigration } from "../migration.ts";

/**
 * Observations of routes: what each found of every eligible request, which of them were drawn for an audit and what that
 * found. Texts lie apart and go when their audit ends.
 */
export default defineMigration({
  name: "0007-audits",
  up: ({ schema }) => [
    schema
      .createTable("observations")
      .addColumn("observation_id", "text", (column) => column.primaryKey().notNull())
      .addColumn("route", "text", (column) => column.notNull())
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("started_at_ms", "integer", (column) => column.notNull())
      .addColumn("days", "real")
      .addColumn("ended_at_ms", "integer")
      .addColumn("end_reason", "text")
      .addColumn("salt", "text", (column) => column.notNull())
      .addColumn("binding", "text", (column) => column.notNull())
      .addColumn("thresholds", "text")
      .modifyEnd(sql`strict, without rowid`)
      .compile(),
    // One a route at a time, also when several processes begin.
    schema
      .createIndex("observations_current")
      .unique()
      .on("observations")
      .column("route")
      .where(sql.ref("ended_at_ms"), "is", null)
      .compile(),
    schema
      .createTable("observation_days")
      .addColumn("observation_id", "text", (column) => column.notNull())
      .addColumn("day", "integer", (column) => column.notNull())
      .addColumn("design", "text")
      .addColumn("figures", "text")
      .addPrimaryKeyConstraint("observation_days_key", ["observation_id", "day"])
      .modifyEnd(sql`strict, without rowid`)
      .compile(),
    // `reason` is empty for requests that were not excluded.
    schema
      .createTable("observation_counts")
      .addColumn("observation_id", "text", (column) => column.notNull())
      .addColumn("day", "integer", (column) => column.notNull())
      .addColumn("reason", "text", (column) => column.notNull())
      .addColumn("requests", "integer", (column) => column.notNull())
      .addColumn("cost_nano_usd", "integer", (column) => column.notNull())
      .addPrimaryKeyConstraint("observation_counts_key", ["observation_id", "day", "reason"])
      .modifyEnd(sql`strict, without rowid`)
      .compile(),
    schema
      .createTable("observed_requests")
      .addColumn("observation_id", "text", (column) => column.notNull())
      .addColumn("request_id", "text", (column) => column.notNull())
      .addColumn("at_ms", "integer", (column) => column.notNull())
      .addColumn("day", "integer", (column) => column.notNull())
      .addColumn("session", "text")
      .addColumn("stratum", "text", (column) => column.notNull())
      .addColumn("feature", "text")
      .addColumn("tenant", "text")
      .addColumn("incumbent", "text", (column) => column.notNull())
      .addColumn("chosen", "text", (column) => column.notNull())
      .addColumn("score", "real", (column) => column.notNull())
      .addColumn("prediction", "real", (column) => column.notNull())
      .addColumn("spread", "real", (column) => column.notNull())
      .addColumn("inclusion", "real", (column) => column.notNull())
      .addColumn("uniform_inclusion", "real", (column) => column.notNull())
      .addColumn("is_audited", "integer", (column) => column.notNull())
      .addColumn("is_uniform", "integer", (column) => column.notNull())
      .addColumn("lot", "real", (column) => column.notNull())
      .addColumn("input_tokens", "integer", (column) => column.notNull())
      .addColumn("output_tokens", "integer", (column) => column.notNull())
      .addColumn("incumbent_nano_usd", "real", (column) => column.notNull())
      .addColumn("routed_nano_usd", "real", (column) => column.notNull())
      .addColumn("audit_nano_usd", "real", (column) => column.notNull())
      .addPrimaryKeyConstraint("observed_requests_key", ["observation_id", "request_id"])
      .modifyEnd(sql`strict, without rowid`)
      .compile(),
    schema
      .createTable("audits")
      .addColumn("request_id", "text", (column) => column.primaryKey().notNull())
      .addColumn("observation_id", "text", (column) => column.notNull())
      .addColumn("route", "text", (column) => column.notNull())
      .addColumn("at_ms", "integer", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("holder", "text")
      .addColumn("is_in_memory", "integer", (column) => column.notNull())
      .addColumn("tries", "integer", (column) => column.notNull())
      .addColumn("next_at_ms", "integer", (column) => column.notNull())
      .addColumn("finished_at_ms", "integer")
      .addColumn("incumbent", "text", (column) => column.notNull())
      .addColumn("chosen", "text", (column) => column.notNull())
      .addColumn("served", "text", (column) => column.notNull())
      .addColumn("is_noise", "integer", (column) => column.notNull())
      .addColumn("is_gold", "integer", (column) => column.notNull())
      .addColumn("answer_digest", "text")
      .addColumn("judged_by", "text")
      .addColumn("incumbent_quality", "real")
      .addColumn("routed_quality", "real")
      .addColumn("noise", "real")
      .addColumn("gold_incumbent", "real")
      .addColumn("gold_routed", "real")
      .addColumn("routed_nano_usd", "integer")
      .addColumn("replay_nano_usd", "integer", (column) => column.notNull())
      .addColumn("judge_nano_usd", "integer", (column) => column.notNull())
      .addColumn("reason", "text")
      .modifyEnd(sql`strict, without rowid`)
      .compile(),
    schema.createIndex("audits_waiting").on("audits").columns(["state", "next_at_ms"]).compile(),
    schema.createIndex("audits_of").on("audits").column("observation_id").compile(),
    schema.createIndex("audits_finished").on("audits").columns(["route", "finished_at_ms"]).compile(),
    schema
      .createTable("audit_texts")
      .addColumn("request_id", "text", (column) => column.primaryKey().notNull())
      .addColumn("content", "text", (column) => column.notNull())
      .modifyEnd(sql`strict, without rowid`)
      .compile(),
  ],
});
