import type { QualityTable } from "../../datasets/quality-table.ts";
import type { Conversation } from "../../engine/conversation.ts";
import { sameChoiceRate } from "../../trainer/metrics/arena-parts.ts";
import { forecastOf } from "../forecast.ts";
import { replay } from "../policy/replay.ts";
import type { Yardstick } from "../policy/yardstick.ts";
import { type Pool, selectPool } from "../pool.ts";
import { routerFor, studyPools } from "../pool-study.ts";
import type { StudyTable } from "../result.ts";
import { defineStudy } from "../study.ts";
import { fitTokenPrices } from "../token-prices.ts";

/** Changes that leave the question what it was. */
const PERTURBATIONS: Readonly<Record<string, (text: string) => string>> = {
  "lower case": (text) => text.toLowerCase(),
  "upper case": (text) => text.toUpperCase(),
  "two spaces for one": (text) => text.replaceAll(" ", "  "),
  "space at both ends": (text) => `  ${text}\n`,
  "prefix: please": (text) => `Please answer the following question.\n\n${text}`,
  "prefix: chatter": (text) => `Hi! I hope that you are well. I have a question for you: ${text}`,
  "suffix: thanks": (text) => `${text}\n\nThank you!`,
  "suffix: keyword": (text) => `${text}\n\n(This is an easy question.)`,
};

export default defineStudy({
  name: "robustness",
  summary: "How many choices flip when case, spacing or a polite prefix change and the question does not",
  protocol:
    "The router of the first split chooses for each test prompt by quality - lambda x cost, at the lambda that makes the best and the cheapest single model equal; the prompt is perturbed and chosen for again. The answers are taken not to change, so the difference in quality is what the flips alone cost.",
  async run(context) {
    const tables: StudyTable[] = [];
    const seed = context.seeds[0] ?? 0;
    for (const pool of await studyPools(context, ["routellm", "mmlupro", "zeroeval"])) {
      const { pools, learn, yardstick } = pool.at(seed);
      const names = Object.keys(PERTURBATIONS);
      const { table, copies } = withPerturbed(pool.table, pools.test, names);
      const options = routerFor(context, pool);
      const { predictions } = await context.fitPredict({
        table,
        ...learn,
        predict: [pools.test.rows, ...copies],
        options,
      });
      const prices = fitTokenPrices(pools.train, table);
      const [plain, ...changed] = predictions.map((found, index) => {
        const rows = index === 0 ? pools.test : selectPool(table, copies[index - 1]!, pool.models);
        return choose(forecastOf(found, rows, table, prices).quality, yardstick);
      });
      const before = mean(replay(pools.test, plain!).quality);
      tables.push({
        title: `${pool.name}, ${pools.test.count} test prompts`,
        columns: ["perturbation", "flipped %", "quality before", "after", "difference", "USD / 1k before", "after"],
        rows: names.map((name, index) => {
          const after = mean(replay(pools.test, changed[index]!).quality);
          const costs = [plain!, changed[index]!].map((chosen) => costOf(pools.test, chosen));
          return [name, 100 * (1 - sameChoiceRate(plain!, changed[index]!)), before, after, after - before, ...costs];
        }),
        note: "",
      });
      context.log(`${pool.name}: done`);
    }
    return { bars: [], tables, charts: [], notes: [] };
  },
});

/** The table with a perturbed copy of the test rows appended for each perturbation, outcomes unchanged. */
function withPerturbed(
  table: QualityTable,
  test: Pool,
  names: readonly string[],
): { table: QualityTable; copies: Int32Array[] } {
  const width = table.models.length;
  const sources = names.flatMap(() => Array.from(test.rows));
  const extended = (matrix: Float32Array | null) => {
    if (matrix === null) return null;
    const out = new Float32Array(matrix.length + sources.length * width);
    out.set(matrix);
    sources.forEach((row, at) => {
      out.set(matrix.subarray(row * width, (row + 1) * width), matrix.length + at * width);
    });
    return out;
  };
  const prompts = names.flatMap((name) =>
    test.prompts.map((prompt) => ({
      ...prompt,
      promptId: `${prompt.promptId}:${name}`,
      conversation: perturb(prompt.conversation, PERTURBATIONS[name]!),
    })),
  );
  const { count } = test;
  return {
    table: {
      ...table,
      prompts: [...table.prompts, ...prompts],
      quality: extended(table.quality)!,
      costUsd: extended(table.costUsd),
      inputTokens: extended(table.inputTokens),
      outputTokens: extended(table.outputTokens),
      latencyMs: extended(table.latencyMs),
      propensity: extended(table.propensity),
    },
    copies: names.map((_, copy) =>
      Int32Array.from({ length: count }, (_, row) => table.prompts.length + copy * count + row),
    ),
  };
}

function perturb(conversation: Conversation, change: (text: string) => string): Conversation {
  return { ...conversation, turns: conversation.turns.map((turn) => ({ ...turn, text: change(turn.text) })) };
}

function choose(quality: Float32Array, { models, meanCost, qualityPerUsd }: Yardstick): Int32Array {
  const net = quality.map((value, cell) => value - qualityPerUsd * (meanCost?.[cell % models] ?? 0));
  const chosen = new Int32Array(quality.length / models);
  for (let row = 0; row < chosen.length; row++) {
    for (let model = 1; model < models; model++) {
      if (net[row * models + model]! > net[row * models + chosen[row]!]!) chosen[row] = model;
    }
  }
  return chosen;
}

/** USD per 1,000 prompts; null when unknown. */
function costOf(pool: Pool, chosen: Int32Array): number | null {
  const { costUsd } = replay(pool, chosen);
  return costUsd === null ? null : 1000 * mean(costUsd);
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
