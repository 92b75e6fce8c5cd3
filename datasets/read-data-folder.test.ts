import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readDataFolder } from "./read-data-folder.ts";
import { createRowIssues } from "./row-issues.ts";
import { sharedData } from "./testing/shared-data.ts";

const HEADER = "prompt_id,model,quality,cost_usd,input_tokens,output_tokens,latency_ms,tokens_src,cost_src,split";
const PROMPT = { id: "a:1", source: "a", task: "t", prompt: "hello", split: "train", group: "g1" };
const DAMAGES = ["truncated prompts", "truncated outcomes"] as const;

describe("readDataFolder", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "weir-data-folder-"));
  });
  afterAll(async () => rm(folder, { recursive: true, force: true }));

  const write = async (prompts: string | Buffer, outcomes: string) => {
    await writeFile(path.join(folder, "a.prompts.jsonl.gz"), gzipSync(prompts));
    await writeFile(path.join(folder, "a.outcomes.csv.gz"), gzipSync(outcomes));
  };

  it("keeps task, split, group and extras, and leaves unknown measures NaN", async () => {
    await write(JSON.stringify({ ...PROMPT, turn2: "and?", fewshot: true }), `${HEADER}\na:1,m,0.5,0.25,,7,,,,train\n`);
    const table = await readDataFolder(folder, { strict: true });
    expect(table.prompts[0]).toMatchObject({
      promptId: "a:1",
      task: "t",
      split: "train",
      group: "g1",
      extras: { turn2: "and?", fewshot: true },
    });
    expect([table.quality[0], table.costUsd?.[0], table.outputTokens?.[0]]).toEqual([0.5, 0.25, 7]);
    expect([table.inputTokens, table.latencyMs, table.propensity]).toEqual([null, null, null]);
  });

  it("takes heldout rows as test and keeps the word", async () => {
    await write(JSON.stringify({ ...PROMPT, split: "heldout" }), `${HEADER}\na:1,m,1,,,,,,,heldout\n`);
    const table = await readDataFolder(folder);
    expect(table.prompts[0]).toMatchObject({ split: "test", extras: { given_split: "heldout" } });
  });

  it.each([
    ["NaN quality", "a:1,m,NaN,,,,,,,train", "quality is not in 0..1"],
    ["quality above 1", "a:1,m,1.01,,,,,,,train", "quality is not in 0..1"],
    ["empty quality", "a:1,m,,,,,,,,train", "quality is not in 0..1"],
    ["negative cost", "a:1,m,1,-0.1,,,,,,train", "cost_usd is not a number from 0"],
    ["infinite latency", "a:1,m,1,,,,Infinity,,,train", "latency_ms is not a number from 0"],
    ["unknown prompt", "a:2,m,1,,,,,,,train", "prompt_id without a prompt"],
    ["empty model", "a:1,,1,,,,,,,train", "empty model"],
    ["short row", "a:1,m,1", "wrong number of fields"],
    ["open quote", 'a:1,"m,1,,,,,,,train', "unbalanced quotes"],
  ])("counts a row with %s and refuses it when strict, naming the line", async (_, row, reason) => {
    await write(JSON.stringify(PROMPT), `${HEADER}\na:1,ok,1,,,,,,,train\n${row}\n`);
    const issues = createRowIssues();
    const table = await readDataFolder(folder, { issues });
    expect(table.models).toEqual(["ok"]);
    expect(issues.examples).toHaveLength(1);
    expect(issues.examples[0]).toMatchObject({ line: 3 });
    expect(issues.examples[0]!.reason).toContain(reason);
    await expect(readDataFolder(folder, { strict: true })).rejects.toMatchObject({
      code: "row_invalid",
      place: expect.stringMatching(/a\.outcomes\.csv\.gz:3$/),
    });
  });

  it.each([
    ["a repeated prompt id", `${JSON.stringify(PROMPT)}\n${JSON.stringify(PROMPT)}`, "duplicate_record"],
    [
      "an empty prompt",
      `${JSON.stringify(PROMPT)}\n${JSON.stringify({ ...PROMPT, id: "x", prompt: " \n" })}`,
      "row_invalid",
    ],
    [
      "an unknown split",
      `${JSON.stringify(PROMPT)}\n${JSON.stringify({ ...PROMPT, id: "x", split: "foo" })}`,
      "row_invalid",
    ],
    ["broken JSON", `${JSON.stringify(PROMPT)}\n{"id":`, "row_invalid"],
    [
      "broken UTF-8",
      Buffer.concat([
        Buffer.from(`${JSON.stringify(PROMPT)}\n{"id":"x","prompt":"caf`),
        Buffer.from([0xe9, 0x22, 0x7d]),
      ]),
      "utf8_broken",
    ],
  ])("with strict refuses %s at line 2", async (_, prompts, code) => {
    await write(prompts, `${HEADER}\na:1,m,1,,,,,,,train\n`);
    await expect(readDataFolder(folder, { strict: true })).rejects.toMatchObject({
      code,
      place: expect.stringMatching(/a\.prompts\.jsonl\.gz:2$/),
    });
  });

  it("refuses a second outcome of one (prompt_id, model) and keeps the first", async () => {
    await write(JSON.stringify(PROMPT), `${HEADER}\na:1,m,1,,,,,,,train\na:1,m,0,,,,,,,train\n`);
    expect((await readDataFolder(folder)).quality[0]).toBe(1);
    await expect(readDataFolder(folder, { strict: true })).rejects.toMatchObject({ code: "duplicate_record" });
  });

  it.each(DAMAGES)("refuses %s as broken gzip, strict or not", async (which) => {
    const noise = Array.from({ length: 500 }, (_, at) =>
      JSON.stringify({ ...PROMPT, id: `a:${at}`, prompt: `p${at * at}` }),
    );
    const outcomes = noise.map((_, at) => `a:${at},m,${(at % 7) / 7},,,,,,,train`);
    await write(noise.join("\n"), `${HEADER}\n${outcomes.join("\n")}`);
    const file = path.join(folder, `a.${which === DAMAGES[0] ? "prompts.jsonl" : "outcomes.csv"}.gz`);
    await truncate(file, Math.floor((await readFile(file)).length / 2));
    await expect(readDataFolder(folder)).rejects.toMatchObject({
      code: "gzip_broken",
      place: expect.stringContaining(file),
    });
  });

  it("answers an unknown source, an unknown model and a missing column with what there is", async () => {
    await write(JSON.stringify(PROMPT), `${HEADER}\na:1,m,1,,,,,,,train\n`);
    await expect(readDataFolder(folder, { sources: ["b"] })).rejects.toThrow(/it has a/);
    await expect(readDataFolder(folder, { models: ["x"] })).rejects.toMatchObject({ code: "model_unknown" });
    await write(JSON.stringify(PROMPT), "prompt_id,model\na:1,m\n");
    await expect(readDataFolder(folder)).rejects.toMatchObject({ code: "column_missing" });
  });
});

