import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readRecords } from "../read-records.ts";

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "weir-csv-"));
  file = path.join(folder, "table.csv");
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

const read = async (content: string | Uint8Array, mapping?: string) => {
  await writeFile(file, content);
  return readRecords(file, { mapping, strict: true });
};
const quote = (field: string) => `"${field.replaceAll('"', '""')}"`;
const prompt = fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }).filter((value) => value.trim() !== "");

describe("pairs-csv", () => {
  it("gives back any prompts, with quotes, commas, line breaks and all scripts", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(prompt, { minLength: 1, maxLength: 12 }), async (prompts) => {
        const rows = prompts.map((text, at) => `p${at},${quote(text)},m,0.5`);
        const table = await read(`prompt_id,prompt,model,quality\n${rows.join("\r\n")}\r\n`);
        expect(table.prompts.map(({ conversation }) => conversation.turns[0]!.text)).toEqual(prompts);
      }),
      { seed: 11, numRuns: 40 },
    );
  });

  it("reads a wide table: columns for each model, empty where a model did not answer", async () => {
    const table = await read(
      "question,gpt ok,gpt usd,small ok\nWhy?,True,0.02,0.5\nHow?,False,,\n",
      "prompt=question,quality[gpt-4]=gpt ok,cost_usd[gpt-4]=gpt usd,quality[small]=small ok",
    );
    expect(table.models).toEqual(["gpt-4", "small"]);
    expect([...table.quality]).toEqual([1, 0.5, 0, Number.NaN]);
    expect(table.costUsd![0]).toBeCloseTo(0.02, 6);
  });

  it.each([
    ["an unknown column", "prompt,model,quality,colour\na,m,1,red\n", undefined, "column_unknown", 1],
    ["a mapped column that is not there", "prompt,model,score\na,m,1\n", "quality=grade", "column_unknown", 1],
    ["no column for the quality", "prompt,model\na,m\n", undefined, "column_missing", 1],
    ["a column twice", "prompt,model,quality,quality\na,m,1,1\n", undefined, "column_unknown", 1],
    ["a quality that is no number", "prompt,model,quality\na,m,1\nb,m,great\n", undefined, "row_invalid", 3],
    ["a NaN quality", "prompt,model,quality\na,m,NaN\n", undefined, "row_invalid", 2],
    ["an empty prompt", "prompt,model,quality\n ,m,1\n", undefined, "row_invalid", 2],
    ["a duplicate", "prompt,model,quality\na,m,1\na,m,1\n", undefined, "duplicate_record", 3],
    ["a quote that never closes", 'prompt,model,quality\n"a,m,1\n', undefined, "row_invalid", 2],
    ["a row after a field of two lines", 'prompt,model,quality\n"a\nb",m,1\nc,m,2\n', undefined, "row_invalid", 4],
  ])("with strict refuses %s, naming file and line", async (_, content, mapping, code, line) => {
    await expect(read(content, mapping)).rejects.toMatchObject({ code, place: `${file}:${line}` });
  });

  it("names the line of bytes that are not UTF-8", async () => {
    const content = Buffer.concat([
      Buffer.from("prompt,model,quality\nfine,m,1\ncaf"),
      Buffer.from([0xe9]),
      Buffer.from(",m,1\n"),
    ]);
    await expect(read(content)).rejects.toMatchObject({ code: "utf8_broken", place: `${file}:3` });
  });

  it("refuses an empty file and a header alone", async () => {
    await expect(read("")).rejects.toMatchObject({ code: "empty_table" });
    await expect(read("prompt,model,quality\n")).rejects.toMatchObject({ code: "empty_table" });
  });
});
