import { readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { QualityTable } from "../datasets/quality-table.ts";
import { type Artifact, openArtifact } from "../engine/artifact.ts";
import { readConversation } from "../engine/batcher.ts";
import { encodeCalibrationSample } from "../engine/calibration-sample.ts";
import { encoderText } from "../engine/features.ts";
import type { Manifest } from "../engine/schema/manifest.ts";
import { TrainError } from "./errors.ts";
import { extendGraph } from "./export/extend-graph.ts";
import { TOLERANCE } from "./export/parity.ts";
import { nextVersion, writeArtifact } from "./export/write-artifact.ts";
import { fitNewModel, type NewModel } from "./new-model.ts";

export interface AddModelOptions {
  /** Folder models/<name>/<version>. */
  readonly artifact: string;
  readonly model: string;
  /** Trained model that it is most like. */
  readonly like: string;
  /** Let it be chosen although it was not shown to be good. */
  readonly eligible: boolean;
  readonly now: number;
}

export interface AddModelResult {
  readonly folder: string;
  readonly added: NewModel;
  readonly eligible: boolean;
}

/**
 * Writes the next version of an artifact with one model more, learned from its labels in a table (none is allowed: then
 * it is a copy of its relative). Nothing that was there changes.
 *
 * @throws TrainError `unknown_model` when `like` was not trained, `exists` when `model` was
 */
export async function addModel(table: QualityTable, options: AddModelOptions): Promise<AddModelResult> {
  const folder = pathToFileURL(`${path.resolve(options.artifact)}/`);
  const artifact = await openArtifact(folder);
  try {
    const { manifest } = artifact;
    const models = manifest.models.length;
    const like = manifest.models.findIndex(({ model }) => model === options.like);
    if (like === -1) throw new TrainError("unknown_model", `${options.like} was not trained in ${options.artifact}`);
    if (manifest.models.some(({ model }) => model === options.model)) {
      throw new TrainError("exists", `${options.model} is in ${options.artifact} already`);
    }
    const column = table.models.indexOf(options.model);
    if (column === -1) throw new TrainError("unknown_model", `the records have no label of ${options.model}`);
    const rows = [...table.prompts.keys()].filter(
      (row) => !Number.isNaN(table.quality[row * table.models.length + column]!),
    );
    const scored = await scoreRows(artifact, table, rows);
    const quality = Float32Array.from(rows, (row) => table.quality[row * table.models.length + column]!);
    const reference = artifact.sample?.quality ?? scored.score;
    const added = fitNewModel({ reference, score: scored.score, quality, models, like });
    const ratio = tokenRatio(table, rows, column, scored.outputTokens, models, like);
    const bytes = extendGraph(await readFile(new URL("router.onnx", folder)), models, added, like, ratio);
    const sample = artifact.sample && extendSample(artifact.sample, added, like, ratio);
    const eligible = options.eligible || added.isShownGood;
    const out = path.dirname(path.dirname(path.resolve(options.artifact)));
    const createdAt = new Date(options.now).toISOString();
    const { files: _, ...rest } = manifest;
    const next: Omit<Manifest, "files"> = {
      ...rest,
      version: await nextVersion(out, manifest.name, createdAt.slice(0, 10)),
      createdAt,
      models: [
        ...manifest.models,
        {
          model: options.model,
          calibration: { kind: "none" },
          trainLabels: added.labels,
          meanQuality: Math.max(0, Math.min(1, added.meanQuality)),
          eligible,
        },
      ],
    };
    const card = await readFile(new URL("CARD.md", folder), "utf8").catch(() => "");
    const written = await writeArtifact(out, {
      manifest: next,
      binaries: {
        ...(await cascadeFiles(folder, manifest)),
        "router.onnx": bytes,
        ...(sample ? { "calibration.bin": encodeCalibrationSample(sample) } : {}),
      },
      card: `${card}\n${cardNote(options, added, eligible, createdAt)}`,
    });
    await checkColumn(written, table, rows, added, models);
    return { folder: written, added, eligible };
  } finally {
    await artifact.close();
  }
}

/** A cascade knows its models by name, so that one more leaves it as it is. */
async function cascadeFiles(folder: URL, { cascade, files }: Manifest): Promise<Record<string, Uint8Array>> {
  const names = cascade === undefined ? [] : Object.keys(files).filter((file) => file.startsWith("cascade."));
  return Object.fromEntries(
    await Promise.all(names.map(async (file) => [file, await readFile(new URL(file, folder))] as const)),
  );
}

/** Raw outputs of an artifact for some prompts, one by one as serving would. */
export async function scoreRows(artifact: Artifact, table: QualityTable, rows: readonly number[]) {
  const models = artifact.manifest.models.length;
  const score = new Float32Array(rows.length * models);
  const outputTokens = new Float32Array(rows.length * models);
  for (const [i, row] of rows.entries()) {
    const { conversation } = table.prompts[row]!;
    const { features, ngrams } = readConversation(conversation, artifact);
    const scored = await artifact.scorer.score({
      count: 1,
      features,
      ngrams: ngrams && { terms: Math.max(1, ngrams.ids.length), ...padded(ngrams) },
      embedding: artifact.embedder && (await artifact.embedder.embed(encoderText(conversation))),
    });
    score.set(scored.score, i * models);
    outputTokens.set(scored.outputTokens, i * models);
  }
  return { score, outputTokens };
}

function padded({ ids, weights }: { readonly ids: Int32Array; readonly weights: Float32Array }) {
  return ids.length > 0 ? { ids, weights } : { ids: Int32Array.of(0), weights: Float32Array.of(0) };
}

/** Tokens of the new model's answers over what its relative was expected to write; 1 where unknown. */
function tokenRatio(
  table: QualityTable,
  rows: readonly number[],
  column: number,
  expected: Float32Array,
  models: number,
  like: number,
): number {
  let own = 0;
  let other = 0;
  rows.forEach((row, i) => {
    const tokens = table.outputTokens?.[row * table.models.length + column] ?? Number.NaN;
    if (Number.isNaN(tokens)) return;
    own += tokens;
    other += expected[i * models + like]!;
  });
  return own > 0 && other > 0 ? Math.max(0.1, Math.min(10, own / other)) : 1;
}

function extendSample(sample: NonNullable<Artifact["sample"]>, added: NewModel, like: number, ratio: number) {
  const { rows, models } = sample;
  const own = added.predict(sample.quality, rows).score;
  const widen = (values: Float32Array, value: (row: number) => number) => {
    const out = new Float32Array(rows * (models + 1));
    for (let row = 0; row < rows; row++) {
      out.set(values.subarray(row * models, (row + 1) * models), row * (models + 1));
      out[row * (models + 1) + models] = value(row);
    }
    return out;
  };
  return {
    ...sample,
    models: models + 1,
    quality: widen(sample.quality, (row) => own[row]!),
    outputTokens: widen(sample.outputTokens, (row) => sample.outputTokens[row * models + like]! * ratio),
    observed: widen(sample.observed, () => Number.NaN),
  };
}

/** @throws TrainError `parity_failed` when the written graph's new column is not what was fitted */
async function checkColumn(
  folder: string,
  table: QualityTable,
  rows: readonly number[],
  added: NewModel,
  models: number,
) {
  const artifact = await openArtifact(pathToFileURL(`${folder}/`));
  try {
    const picked = rows.slice(0, 64);
    const { score } = await scoreRows(artifact, table, picked);
    const old = new Float32Array(picked.length * models);
    picked.forEach((_, i) => {
      old.set(score.subarray(i * (models + 1), i * (models + 1) + models), i * models);
    });
    const expected = added.predict(old, picked.length).score;
    const worst = expected.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - score[i * (models + 1) + models]!)),
      0,
    );
    if (!(worst <= TOLERANCE))
      throw new TrainError("parity_failed", `the new column differs by ${worst.toExponential(2)}`);
  } finally {
    await artifact.close();
  }
}

function cardNote(options: AddModelOptions, added: NewModel, eligible: boolean, createdAt: string): string {
  const skill = Number.isNaN(added.skill) ? "not measured" : added.skill.toFixed(3);
  return [
    `## Added ${createdAt.slice(0, 10)}: ${options.model}`,
    "",
    `From ${added.labels} labels, without training again; nearest relative ${options.like}. Cross-validated Brier skill over its own`,
    `mean: ${skill}. ${eligible ? "Eligible." : "Not eligible: it needs 50 labels and to be predicted better than by its mean."}`,
    "",
  ].join("\n");
}
