import { replay } from "./policy/replay.ts";
import type { Yardstick } from "./policy/yardstick.ts";
import type { Pool } from "./pool.ts";
import type { TaskReport } from "./result.ts";

/** What the choices bring in each task, most prompts first. */
export function reportTasks(pool: Pool, chosen: Int32Array, { best, models }: Yardstick): TaskReport[] {
  const { quality, costUsd } = replay(pool, chosen);
  const byTask = new Map<string, number[]>();
  pool.prompts.forEach(({ task }, row) => {
    const rows = byTask.get(task ?? "(none)");
    if (rows === undefined) byTask.set(task ?? "(none)", [row]);
    else rows.push(row);
  });
  const reports = [...byTask].map(([task, rows]): TaskReport => {
    const mean = (outcome: (row: number) => number) => rows.reduce((sum, row) => sum + outcome(row), 0) / rows.length;
    const counts = new Float64Array(models);
    for (const row of rows) counts[chosen[row]!]!++;
    const most = counts.indexOf(Math.max(...counts));
    const cost = pool.cost;
    return {
      task,
      n: rows.length,
      quality: mean((row) => quality[row]!),
      best_single_quality: mean((row) => pool.observed[row * models + best]!),
      oracle_quality: mean((row) => Math.max(...pool.observed.subarray(row * models, (row + 1) * models))),
      cost_share:
        cost === null || costUsd === null
          ? null
          : mean((row) => costUsd[row]!) / mean((row) => cost[row * models + best]!),
      most_chosen: pool.models[most]!,
      most_chosen_share: counts[most]! / rows.length,
    };
  });
  return reports.sort((a, b) => b.n - a.n || (a.task < b.task ? -1 : 1));
}
