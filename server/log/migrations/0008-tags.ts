import { defineMigration } from "../../migration.ts";

/** The word of `tag` or `tags` in a request's metadata, so that costs are told by it; null in what was written before. */
export default defineMigration({
  name: "0008-tags",
  up: ({ schema }) => [schema.alterTable("requests").addColumn("tag", "integer").compile()],
});
