import type { PromptRow } from "../datasets/quality-table.ts";
import type { Trial } from "./policy/compare.ts";
import type { Contender, Knob } from "./policy/contender.ts";
import type { Pool } from "./pool.ts";

/** A trial seen through some of its prompts alone, e.g. one benchmark of two that were learned together. */
export function subTrial({ pool, yardstick, contenders }: Trial, isKept: (prompt: PromptRow) => boolean): Trial {
  const kept = pool.prompts.flatMap((prompt, row) => (isKept(prompt) ? [row] : []));
  return {
    pool: subPool(pool, kept),
    yardstick,
    contenders: contenders.map(
      (contender): Contender => ({
        ...contender,
        knob: subKnob(contender.knob, kept, yardstick.models),
        gain: contender.gain && Float32Array.from(kept, (row) => contender.gain![row]!),
        operating: contender.operating && Int32Array.from(kept, (row) => contender.operating![row]!),
      }),
    ),
  };
}

/** Some rows of a pool, by position, repeats allowed. */
export function subPool(pool: Pool, positions: ArrayLike<number>): Pool {
  const width = pool.models.length;
  const groups = new Map<number, number>();
  const group = Int32Array.from(positions, (row) => {
    const key = pool.group[row]!;
    const at = groups.get(key) ?? groups.size;
    groups.set(key, at);
    return at;
  });
  return {
    models: pool.models,
    rows: Int32Array.from(positions, (row) => pool.rows[row]!),
    count: positions.length,
    prompts: Array.from(positions, (row) => pool.prompts[row]!),
    observed: pickLines(pool.observed, width, positions),
    cost: pool.cost && pickLines(pool.cost, width, positions),
    group,
    groupCount: groups.size,
  };
}

/** Lines of a row-major matrix, by position. */
export function pickLines(matrix: Float32Array, width: number, positions: ArrayLike<number>): Float32Array {
  const out = new Float32Array(positions.length * width);
  for (let at = 0; at < positions.length; at++) {
    const from = positions[at]! * width;
    for (let column = 0; column < width; column++) out[at * width + column] = matrix[from + column]!;
  }
  return out;
}

function subKnob(knob: Knob, kept: readonly number[], models: number): Knob {
  if (knob.kind === "sweep") return { kind: "sweep", score: pickLines(knob.score, models, kept) };
  if (knob.kind === "none") return knob;
  return { kind: "settings", choices: knob.choices.map((chosen) => Int32Array.from(kept, (row) => chosen[row]!)) };
}