describe.skipIf(sharedData === null)("readDataFolder on the shared data (skipped without it)", () => {
  // Counts and means: README of the data folder, "Sources at a glance" and the table of routellm.
  it("reads routellm: 9,299 train and 2,969 test prompts, gpt-4-1106-preview at .810", async () => {
    const table = await readDataFolder(sharedData!, { sources: ["routellm"], strict: true });
    const splitCount = (split: string) => table.prompts.filter((prompt) => prompt.split === split).length;
    expect([splitCount("train"), splitCount("test")]).toEqual([9299, 2969]);
    const mean = (column: number) => {
      let sum = 0;
      for (let at = column; at < table.quality.length; at += 2) sum += table.quality[at]!;
      return sum / table.prompts.length;
    };
    expect(table.models).toEqual(["gpt-4-1106-preview", "mixtral-8x7b-instruct-v0.1"]);
    // stats.json: 0.8101503912618193 and 0.6762125040756438
    expect(mean(0)).toBeCloseTo(0.8101503912618193, 7);
    expect(mean(1)).toBeCloseTo(0.6762125040756438, 7);
    expect(table.prompts.filter(({ extras }) => extras.routellm_excluded === true)).toHaveLength(21);
    expect(table.lineage.map(({ records }) => records)).toEqual([12268, 24536]);
    // sha256sum of the two files
    expect(table.lineage.map(({ digest }) => digest)).toEqual([
      "ae2292a735f479cefac804a1c63de85391e69faff0731b3230c68dc8af7559e6",
      "a20e0bb09a1712bb72063f2a5ae8b0a631fec142ddd708808e89b2f44ee6bbda",
    ]);
  });

  it("reads two sources into one table whose models are the union, progress ending at the whole", async () => {
    const seen: [number, number][] = [];
    const table = await readDataFolder(sharedData!, {
      sources: ["routerarena", "routerbench"],
      strict: true,
      onProgress: (done, total) => seen.push([done, total]),
    });
    expect(table.prompts).toHaveLength(642 + 2800);
    expect(table.models).toHaveLength(2 + 11);
    expect(seen.at(-1)![0]).toBe(seen.at(-1)![1]);
    const width = table.models.length;
    const claude = table.models.indexOf("claude-3-haiku-20240307");
    expect(table.quality[0 * width + claude]).not.toBeNaN();
    expect(table.quality[642 * width + claude]).toBeNaN();
  });
});
