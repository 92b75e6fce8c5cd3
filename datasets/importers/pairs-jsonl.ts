import path from "node:path";
import { MAPPABLE_FIELDS } from "../field-mapping.ts";
import { defineImporter, type PlacedRecord } from "../importer.ts";
import { readJsonRows } from "../read-json-rows.ts";
import { createRowReader } from "../row-to-records.ts";

const KNOWN = new Set<string>([...MAPPABLE_FIELDS, "extras"]);

/** Quality records as they are, or any JSON lines with a mapping. Without a mapping an unknown field is a fault. */
export default defineImporter({
  name: "pairs-jsonl",
  title: "quality records, or any JSON lines of one prompt x one model",
  takes: "a .jsonl or .jsonl.gz file, or one JSON array",
  mappable: true,
  detect: ({ path, isFolder }) => !isFolder && /\.(jsonl|ndjson|json)(\.gz)?$/i.test(path),
  async *read(file, context) {
    await context.plan([file]);
    const source = context.source ?? path.basename(file).replace(/\..*$/, "");
    const read = createRowReader({ mapping: context.mapping, source, qualitySource: context.qualitySource });
    for await (const rows of readJsonRows(file, context)) {
      const records: PlacedRecord[] = [];
      for (const { value, line } of rows) {
        const unknown = context.mapping.isEmpty ? Object.keys(value).find((key) => !KNOWN.has(key)) : undefined;
        if (unknown !== undefined) {
          context.issues.report(
            file,
            line,
            `unknown field: ${unknown} (keep it with --map extras.${unknown}=${unknown})`,
          );
          continue;
        }
        for (const record of read(value)) records.push({ file, line, record });
      }
      yield records;
    }
  },
});
