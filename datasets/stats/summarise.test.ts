import { describe, expect, it } from "vitest";
import { readDataFolder } from "../read-data-folder.ts";
import { sharedData } from "../testing/shared-data.ts";
import { tableOf } from "../testing/table-of.ts";
import { statsHtml, statsSvg } from "./picture.ts";
import { type SourceSummary, summarise } from "./summarise.ts";
import { bar, sketch, statsText } from "./tables.ts";

const table = {
  ...tableOf(
    [
      { text: "one", task: "a", split: "train", source: "<s>" },
      { text: "two", task: "a", split: "test", source: "<s>" },
    ],
    ["cheap", "dear", "rare"],
  ),
  quality: Float32Array.of(1, 1, Number.NaN, 0, 1, 1),
  costUsd: Float32Array.of(0.001, 0.01, Number.NaN, 0.001, 0.03, 0.5),
};

describe("summarise", () => {
  it("gives means over labels, coverage, the best of the covering models, and the oracle", () => {
    const [summary] = summarise(table) as [SourceSummary];
    // By hand: the oracle takes cheap on the first prompt and dear on the second; rare is no part of the pool.
    expect(summary.oracle).toEqual({ quality: 1, costUsd: expect.closeTo((0.001 + 0.03) / 2, 6), pool: 2 });
    expect(summary).toMatchObject({ prompts: 2, records: 5, coverage: 5 / 6, splits: { train: 1, test: 1, none: 0 } });
    expect(summary.best.model).toBe("dear");
    expect(summary.models.map(({ model, quality, coverage }) => [model, quality, coverage])).toEqual([
      ["dear", 1, 1],
      ["rare", 1, 0.5],
      ["cheap", 0.5, 1],
    ]);
    expect(summary.models[2]!.standardError).toBeCloseTo(0.5, 12);
  });

  it("prints it and draws it without asking the network for anything", async () => {
    const summaries = summarise(table);
    expect(statsText(summaries[0]!)).toMatch(/2 prompts.*5 outcomes/);
    expect(sketch(summaries[0]!)).toContain("*");
    const page = await statsHtml(summaries);
    expect(page).toContain("&#60;s&#62;");
    expect(page.match(/<svg/g)).toHaveLength(3);
    expect(page.replaceAll(/xmlns(:\w+)?="[^"]*"/g, "")).not.toMatch(/https?:|<script|@import/);
    expect(await statsSvg(summaries[0]!)).toMatch(/^<\?xml.*\n<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  });

  it.each([
    [0, ""],
    [0.5, "██"],
    [1, "████"],
    [0.03125, "▏"],
    [7, "████"],
  ])("draws %d of four as %s", (share, expected) => {
    expect(bar(share, 4)).toBe(expected);
  });
});

describe.skipIf(sharedData === null)("summarise on the shared data (skipped without it)", () => {
  // README of the data folder, "Sources at a glance": best single, its cost; oracle, its cost, its pool. For bfcl it says
  // a pool of 53: one model has 1,260 of 1,286 costs, which is 97.98 %.
  it.each([
    ["routerbench", "gpt-4-1106-preview", 0.866, 4.89e-3, 0.969, 2.06e-4, 11],
    ["zeroeval", "o1-mini-2024-09-12", 0.939, 2.41e-3, 0.984, 2.6e-4, 29],
    ["bfcl", "claude-3-5-sonnet-20240620", 0.904, 2.11e-3, 0.978, 4.2e-5, 52],
    ["alpacaeval", "fusechat-gemma-2-9b-instruct", 0.701, 1.66e-4, 0.896, 2.02e-3, 47],
    ["llmrouter9", "llama-3.1-nemotron-51b-instruct", 0.616, null, 0.796, null, 9],
  ])("gives the published figures of %s", async (source, best, quality, cost, oracle, oracleCost, pool) => {
    const [summary] = summarise(await readDataFolder(sharedData!, { sources: [source] })) as [SourceSummary];
    expect(summary.best.model).toBe(best);
    expect(summary.best.quality).toBeCloseTo(quality, 3);
    expect(summary.oracle.quality).toBeCloseTo(oracle, 3);
    expect(summary.oracle.pool).toBe(pool);
    for (const [found, published] of [
      [summary.best.costUsd, cost],
      [summary.oracle.costUsd, oracleCost],
    ] as const) {
      if (published === null) expect(found).toBeNull();
      else expect(found! / published).toBeCloseTo(1, 1.7);
    }
  });
});
