import { defineMigration } from "../../migration.ts";

/**
 * Requests whose decision was a plan of several calls: `plan` is the word of the rule that was followed, `plan_text` that of
 * what it planned and how it went, `plan_figures` three numbers. Null for requests of one call.
 */
export default defineMigration({
  name: "0007-plans",
  up: ({ schema }) => [
    schema.alterTable("requests").addColumn("plan", "integer").compile(),
    schema.alterTable("requests").addColumn("plan_text", "integer").compile(),
    schema.alterTable("requests").addColumn("plan_figures", "blob").compile(),
  ],
});
