import { seededRng, shuffle } from "../../engine/rng.ts";
import { oracle as oracleChoice } from "../../trainer/metrics/oracle.ts";
import type { Pool } from "../pool.ts";
import { type Contender, constantChoice, gainOf } from "./contender.ts";
import type { Yardstick } from "./yardstick.ts";

const TASK_PRIOR_ROWS = 20;

/** One contender a model: it always answers. */
export function singles(pool: Pool): Contender[] {
  return pool.models.map((model, index) => ({
    name: `always ${model}`,
    source: "single",
    knob: { kind: "none" },
    gain: null,
    operating: constantChoice(pool.count, index),
  }));
}

/** The Zero router of RouterBench: the best mix of single models, without a look at the prompt. */
export function zeroRouter(pool: Pool, yardstick: Yardstick): Contender {
  return {
    name: "zero",
    source: "baseline",
    knob: { kind: "settings", choices: pool.models.map((_, model) => constantChoice(pool.count, model)) },
    gain: null,
    operating: constantChoice(pool.count, yardstick.best),
  };
}

/** Lots between the cheapest and the best model; its frontier is the straight line between the two. */
export function randomMix(pool: Pool, { cheapest, best }: Yardstick, seed: number): Contender {
  const rng = seededRng(seed);
  return {
    name: "random",
    source: "baseline",
    knob: { kind: "settings", choices: [constantChoice(pool.count, cheapest), constantChoice(pool.count, best)] },
    gain: Float32Array.from({ length: pool.count }, () => rng.next()),
    operating: Int32Array.from({ length: pool.count }, () => (rng.next() < 0.5 ? cheapest : best)),
  };
}

/** Characters of the prompt, untrained: longer goes to the strong model. An order of calls only. */
export function promptLength(pool: Pool): Contender {
  const gain = Float32Array.from(pool.prompts, ({ conversation }) =>
    conversation.turns.reduce((sum, { text }) => sum + text.length, conversation.system.length),
  );
  return { name: "characters", source: "baseline", knob: { kind: "none" }, gain, operating: null };
}

/**
 * Hindsight: chooses by observed quality - lambda x cost; its stated point is the cheapest among the best for each
 * prompt. An upper bound that luck in single answers inflates.
 */
export function oracle(pool: Pool, { models, weak, strong }: Yardstick): Contender {
  const cost = pool.cost ?? new Float32Array(pool.observed.length);
  return {
    name: "oracle",
    source: "reference",
    knob: { kind: "sweep", score: pool.observed },
    gain: gainOf(pool.observed, models, weak, strong),
    operating: oracleChoice({ observed: pool.observed, cost, models }).chosen,
  };
}

/**
 * Mean training quality of each model in the prompt's true task, drawn to the model's overall mean by 20 rows.
 *
 * @returns [test rows x models]
 */
export function taskMeans(train: Pool, test: Pool): Float32Array {
  const width = test.models.length;
  const overall = new Float64Array(width);
  const tasks = new Map<string, { count: number; sums: Float64Array }>();
  for (let row = 0; row < train.count; row++) {
    const task = taskOf(train, row);
    const found = tasks.get(task) ?? { count: 0, sums: new Float64Array(width) };
    tasks.set(task, found);
    found.count++;
    for (let model = 0; model < width; model++) {
      const quality = train.observed[row * width + model]!;
      found.sums[model]! += quality;
      overall[model]! += quality / train.count;
    }
  }
  const out = new Float32Array(test.count * width);
  for (let row = 0; row < test.count; row++) {
    const found = tasks.get(taskOf(test, row));
    for (let model = 0; model < width; model++) {
      const sum = (found?.sums[model] ?? 0) + TASK_PRIOR_ROWS * overall[model]!;
      out[row * width + model] = sum / ((found?.count ?? 0) + TASK_PRIOR_ROWS);
    }
  }
  return out;
}

/** The same predictions dealt to other prompts: keeps each model's mean and spread, and nothing of the prompt. */
export function shuffledRows(predicted: Float32Array, width: number, seed: number): Float32Array {
  const rows = predicted.length / width;
  const order = shuffle(
    Int32Array.from({ length: rows }, (_, row) => row),
    seededRng(seed),
  );
  const out = new Float32Array(predicted.length);
  order.forEach((from, to) => {
    out.set(predicted.subarray(from * width, (from + 1) * width), to * width);
  });
  return out;
}

function taskOf(pool: Pool, row: number): string {
  const { source, task } = pool.prompts[row]!;
  return `${source}|${task ?? ""}`;
}
