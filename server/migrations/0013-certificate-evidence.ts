import { sql } from "kysely";
import { defineMigration } from "../migration.ts";

/** The very lines that a certificate rests on, compressed: who doubts it tests them again. */
export default defineMigration({
  name: "0013-certificate-evidence",
  up: ({ schema }) => [
    schema
      .createTable("certificate_evidence")
      .addColumn("digest", "text", (column) => column.primaryKey().notNull())
      .addColumn("lines", "blob", (column) => column.notNull())
      .modifyEnd(sql`strict`)
      .compile(),
  ],
});
