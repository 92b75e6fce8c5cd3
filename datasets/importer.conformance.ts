import { createHash } from "node:crypto";
import { cp, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { QualityRecord } from "../engine/schema/quality-record.ts";
import { DatasetError } from "./errors.ts";
import type { Importer } from "./importer.ts";
import { type ReadRecordsOptions, streamRecords, type ValidRecord } from "./read-records.ts";
import { createRowIssues } from "./row-issues.ts";

/** `fixtures/<importer>/expected.json`. */
const Expected = z.strictObject({
  input: z.string(),
  /** Set where the input cannot be told by its looks. */
  format: z.string().optional(),
  mapping: z.string().optional(),
  records: z.number(),
  prompts: z.number(),
  models: z.array(z.string()),
  malformed: z.number(),
  skipped: z.number(),
});

const fixtures = fileURLToPath(new URL("./fixtures/", import.meta.url));

/** What every importer keeps to: a new one is its file and a folder under fixtures/. */
export function importerConformance(importer: Importer): void {
  describe(`importer ${importer.name}`, () => {
    const folder = path.join(fixtures, importer.name);
    let expected: z.infer<typeof Expected>;
    let input: string;
    let scratch: string;

    beforeAll(async () => {
      expected = Expected.parse(JSON.parse(await readFile(path.join(folder, "expected.json"), "utf8")));
      input = path.join(folder, expected.input);
      scratch = await mkdtemp(path.join(tmpdir(), `weir-${importer.name}-`));
    });
    afterAll(async () => rm(scratch, { recursive: true, force: true }));

    const read = (from: string, options: ReadRecordsOptions = {}) =>
      collect(from, { format: importer.name, mapping: expected.mapping, ...options });

    it("says what it reads", () => {
      expect(importer.title.length).toBeGreaterThan(10);
      expect(importer.takes.length).toBeGreaterThan(10);
    });

    it("reads its fixture into the expected records, prompts and models", async () => {
      const { records } = await read(input);
      expect(records.length).toBe(expected.records);
      expect(new Set(records.map(({ record }) => record.prompt_id)).size).toBe(expected.prompts);
      expect([...new Set(records.map(({ record }) => record.model))].sort()).toEqual(expected.models);
    });

    it("gives records that the schema takes, each with group, file and line", async () => {
      const { records } = await read(input);
      for (const { record, file, line } of records) {
        expect(QualityRecord.safeParse(record).success).toBe(true);
        expect(record.group ?? "").not.toBe("");
        expect(file.startsWith(input)).toBe(true);
        expect(line).toBeGreaterThan(0);
      }
    });

    it("counts what it drops and why, and what it passes over", async () => {
      const { issues } = await read(input);
      expect([issues.count, issues.skipped]).toEqual([expected.malformed, expected.skipped]);
      for (const { reason, line } of issues.examples) {
        expect(reason.length).toBeGreaterThan(5);
        expect(line).toBeGreaterThan(0);
      }
    });

    it("gives the same records with the same ids when it reads again", async () => {
      const [once, again] = [await read(input), await read(input)];
      expect(again.records).toEqual(once.records);
    });

    it("with strict refuses its fixture at the first malformed row, naming the place", async () => {
      const refused = read(input, { strict: true });
      if (expected.malformed === 0) return expect((await refused).records.length).toBe(expected.records);
      const error = await refused.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(DatasetError);
      expect((error as DatasetError).place).toMatch(/:\d+$/);
    });

    it("reports progress that does not fall and ends at the whole", async () => {
      const seen: [number, number][] = [];
      await read(input, { onProgress: (done, total) => seen.push([done, total]) });
      expect(seen.length).toBeGreaterThan(0);
      const last = seen.at(-1)!;
      expect(last[0]).toBe(last[1]);
      expect(seen.every(([done], at) => at === 0 || done >= seen[at - 1]![0])).toBe(true);
    });

    it("names every file that it read with its SHA-256", async () => {
      const { lineage } = await read(input);
      expect(lineage.length).toBeGreaterThan(0);
      for (const { file, digest } of lineage) {
        expect(digest).toBe(
          createHash("sha256")
            .update(await readFile(file))
            .digest("hex"),
        );
      }
    });

    it("recognises its own fixture unless it must be named", async () => {
      if (expected.format !== undefined) return;
      const { records } = await collect(input, { mapping: expected.mapping });
      expect(records.length).toBe(expected.records);
    });

    it("answers a path that is not there with file_missing", async () => {
      await expect(read(path.join(scratch, "absent"))).rejects.toMatchObject({ code: "file_missing" });
    });

    it.each(["cut to half", "overwritten with noise"])("survives any of its files %s", async (damage) => {
      for (const victim of await filesUnder(input)) {
        const copy = path.join(scratch, "copy");
        await rm(copy, { recursive: true, force: true });
        await cp(input, copy, { recursive: true });
        const target = path.join(copy, victim);
        if (damage === "cut to half") await truncate(target, Math.floor((await stat(target)).size / 2));
        else
          await writeFile(
            target,
            Uint8Array.from({ length: 997 }, (_, at) => (at * at * 31 + at * 7) % 251),
          );
        const outcome = await read(copy).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(DatasetError);
      }
    });
  });
}

async function collect(input: string, options: ReadRecordsOptions) {
  const issues = createRowIssues({ strict: options.strict ?? false });
  const records: ValidRecord[] = [];
  const batches = streamRecords(input, { ...options, issues });
  while (true) {
    const next = await batches.next();
    if (next.done) return { records, issues, lineage: next.value };
    records.push(...next.value);
  }
}

async function filesUnder(input: string): Promise<string[]> {
  if ((await stat(input)).isFile()) return [""];
  const entries = await readdir(input, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".md"))
    .map((entry) => path.relative(input, path.join(entry.parentPath, entry.name)));
}
