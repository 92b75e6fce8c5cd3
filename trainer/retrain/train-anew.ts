import { mergeTables } from "../../datasets/merge-tables.ts";
import type { QualityTable } from "../../datasets/quality-table.ts";
import { readRecords } from "../../datasets/read-records.ts";
import { splitByGroup } from "../../datasets/split.ts";
import type { LearnInput, LearningRow } from "../../engine/learning-row.ts";
import type { Manifest } from "../../engine/schema/manifest.ts";
import { TrainError } from "../errors.ts";
import { type TrainResult, trainArtifact } from "../pipeline.ts";
import { runFacts } from "../run-facts.ts";
import { trainingEncoder } from "../shipped-encoder.ts";
import { tableOfRows } from "./rows-table.ts";

/** Fewer requests with text would teach a router less than it has forgotten. */
const LEAST_ROWS = 300;
/** Of each model that the routes need. */
const LEAST_LABELS = 50;

export type Anew =
  | {
      readonly kind: "trained";
      readonly result: TrainResult;
      /** Quality foretold of a model on the i-th of the selection rows. */
      readonly foretell: (row: number, model: string) => number | null;
    }
  | { readonly kind: "skipped"; readonly note: string };

/**
 * A router from the texts of the log alone, or with outcome data beside them. Skipped, with the reason, where too few texts
 * were kept or where a model that a route needs would not be known any more.
 *
 * @param selection rows that come after `learning`; nothing is learned from them
 */
export async function trainAnew(
  learning: readonly LearningRow[],
  selection: readonly LearningRow[],
  { features, aliases }: Pick<Manifest, "features" | "aliases">,
  digest: string,
  input: LearnInput,
): Promise<Anew> {
  const withText = learning.filter(({ conversation }) => conversation !== null);
  if (withText.length < LEAST_ROWS) {
    const note = `${withText.length} requests with text and a verdict; at least ${LEAST_ROWS} are needed (log.content keeps it)`;
    return { kind: "skipped", note };
  }
  if (features.encoder !== null && features.encoder.name !== "use-lite") {
    return {
      kind: "skipped",
      note: `the text encoder ${features.encoder.name} is not one that training knows by itself`,
    };
  }
  const own = tableOfRows(withText, digest);
  const table = input.data === null ? own : mergeTables([own, await readRecords(input.data)]);
  const unknown = input.needed.filter((model) => labelsOf(table, model) < LEAST_LABELS);
  if (unknown.length > 0) {
    const note = `fewer than ${LEAST_LABELS} labels of ${unknown.join(", ")}, which routes need`;
    return { kind: "skipped", note };
  }
  const rows = splitByGroup(table, { seed: input.seed, train: 0.65, calibration: 0.2, test: 0.15, keepGiven: true });
  const { nowMs, seed, estimator, name, version, out, command } = input;
  try {
    const result = await trainArtifact(
      table,
      rows,
      {
        tier: features.encoder === null ? "fast" : "full",
        estimator,
        seed,
        name,
        version,
        out,
        // The comparison on held-out traffic is the gate here.
        force: true,
        command,
        aliases,
        ...(features.encoder === null ? {} : { encoder: await trainingEncoder(SHIPPED) }),
        ...runFacts(undefined, () => nowMs),
      },
      { onProgress: (stage, done) => input.onStage(done > 0 ? stage : `${stage} begins`) },
    );
    return { kind: "trained", result, foretell: await foreteller(result, selection, digest) };
  } catch (error) {
    if (error instanceof TrainError) return { kind: "skipped", note: error.message };
    throw error;
  }
}

const SHIPPED = { embedder: "use-lite", folder: null, model: null, cacheDir: null };

function labelsOf({ models, quality, prompts }: QualityTable, model: string): number {
  const column = models.indexOf(model);
  if (column === -1) return 0;
  let labels = 0;
  for (let row = 0; row < prompts.length; row++) if (!Number.isNaN(quality[row * models.length + column]!)) labels++;
  return labels;
}

async function foreteller(
  { router }: TrainResult,
  selection: readonly LearningRow[],
  digest: string,
): Promise<(row: number, model: string) => number | null> {
  const places = new Map<number, number>();
  selection.forEach(({ conversation }, i) => {
    if (conversation !== null) places.set(i, places.size);
  });
  if (places.size === 0) return () => null;
  const table = tableOfRows(selection, digest);
  const { models, quality } = await router.predict(table, Int32Array.from(places.values()));
  return (row, model) => {
    const place = places.get(row);
    const column = models.indexOf(model);
    return place === undefined || column === -1 ? null : quality[place * models.length + column]!;
  };
}
