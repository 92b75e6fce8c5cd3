import { readFile } from "node:fs/promises";
import { z } from "zod";
import { readDataFolder } from "../../datasets/read-data-folder.ts";
import { splitByGroup } from "../../datasets/split.ts";
import { packageRoot } from "../../engine/package-root.ts";
import { Manifest } from "../../engine/schema/manifest.ts";
import { TrainError } from "../errors.ts";
import { trainArtifact } from "../pipeline.ts";
import { runFacts } from "../run-facts.ts";
import { DEFAULT_SOURCES, selectDefault } from "../train-default/select-sources.ts";
import { fieldOfTask } from "../train-default/task-names.ts";
import { createTrainProgress } from "../train-progress.ts";
import { printResult } from "./print-result.ts";
import { checkTraining, encoderOf, fitOptions, type TrainCommandOptions } from "./train.ts";

/** `weir train default`: the router that ships, from the sources whose licence allows it, train split only. */
export async function trainDefaultCommand(options: TrainCommandOptions): Promise<void> {
  const { data } = options;
  if (data === undefined)
    throw new TrainError("bad_option", "--data or WEIR_DATA must name the folder of outcome data");
  await checkTraining(options);
  const started = performance.now();
  const bar = await createTrainProgress();
  try {
    const read = await readDataFolder(data, {
      sources: DEFAULT_SOURCES.filter((source) => options.sources?.includes(source) ?? true),
      onProgress: (done, total) => bar.update("read", total > 0 ? done / total : 0, Number.NaN),
    });
    const table = selectDefault(read);
    const rows = splitByGroup(table, {
      seed: options.seed,
      train: 0.65,
      calibration: 0.15,
      test: 0.2,
      keepGiven: true,
    });
    const result = await trainArtifact(
      table,
      rows,
      {
        ...fitOptions(options),
        taskName: (_, task) => fieldOfTask(task),
        aliases: await readAliases(table.models, options.sources === undefined),
        ...(options.tier === "full" ? { encoder: await encoderOf(options) } : {}),
        command: `weir train default --tier ${options.tier} --estimator ${options.estimator} --seed ${options.seed}`,
        ...runFacts(options.madeAt, Date.now),
      },
      { onProgress: bar.update },
    );
    bar.stop();
    printResult(result, options.json ?? false, (performance.now() - started) / 1000);
  } finally {
    bar.stop();
  }
}

const Aliases = z.strictObject({ aliases: Manifest.shape.aliases });

/** models/aliases.json; with all sources at hand every alias must lead to a model that is being trained. */
async function readAliases(models: readonly string[], isWhole: boolean): Promise<Manifest["aliases"]> {
  const file = new URL("models/aliases.json", packageRoot);
  const { aliases } = Aliases.parse(JSON.parse(await readFile(file, "utf8")));
  const lost = aliases.find(({ model }) => !models.includes(model));
  if (lost && isWhole) {
    throw new TrainError(
      "unknown_model",
      `models/aliases.json maps ${lost.pattern} to ${lost.model}, which has no data`,
    );
  }
  return aliases.filter(({ model }) => models.includes(model));
}
