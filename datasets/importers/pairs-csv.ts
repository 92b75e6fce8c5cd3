import path from "node:path";
import { checkColumns } from "../check-columns.ts";
import { defineImporter, type PlacedRecord } from "../importer.ts";
import { readCsvRows } from "../read-csv-rows.ts";
import { createRowReader } from "../row-to-records.ts";

export default defineImporter({
  name: "pairs-csv",
  title: "a CSV table: one prompt x one model a row, or one prompt a row with columns for each model",
  takes: "a .csv or .csv.gz file with a header line",
  mappable: true,
  detect: ({ path, isFolder }) => !isFolder && /\.csv(\.gz)?$/i.test(path),
  async *read(file, context) {
    await context.plan([file]);
    const source = context.source ?? path.basename(file).replace(/\..*$/, "");
    const read = createRowReader({ mapping: context.mapping, source, qualitySource: context.qualitySource });
    let isChecked = false;
    for await (const { header, rows } of readCsvRows(file, context)) {
      if (!isChecked) checkColumns(header, context.mapping, `${file}:1`);
      isChecked = true;
      const records: PlacedRecord[] = [];
      for (const { fields, line } of rows) {
        const row: Record<string, unknown> = {};
        header.forEach((name, at) => {
          row[name] = fields[at];
        });
        for (const record of read(row)) records.push({ file, line, record });
      }
      yield records;
    }
  },
});
