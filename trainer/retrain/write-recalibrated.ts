import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { readManifest } from "../../engine/artifact.ts";
import { decodeCalibrationSample, encodeCalibrationSample } from "../../engine/calibration-sample.ts";
import type { LearnInput, TriedWay } from "../../engine/learning-row.ts";
import type { Manifest } from "../../engine/schema/manifest.ts";
import type { Temperature } from "../calibrate/temperature.ts";
import { writeArtifact } from "../export/write-artifact.ts";
import { runFacts } from "../run-facts.ts";
import { adjustSample } from "./adjust-sample.ts";
import { composed } from "./recalibrate.ts";
import { LOG_SOURCE } from "./rows-table.ts";

const SAMPLE = "calibration.bin";
const NOT_COPIED = new Set(["manifest.json", "CARD.md", SAMPLE]);

/** Writes the serving artifact with other calibrations; scores, features and everything else stay as they are. */
export async function writeRecalibrated(
  input: LearnInput,
  adjusted: Readonly<Record<string, Temperature>>,
  { digest, tried }: { readonly digest: string; readonly tried: readonly TriedWay[] },
): Promise<string> {
  const manifest = await readManifest(pathToFileURL(`${input.serving}/`));
  const binaries: Record<string, Uint8Array> = {};
  for (const file of (await readdir(input.serving)).sort()) {
    if (Object.hasOwn(manifest.files, file) && !NOT_COPIED.has(file)) {
      binaries[file] = await readFile(path.join(input.serving, file));
    }
  }
  if (Object.hasOwn(manifest.files, SAMPLE)) {
    const sample = decodeCalibrationSample(await readFile(path.join(input.serving, SAMPLE)));
    const inOrder = manifest.models.map(({ model }) => adjusted[model]!);
    binaries[SAMPLE] = encodeCalibrationSample(adjustSample(sample, inOrder));
  }
  const createdAt = new Date(input.nowMs).toISOString();
  const { files: _, ...rest } = manifest;
  const card = await readFile(path.join(input.serving, "CARD.md"), "utf8").catch(() => "");
  return writeArtifact(input.out, {
    manifest: {
      ...rest,
      name: input.name,
      version: input.version,
      createdAt,
      models: manifest.models.map((model) => ({
        ...model,
        calibration: composed(model.calibration, adjusted[model.model]!),
      })),
      lineage: lineageOf(manifest, input, digest, tried),
    },
    binaries,
    card: `${card}\n${noteOf(manifest, input, adjusted, createdAt)}`,
  });
}

function lineageOf(
  { lineage, version }: Manifest,
  { rows, seed, command, nowMs, route }: LearnInput,
  digest: string,
  tried: readonly TriedWay[],
): Manifest["lineage"] {
  const { commit, libraries } = runFacts(undefined, () => nowMs);
  return {
    ...lineage,
    data: [
      ...lineage.data.filter(({ source }) => source !== LOG_SOURCE),
      {
        source: LOG_SOURCE,
        licence: "own data",
        origin: `route ${route}`,
        digest,
        prompts: rows.length,
        records: rows.reduce((sum, { outcomes }) => sum + outcomes.length, 0),
      },
    ],
    options: { ...lineage.options, recalibrated: { from: version, seed, command, tried } },
    commit,
    libraries,
  };
}

function noteOf(
  { version }: Manifest,
  { rows, route }: LearnInput,
  adjusted: Readonly<Record<string, Temperature>>,
  createdAt: string,
): string {
  const labels = new Map<string, number>();
  for (const { outcomes } of rows) for (const { model } of outcomes) labels.set(model, (labels.get(model) ?? 0) + 1);
  return [
    `## Recalibrated ${createdAt.slice(0, 10)}, from ${version}`,
    "",
    `Qualities were fitted anew to ${rows.length} requests of route ${route}; scores are those of ${version}. Where a model has`,
    "few labels it follows the incumbent, whose labels set the scale.",
    "",
    "| model | labels | slope | intercept |",
    "| --- | --- | --- | --- |",
    ...[...labels.keys()].sort().map((model) => {
      const { slope, intercept } = adjusted[model] ?? { slope: Number.NaN, intercept: Number.NaN };
      return `| ${model} | ${labels.get(model)} | ${slope.toFixed(3)} | ${intercept.toFixed(3)} |`;
    }),
    "",
  ].join("\n");
}
