import type { QualityTable } from "../datasets/quality-table.ts";
import type { RouterOptions } from "../trainer/fit-router.ts";
import { createYardstick, type Yardstick } from "./policy/yardstick.ts";
import { viewPool } from "./pool-view.ts";
import { POOLS, type PoolDefinition, ROUTELLM_PAIR, TASK_SOURCES } from "./pools.ts";
import { type SplitPools, splitPools } from "./split-pools.ts";
import { filterRows, type RowSplit, studySplit } from "./splits.ts";
import type { StudyContext } from "./study.ts";

/** A pool's data with the splits that every study uses. */
export interface StudyPool extends PoolDefinition {
  readonly table: QualityTable;
  at(seed: number): StudySplit;
  /** The same over other rows, labelled ones only to learn from. */
  over(split: RowSplit): StudySplit;
}

export interface StudySplit {
  readonly pools: SplitPools;
  /** Rows to learn from, prompts of other sources included for their tasks. */
  readonly learn: Pick<RowSplit, "train" | "calibration">;
  readonly yardstick: Yardstick;
}

const ROUTELLM_MMLU: PoolDefinition = {
  name: "routellm MMLU",
  source: "routellm",
  models: [ROUTELLM_PAIR.weak, ROUTELLM_PAIR.strong],
};

/** The three pools of many models, and RouteLLM's pair on MMLU, by key. */
export async function studyPools(
  context: StudyContext,
  keys: readonly (keyof typeof POOLS | "routellm")[],
): Promise<StudyPool[]> {
  const definitions = keys.map((key) => (key === "routellm" ? ROUTELLM_MMLU : POOLS[key]));
  const models = [...new Set(definitions.flatMap((pool) => pool.models))];
  const table = await context.readTable({ sources: TASK_SOURCES, models });
  return definitions.map((definition) => studyPool(table, definition));
}

function studyPool(whole: QualityTable, definition: PoolDefinition): StudyPool {
  const { models, source } = definition;
  const table = viewPool(whole, { models, sources: [source] });
  const isUsed = (row: number) => {
    const prompt = table.prompts[row]!;
    if (prompt.source !== "routellm" || source !== "routellm") return true;
    return prompt.task?.startsWith("mmlu") === true && prompt.extras.routellm_excluded !== true;
  };
  const over = (split: RowSplit): StudySplit => {
    const pools = splitPools(table, split, models);
    return {
      pools,
      learn: split,
      yardstick: createYardstick(pools.train, models.length === 2 ? ROUTELLM_PAIR : undefined),
    };
  };
  return {
    ...definition,
    table,
    at(seed) {
      const { train, calibration, test } = studySplit(table, seed);
      return over({
        train: filterRows(train, isUsed),
        calibration: filterRows(calibration, isUsed),
        test: filterRows(test, isUsed),
      });
    },
    over,
  };
}

/** Our router's options for a pool. */
export function routerFor({ router }: Pick<StudyContext, "router">, pool: Pick<StudyPool, "models">): RouterOptions {
  return { ...router, models: [...pool.models] };
}

/** The metric by which a pool is judged: APGR for a pair, AIQ for many. */
export function headlineOf(pool: Pick<StudyPool, "models">): "apgr" | "aiq" {
  return pool.models.length === 2 ? "apgr" : "aiq";
}
