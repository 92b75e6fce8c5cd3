import { isSingle } from "../../engine/cascade/plan.ts";
import { seededRng } from "../../engine/rng.ts";
import type { StudyTable } from "../result.ts";
import type { StudyContext } from "../study.ts";
import type { CascadeTrial } from "./cascade-trial.ts";
import { planSweep, type Setting } from "./contenders.ts";

/** The models whose times were measured at the same sizes, on short outputs. */
const STANDS_FOR: Readonly<Record<string, string>> = {
  "gemini-1.5-flash-002": "gemini-1.5-flash-preview-0514",
  "gemini-1.5-pro-002": "gemini-1.5-pro-preview-0514",
  "gemini-1.5-flash": "gemini-1.5-flash-preview-0514",
  "gpt-4o-mini-2024-07-18": "gpt-4o-mini-2024-07-18",
  "claude-3-5-sonnet-20241022": "claude-3-5-sonnet-20240620",
};
const SOURCE = "bfcl";

interface Named {
  readonly definition: { readonly name: string };
  readonly trials: readonly CascadeTrial[];
}

/** Time to the whole answer of a plan's calls, drawn from measured times: parallel calls wait for the slower. */
export async function latencyTable(context: StudyContext, ...cases: readonly Named[]): Promise<StudyTable> {
  const models = [...new Set(Object.values(STANDS_FOR))];
  const table = await context.readTable({ sources: [SOURCE], models });
  const times = new Map(
    Object.entries(STANDS_FOR).map(([model, measured]) => {
      const column = table.models.indexOf(measured);
      const known = table.prompts
        .map((_, row) => table.latencyMs?.[row * table.models.length + column] ?? Number.NaN)
        .filter(Number.isFinite);
      return [model, known] as const;
    }),
  );
  const rows = cases.flatMap(({ definition, trials }) => rowsOf(definition.name, trials[0]!, times));
  return {
    title: "Seconds to the whole answer",
    columns: ["", "mean", "p50", "p95", "calls", "escalated"],
    rows,
    note: `Drawn from times measured on short outputs (source ${SOURCE}) of the same or the sister model; the given split, at the setting that keeps the best single model's quality on train rows. Streaming starts when an answer is accepted.`,
  };
}

function rowsOf(name: string, trial: CascadeTrial, times: ReadonlyMap<string, readonly number[]>) {
  const { solved, meanQuality, best, models } = trial;
  const meeting = solved.points.filter(({ quality }) => quality >= meanQuality[best]!).sort((a, b) => a.cost - b.cost);
  const plan = solved.choice.plans.find((one) => !isSingle(one));
  if (meeting[0] === undefined || plan === undefined) return [];
  const setting = planSweep("", trial, "test", solved.choice.plans, [meeting[0].kappa]).settings[0]!;
  const first = plan.first.reduce((bits, model) => bits | (1 << model), 0);
  const drawn = drawTimes(setting, first, models, times);
  const always = drawTimes(
    { ...setting, called: new Int32Array(setting.quality.length).fill(1 << best) },
    0,
    models,
    times,
  );
  return [
    [`${name}, plans`, ...drawn],
    [`${name}, always ${models[best]}`, ...always],
  ];
}

function drawTimes(
  { called }: Setting,
  first: number,
  models: readonly string[],
  times: ReadonlyMap<string, readonly number[]>,
): number[] {
  const rng = seededRng(3);
  let calls = 0;
  let escalated = 0;
  const seconds = Array.from(called!, (bits) => {
    const own = models.map((model) => {
      const known = times.get(model)!;
      return known[Math.floor(rng.next() * known.length)]! / 1000;
    });
    const waited = (set: number) => Math.max(0, ...own.filter((_, model) => (set >> model) & 1));
    const later = own.filter((_, model) => (bits >> model) & 1 && !((first >> model) & 1));
    calls += models.filter((_, model) => (bits >> model) & 1).length;
    if (bits & first && later.length > 0) escalated++;
    return waited(bits & first) + later.reduce((sum, time) => sum + time, 0);
  }).sort((a, b) => a - b);
  const at = (share: number) => seconds[Math.floor(share * (seconds.length - 1))]!;
  const mean = seconds.reduce((sum, time) => sum + time, 0) / seconds.length;
  return [mean, at(0.5), at(0.95), calls / seconds.length, escalated / seconds.length];
}
