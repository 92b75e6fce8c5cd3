import { DEFAULT_CASCADE_POOLS } from "../cascade/pool-definitions.ts";
import { trainCascade } from "../cascade/train-cascade.ts";
import { TrainError } from "../errors.ts";
import { runFacts } from "../run-facts.ts";
import { createTrainProgress } from "../train-progress.ts";

export interface TrainCascadeCommandOptions {
  readonly artifact: string;
  readonly data?: string;
  readonly records?: string;
  readonly seed: number;
  /** Epoch seconds. */
  readonly madeAt?: string;
  readonly json?: boolean;
}

/** `weir train cascade`: the next version of an artifact, with plans that look at answers. */
export async function trainCascadeCommand(options: TrainCascadeCommandOptions): Promise<void> {
  const { artifact, data = null, records = null, seed, madeAt } = options;
  if (data === null && records === null) {
    const message = "--data or WEIR_DATA must name a folder of outcome data with answers, or --records a file of them";
    throw new TrainError("bad_option", message);
  }
  const bar = await createTrainProgress();
  try {
    const { now } = runFacts(madeAt, Date.now);
    const result = await trainCascade({
      artifact,
      data,
      records,
      pools: DEFAULT_CASCADE_POOLS,
      seed,
      now,
      onProgress: (stage, done) => bar.update(stage, done, Number.NaN),
    });
    bar.stop();
    if (options.json) {
      process.stdout.write(`${JSON.stringify(result)}\n`);
      return;
    }
    process.stdout.write(`wrote ${result.folder}\n`);
    for (const { name, shown, routes, parity } of result.pools) {
      const { prompts, gain, gain_low, pays, structures } = shown;
      const where = routes === undefined ? "" : `; on ${routes.length === 0 ? "no route" : routes.join(", ")}`;
      process.stdout.write(
        `  ${name}: ${prompts} prompts, gain ${gain.toFixed(4)}, low ${gain_low.toFixed(4)}, ${pays ? "pays" : "does not pay"} (${structures.join("; ")})${where}; graph within ${parity.toExponential(1)}\n`,
      );
    }
  } finally {
    bar.stop();
  }
}
