import { sql } from "kysely";
import { defineMigration } from "../migration.ts";

/** What audits showed of two models' answers to one request, without their texts: plans are learned from it. */
export default defineMigration({
  name: "0012-audit-lessons",
  up: ({ schema }) => [
    schema
      .createTable("audit_lessons")
      .addColumn("request_id", "text", (column) => column.primaryKey().notNull())
      .addColumn("route", "text", (column) => column.notNull())
      .addColumn("at_ms", "integer", (column) => column.notNull())
      .addColumn("lesson", "text", (column) => column.notNull())
      .modifyEnd(sql`strict, without rowid`)
      .compile(),
    schema.createIndex("audit_lessons_route").on("audit_lessons").columns(["route", "at_ms"]).compile(),
    schema.createIndex("audit_lessons_at").on("audit_lessons").columns(["at_ms"]).compile(),
  ],
});
