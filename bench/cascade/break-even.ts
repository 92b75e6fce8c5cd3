import { solveCascade } from "../../engine/cascade/solve-cascade.ts";
import type { StudyChart, StudyTable } from "../result.ts";
import type { CascadeTrial } from "./cascade-trial.ts";

const RATIOS = [1.5, 2, 3, 4, 6, 8, 10, 14, 20, 40, 80];

/** Whether plans pay on train rows when the dear model's price is another: the pair's answers and outcomes stay. */
export function breakEven(
  trials: readonly CascadeTrial[],
  names: readonly string[],
): { readonly table: StudyTable; readonly chart: StudyChart } {
  const found = trials.flatMap((trial, index) =>
    RATIOS.map((ratio) => {
      const { train, cheapest, models } = trial;
      const cost = train.informed.cost.map((_, cell) => (cell % models.length === cheapest ? 1 : ratio));
      const { gain, gainLow, pays } = solveCascade({ ...train.informed, cost }, train.rows.group);
      return { name: names[index]!, ratio, gain, gainLow, pays };
    }),
  );
  return {
    table: {
      title: "Break-even over the price ratio of dear to cheap, on train rows",
      columns: ["pair", "price ratio", "net quality gained a request", "low", "followed"],
      rows: found.map(({ name, ratio, gain, gainLow, pays }) => [name, ratio, gain, gainLow, pays ? "yes" : "no"]),
      note: "Over the better of two pre-call routers, meaned over 12 trade-offs; plans are followed when the lower bound is above 0.",
    },
    chart: {
      title: "Net quality gained by looking at the cheap answer",
      kind: "line",
      x: "price ratio",
      y: "net quality",
      isLogX: true,
      points: found.map(({ name, ratio, gain, gainLow }) => ({
        series: name,
        x: ratio,
        y: gain,
        low: gainLow,
        high: null,
      })),
    },
  };
}
