import { defineMigration } from "../../migration.ts";

/** Pruning looks for words that nothing needs any more without reading a million sessions. */
export default defineMigration({
  name: "0006-words-used",
  up: ({ schema }) => [schema.createIndex("words_used").on("words").columns(["kind", "used_day"]).compile()],
});
