import { readAnswers } from "../../datasets/read-answers.ts";
import { readDataFolder } from "../../datasets/read-data-folder.ts";
import type { Artifact } from "../../engine/artifact.ts";
import { estimateInputTokens } from "../../engine/tokens.ts";
import { scoreRows } from "../add-model.ts";
import { fitPool } from "./fit-pool.ts";
import type { CascadePoolDefinition } from "./pool-definitions.ts";
import { everyNth, MOST_ROWS, sampleOf, type TrainedPool } from "./trained-pool.ts";

const TRAIN = "train";

/** A pool from a folder of outcome data with answers, on its train rows; null when the artifact knows too few of its models. */
export async function poolOfData(
  folder: string,
  definition: CascadePoolDefinition,
  artifact: Artifact,
  seed: number,
): Promise<TrainedPool | null> {
  const { name, source, kinds, members, tasks } = definition;
  const trained = artifact.manifest.models.map(({ model }) => model);
  const models = members.map(({ model }) => model).filter((model) => trained.includes(model));
  if (models.length < 2) return null;
  const table = await readDataFolder(folder, { sources: [source], models });
  const answers = await readAnswers(folder, source, table);
  const rows = Int32Array.from(table.prompts.keys()).filter((row) => {
    const { split, task } = table.prompts[row]!;
    return split === TRAIN && (tasks === undefined || tasks.includes(task ?? ""));
  });
  const pool = await fitPool(table, answers, rows, models, { tier: "fast", estimator: "auto", seed });
  const picked = everyNth(pool.rows.count, MOST_ROWS);
  const shipped = Array.from(picked, (row) => pool.tableRows[row]!);
  const scored = await scoreRows(artifact, table, shipped);
  const output = new Float32Array(pool.rows.count * models.length);
  const input = new Uint32Array(pool.rows.count);
  picked.forEach((row, at) => {
    input[row] = estimateInputTokens(table.prompts[shipped[at]!]!.conversation);
    models.forEach((model, m) => {
      output[row * models.length + m] = scored.outputTokens[at * trained.length + trained.indexOf(model)]!;
    });
  });
  return {
    ...pool,
    name,
    kinds: [...kinds],
    members: models.map((model) => ({
      model,
      accepts: [...(members.find((member) => member.model === model)?.accepts ?? [])],
    })),
    routes: null,
    strata: [],
    sample: sampleOf(pool, pool.rows, { input, output }, picked),
    data: { source, digest: answers.digest, answers: pool.rows.count * models.length },
  };
}
