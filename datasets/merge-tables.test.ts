import { describe, expect, it } from "vitest";
import { mergeTables } from "./merge-tables.ts";
import { selectTable } from "./select-table.ts";
import { createTableBuilder } from "./table-builder.ts";
import { tableOf } from "./testing/table-of.ts";

const NOTHING = {
  costUsd: Number.NaN,
  inputTokens: Number.NaN,
  outputTokens: Number.NaN,
  latencyMs: Number.NaN,
  propensity: Number.NaN,
};

function build(rows: readonly (readonly [prompt: string, model: string, quality: number, cost?: number])[]) {
  const builder = createTableBuilder();
  for (const [text, model, quality, cost] of rows) {
    const prompt = { ...tableOf([{ text }]).prompts[0]!, promptId: text };
    const row = builder.rowOf(text) ?? builder.addPrompt(prompt);
    builder.addOutcome(row, builder.columnOf(model), { ...NOTHING, quality, costUsd: cost ?? Number.NaN });
  }
  return builder.finish([]);
}

describe("mergeTables", () => {
  it("joins models in order of first occurrence and leaves what nobody judged NaN", () => {
    const merged = mergeTables([
      build([
        ["p", "a", 1],
        ["p", "b", 0],
      ]),
      build([
        ["q", "c", 0.5, 2],
        ["q", "a", 0.25],
      ]),
    ]);
    expect(merged.models).toEqual(["a", "b", "c"]);
    expect([...merged.quality]).toEqual([1, 0, Number.NaN, 0.25, Number.NaN, 0.5]);
    expect([...merged.costUsd!]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN, 2]);
  });

  it("makes one row of a prompt that two tables judge by different models", () => {
    const merged = mergeTables([build([["p", "a", 1]]), build([["p", "b", 0]])]);
    expect([merged.prompts.length, ...merged.quality]).toEqual([1, 1, 0]);
  });

  it("refuses two judgements of one pair, and no table at all", () => {
    expect(() => mergeTables([build([["p", "a", 1]]), build([["p", "a", 1]])])).toThrow(/p, a/);
    expect(() => mergeTables([])).toThrow(expect.objectContaining({ code: "empty_table" }));
  });
});

describe("selectTable", () => {
  const table = build([
    ["p", "a", 1],
    ["p", "b", 0],
    ["q", "a", 0.5],
    ["r", "c", 0.25],
  ]);

  it("takes rows and models in the order wanted", () => {
    const part = selectTable(table, { rows: [2, 0], models: ["c", "a"] });
    expect(part.prompts.map(({ promptId }) => promptId)).toEqual(["r", "p"]);
    expect([...part.quality]).toEqual([0.25, Number.NaN, Number.NaN, 1]);
  });

  it("leaves out models without labels only when told", () => {
    expect(selectTable(table, { rows: [1] }).models).toEqual(["a", "b", "c"]);
    expect(selectTable(table, { rows: [1], dropUnlabelled: true }).models).toEqual(["a"]);
  });

  it("refuses unknown models, sources and rows, saying what there is", () => {
    expect(() => selectTable(table, { models: ["z"] })).toThrow(/a, b, c/);
    expect(() => selectTable(table, { sources: ["z"] })).toThrow(expect.objectContaining({ code: "source_unknown" }));
    expect(() => selectTable(table, { rows: [3] })).toThrow(/row 3/);
  });
});

describe("createTableBuilder", () => {
  it("holds thousands of rows and models that turn up late", () => {
    const rows = Array.from({ length: 3000 }, (_, at) => [`p${at}`, `m${at % 40}`, (at % 5) / 4] as const);
    const table = build(rows);
    expect(table.models).toHaveLength(40);
    rows.forEach(([, , quality], row) => {
      expect(table.quality[row * 40 + (row % 40)]).toBe(quality);
    });
    expect(table.quality.filter((value) => !Number.isNaN(value))).toHaveLength(3000);
  });
});
