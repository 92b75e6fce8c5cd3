import { readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { readAnswers } from "../../datasets/read-answers.ts";
import { readDataFolder } from "../../datasets/read-data-folder.ts";
import { ANSWER_FEATURE_COUNT, answerFeatureDigest } from "../../engine/answer/answer-features.ts";
import { openArtifact } from "../../engine/artifact.ts";
import { CASCADE_GRAPH, CASCADE_SAMPLE } from "../../engine/cascade/cascade-part.ts";
import { type CascadeSample, encodeCascadeSamples } from "../../engine/cascade/cascade-sample.ts";
import { isSingle, planName } from "../../engine/cascade/plan.ts";
import type { CascadeManifest } from "../../engine/schema/cascade.ts";
import type { Manifest } from "../../engine/schema/manifest.ts";
import { estimateInputTokens } from "../../engine/tokens.ts";
import { scoreRows } from "../add-model.ts";
import { TrainError } from "../errors.ts";
import { nextVersion, writeArtifact } from "../export/write-artifact.ts";
import { cascadeCard } from "./cascade-card.ts";
import { cascadeGraph } from "./cascade-graph.ts";
import { bitsOf, type FittedPool, fitPool } from "./fit-pool.ts";
import { checkCascadeParity } from "./parity.ts";
import type { CascadePoolDefinition } from "./pool-definitions.ts";

export interface TrainCascadeOptions {
  /** Folder models/<name>/<version>, which is left as it is. */
  readonly artifact: string;
  /** Folder of outcome data with answers. */
  readonly data: string;
  readonly pools: readonly CascadePoolDefinition[];
  readonly seed: number;
  readonly now: number;
  readonly onProgress: (stage: string, done: number) => void;
}

/** Rows of a pool that a route solves its plans on. */
const MOST_ROWS = 1_500;
const TRAIN = "train";

/**
 * Writes the next version of an artifact with a cascade: informed models for each pool, learned on train rows, and the
 * rows by which routes solve their plans. Nothing that was there changes.
 *
 * @throws TrainError `bad_data` when no pool has the models and rows that it needs
 */
export async function trainCascade(options: TrainCascadeOptions): Promise<{
  readonly folder: string;
  readonly pools: readonly (CascadeManifest["pools"][number] & { readonly parity: number })[];
}> {
  const folder = pathToFileURL(`${path.resolve(options.artifact)}/`);
  const artifact = await openArtifact(folder);
  try {
    const { manifest } = artifact;
    const found: { definition: CascadePoolDefinition; pool: FittedPool; sample: CascadeSample }[] = [];
    const data: CascadeManifest["data"] = [];
    for (const [at, definition] of options.pools.entries()) {
      options.onProgress(definition.name, at / options.pools.length);
      const models = definition.members
        .map(({ model }) => model)
        .filter((model) => manifest.models.some((trained) => trained.model === model));
      if (models.length < 2) continue;
      const table = await readDataFolder(options.data, { sources: [definition.source], models });
      const answers = await readAnswers(options.data, definition.source, table);
      const rows = Int32Array.from(table.prompts.keys()).filter((row) => {
        const { split, task } = table.prompts[row]!;
        return split === TRAIN && (definition.tasks === undefined || definition.tasks.includes(task ?? ""));
      });
      const pool = await fitPool(table, answers, rows, models, { tier: "fast", estimator: "auto", seed: options.seed });
      const picked = everyNth(Int32Array.from(pool.tableRows.keys()), MOST_ROWS);
      const tableRows = Array.from(picked, (row) => pool.tableRows[row]!);
      const { outputTokens } = await scoreRows(artifact, table, tableRows);
      const width = manifest.models.length;
      const columns = models.map((model) => manifest.models.findIndex((trained) => trained.model === model));
      found.push({
        definition,
        pool,
        sample: {
          rows: picked.length,
          models: models.length,
          quality: new Map([...pool.quality].map(([bits, matrix]) => [bits, take(matrix, models.length, picked)])),
          observed: take(pool.rows.observed, models.length, picked),
          outputTokens: Float32Array.from(
            { length: picked.length * models.length },
            (_, cell) => outputTokens[Math.floor(cell / models.length) * width + columns[cell % models.length]!]!,
          ),
          inputTokens: Uint32Array.from(tableRows, (row) => estimateInputTokens(table.prompts[row]!.conversation)),
          group: Uint32Array.from(picked, (row) => pool.rows.group[row]!),
        },
      });
      data.push({ source: definition.source, digest: answers.digest, answers: pool.rows.count * models.length });
    }
    if (found.length === 0) throw new TrainError("bad_data", "the artifact knows too few models of any pool");
    options.onProgress("export", 1);
    const cascade = manifestOf(found, data);
    const graph = cascadeGraph(
      found.map(({ pool }) => pool.fitted),
      cascade.width,
    );
    const parity = await checkCascadeParity(
      graph,
      cascade,
      found.map(({ pool }) => pool),
    );
    const out = path.dirname(path.dirname(path.resolve(options.artifact)));
    const createdAt = new Date(options.now).toISOString();
    const { files: _, ...rest } = manifest;
    const next: Omit<Manifest, "files"> = {
      ...rest,
      version: await nextVersion(out, manifest.name, createdAt.slice(0, 10)),
      createdAt,
      cascade,
    };
    const kept = Object.keys(manifest.files).filter((file) => file !== CASCADE_GRAPH && file !== CASCADE_SAMPLE);
    const binaries = Object.fromEntries(
      await Promise.all(kept.map(async (file) => [file, await readFile(new URL(file, folder))] as const)),
    );
    const card = await readFile(new URL("CARD.md", folder), "utf8").catch(() => "");
    const written = await writeArtifact(out, {
      manifest: next,
      binaries: {
        ...binaries,
        [CASCADE_GRAPH]: graph,
        [CASCADE_SAMPLE]: encodeCascadeSamples(found.map(({ sample }) => sample)),
      },
      card: cascadeCard(card, cascade),
    });
    return { folder: written, pools: cascade.pools.map((pool, at) => ({ ...pool, parity: parity[at]! })) };
  } finally {
    await artifact.close();
  }
}

function manifestOf(
  found: readonly { readonly definition: CascadePoolDefinition; readonly pool: FittedPool }[],
  data: CascadeManifest["data"],
): CascadeManifest {
  let firstSet = 0;
  let firstMember = 0;
  const pools = found.map(({ definition, pool }) => {
    const { gain, gainLow, pays, choice } = pool.solved;
    const entry: CascadeManifest["pools"][number] = {
      name: definition.name,
      kinds: [...definition.kinds],
      members: pool.models.map((model) => ({
        model,
        accepts: [...(definition.members.find((member) => member.model === model)?.accepts ?? [])],
      })),
      sets: bitsOf(pool.sets),
      firstSet,
      firstMember,
      shown: {
        prompts: pool.rows.count,
        gain,
        gain_low: gainLow,
        pays,
        structures: choice.plans
          .filter((plan) => !isSingle(plan))
          .map((plan) => planName(plan, (m) => pool.models[m]!)),
        cost_shares: [...pool.costShares],
      },
    };
    firstSet += pool.sets.length;
    firstMember += pool.models.length;
    return entry;
  });
  return {
    answers: { digest: answerFeatureDigest(), count: ANSWER_FEATURE_COUNT },
    width: Math.max(...pools.map(({ members }) => members.length)),
    pools,
    data: [...data],
  };
}

function take(matrix: Float32Array, width: number, rows: Int32Array): Float32Array {
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, at) => {
    out.set(matrix.subarray(row * width, (row + 1) * width), at * width);
  });
  return out;
}

function everyNth(rows: Int32Array, most: number): Int32Array {
  if (rows.length <= most) return rows;
  return Int32Array.from({ length: most }, (_, i) => rows[Math.floor((i * rows.length) / most)]!);
}
