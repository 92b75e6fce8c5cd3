import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DatasetError } from "./errors.ts";
import { promptIdOf } from "./prompt-id.ts";
import { readDataFolder } from "./read-data-folder.ts";
import { readRecords } from "./read-records.ts";
import { recordsOfTable, shortest } from "./records-of-table.ts";
import { createRowIssues } from "./row-issues.ts";
import { selectTable } from "./select-table.ts";
import { sharedData } from "./testing/shared-data.ts";
import { writeJsonLines } from "./write-records.ts";

const tiny = fileURLToPath(new URL("./fixtures/tiny.jsonl", import.meta.url));
let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "weir-records-"));
  file = path.join(folder, "records.jsonl");
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

const record = fc.record(
  {
    prompt_id: fc.string({ minLength: 1, maxLength: 4 }),
    prompt: fc.string({ unit: "grapheme", maxLength: 20 }),
    model: fc.constantFrom("a", "b", "", 7),
    quality: fc.oneof(fc.double(), fc.constantFrom(0, 0.5, 1, "1", null)),
    source: fc.constant("s"),
    quality_source: fc.constantFrom("exact", "nobody"),
    cost_usd: fc.oneof(fc.double(), fc.constant(-1)),
    split: fc.constantFrom("train", "elsewhere"),
    extras: fc.jsonValue(),
  },
  { requiredKeys: [] },
);

describe("readRecords", () => {
  it("reads tiny: 36 prompts in five tasks, three models, 13, 23 and 30 right", async () => {
    const table = await readRecords(tiny, { strict: true });
    expect([table.prompts.length, table.models]).toEqual([36, ["tiny-small", "tiny-medium", "tiny-large"]]);
    expect(new Set(table.prompts.map(({ task }) => task)).size).toBe(5);
    const right = [0, 0, 0];
    table.quality.forEach((quality, at) => {
      right[at % 3]! += quality;
    });
    expect(right).toEqual([13, 23, 30]);
    // First line of the file, by hand: (4 x 0.1 + 6 x 0.2) / 1e6.
    expect(table.costUsd![0]).toBeCloseTo(1.6e-6, 12);
  });

  it("answers any JSON lines with a table or a DatasetError, and every row is taken or counted", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(record, fc.jsonValue()), { minLength: 1, maxLength: 20 }), async (rows) => {
        await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
        const issues = createRowIssues();
        const outcome = await readRecords(file, { issues }).catch((error: unknown) => error);
        if (outcome instanceof Error) {
          expect(outcome).toBeInstanceOf(DatasetError);
          return;
        }
        const table = outcome as Awaited<ReturnType<typeof readRecords>>;
        const taken = table.quality.filter((value) => !Number.isNaN(value)).length;
        expect(taken + issues.count).toBe(rows.length);
      }),
      { seed: 13, numRuns: 80 },
    );
  });

  it("keeps what a request asked for beside its text, as serving sees it", async () => {
    const fixture = fileURLToPath(new URL("./fixtures/pairs-jsonl/pairs.jsonl", import.meta.url));
    const table = await readRecords(fixture);
    const { conversation } = table.prompts.find(({ promptId }) => promptId === "p2")!;
    expect(conversation).toMatchObject({
      system: "Be brief.",
      toolCount: 1,
      imageCount: 1,
      responseFormat: "json",
      maxOutputTokens: 64,
    });
    expect(table.propensity![1]).toBe(0.25);
  });

  it("refuses an input in which nothing is valid, with the chief reason", async () => {
    await writeFile(file, '{"prompt":"x"}\n');
    await expect(readRecords(file)).rejects.toMatchObject({
      code: "empty_table",
      message: expect.stringContaining("model"),
      place: expect.stringMatching(/:1$/),
    });
  });

  it("refuses a mapping where the layout is fixed, and an input of unknown looks", async () => {
    await expect(readRecords(folder, { format: "routellm", mapping: "prompt=x" })).rejects.toMatchObject({
      code: "column_unknown",
    });
    await expect(readRecords(folder)).rejects.toMatchObject({ code: "importer_unknown" });
  });
});

describe("writing records", () => {
  it("writes the same bytes for the same rows, gzipped or not, and keeps what is there", async () => {
    const rows = [[{ a: 1 }, { b: "ü" }], [], [{ c: null }]];
    for (const name of ["same.jsonl", "same.jsonl.gz"]) {
      const target = path.join(folder, name);
      expect(await writeJsonLines(target, rows)).toBe(3);
      const once = await readFile(target);
      await expect(writeJsonLines(target, rows)).rejects.toMatchObject({ code: "file_exists" });
      await writeJsonLines(target, rows, { force: true });
      expect(await readFile(target)).toEqual(once);
    }
    expect(await readFile(path.join(folder, "same.jsonl"), "utf8")).toBe('{"a":1}\n{"b":"ü"}\n{"c":null}\n');
  });

  it("leaves nothing behind when the rows fail half-way, and an older file as it was", async () => {
    const target = path.join(folder, "half.jsonl");
    const failing = async function* () {
      yield [{ a: 1 }];
      throw new DatasetError("row_invalid", "stop");
    };
    await expect(writeJsonLines(target, failing())).rejects.toMatchObject({ code: "row_invalid" });
    const { readdir } = await import("node:fs/promises");
    expect((await readdir(folder)).filter((name) => name.includes("half"))).toEqual([]);
    await writeFile(target, "older");
    await expect(writeJsonLines(target, failing(), { force: true })).rejects.toThrow("stop");
    expect(await readFile(target, "utf8")).toBe("older");
  });

  it("gives every float back by its shortest decimal", () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Math.fround(shortest(value)) - value).toBe(0);
      }),
      { seed: 17 },
    );
    expect(shortest(Math.fround(0.81))).toBe(0.81);
  });
});

describe.skipIf(sharedData === null)("records of the shared data (skipped without it)", () => {
  it("survive the way to JSON lines and back: same prompts, matrix and extras", async () => {
    const whole = await readDataFolder(sharedData!, { sources: ["routerarena"], strict: true });
    const table = selectTable(whole, { rows: Array.from({ length: 300 }, (_, row) => row) });
    await writeJsonLines(file, recordsOfTable(table, "exact"), { force: true });
    const again = await readRecords(file, { strict: true });
    expect(again.prompts).toEqual(table.prompts);
    expect(again.models).toEqual(table.models);
    expect([again.quality, again.costUsd, again.outputTokens]).toEqual([
      table.quality,
      table.costUsd,
      table.outputTokens,
    ]);
  });

  it("carry the ids that we make ourselves: source and SHA-1 of the text", async () => {
    const { prompts } = await readDataFolder(sharedData!, { sources: ["routellm"] });
    for (const { promptId, conversation } of prompts) {
      expect(promptIdOf("routellm", conversation.turns[0]!.text)).toBe(promptId);
    }
  });
});
