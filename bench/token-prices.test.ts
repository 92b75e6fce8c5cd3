import { describe, expect, it } from "vitest";
import type { QualityTable } from "../datasets/quality-table.ts";
import { seededRng } from "../engine/rng.ts";
import { poolOf } from "./testing/pool-of.ts";
import { fitTokenPrices } from "./token-prices.ts";

const rng = seededRng(1);
const tokens = Array.from({ length: 100 }, () => ({
  input: 10 + Math.floor(rng.next() * 90),
  output: 5 + Math.floor(rng.next() * 200),
}));
const table = (cost: readonly number[]) => ({
  pool: poolOf(
    ["a", "b"],
    tokens.map((_, row) => ({ quality: [0, 1], cost: [cost[row]!, 0.001 * rng.next()] })),
  ),
  table: {
    models: ["a", "b"],
    inputTokens: Float32Array.from(tokens.flatMap(({ input }) => [input, input])),
    outputTokens: Float32Array.from(tokens.flatMap(({ output }) => [output, output])),
  } as unknown as QualityTable, // only these columns are read
});

describe("fitTokenPrices", () => {
  it("finds the price list again from costs that followed one", () => {
    const made = table(tokens.map(({ input, output }) => input * 2e-6 + output * 8e-6));
    const [price] = fitTokenPrices(made.pool, made.table)!;
    expect(price!.kind).toBe("tokens");
    expect(price).toMatchObject({
      input: expect.closeTo(2e-6, 9),
      output: expect.closeTo(8e-6, 9),
      base: expect.closeTo(0, 7),
    });
  });

  it("takes the mean where tokens do not explain the cost", () => {
    const made = table(tokens.map(() => 0.5));
    expect(fitTokenPrices(made.pool, made.table)![1]!.kind).toBe("mean");
  });

  it("has no prices where there are no costs", () => {
    expect(fitTokenPrices(poolOf(["a", "b"], [{ quality: [0, 1] }]), {} as QualityTable)).toBeNull();
  });
});
