import type { QualityTable } from "../datasets/quality-table.ts";
import type { Manifest } from "../engine/schema/manifest.ts";
import { renderCard } from "./card.ts";
import { TrainError } from "./errors.ts";
import { calibrationFile } from "./export/calibration-file.ts";
import { checkParity, type ParityReport } from "./export/parity.ts";
import { routerGraph } from "./export/router-graph.ts";
import { nextVersion, sha256, writeArtifact } from "./export/write-artifact.ts";
import { type FittedRouter, fitRouter, type RouterContext, type RouterOptions, type RouterRows } from "./fit-router.ts";
import { type GateVerdict, gate } from "./gate.ts";
import { type HeldOutReport, heldOutReport } from "./held-out/report.ts";
import { sourceOrigins } from "./source-origins.ts";

export interface TrainOptions extends RouterOptions {
  readonly name: string;
  /** The next free one of the day when left out. */
  readonly version?: string;
  /** Folder that holds models/<name>/<version>/. */
  readonly out: string;
  /** Keep an artifact that does not beat its controls. */
  readonly force: boolean;
  /** When it is made, epoch milliseconds; part of the artifact, so a repeat needs the same. */
  readonly now: number;
  readonly commit: string;
  readonly command: string;
  readonly libraries: Readonly<Record<string, string>>;
  readonly aliases?: Manifest["aliases"];
}

export interface TrainResult {
  readonly folder: string;
  readonly version: string;
  readonly router: FittedRouter;
  readonly report: HeldOutReport;
  readonly verdict: GateVerdict;
  readonly parity: ParityReport;
}

/**
 * Fit -> held-out report -> gate -> export -> open again and compare -> write. The test rows are read only after the fit,
 * for the report and the gate.
 *
 * @throws TrainError `gate_failed` when it does not beat its controls and `force` is off; nothing is written then
 */
export async function trainArtifact(
  table: QualityTable,
  rows: RouterRows & { readonly test: Int32Array },
  options: TrainOptions,
  context: RouterContext = {},
): Promise<TrainResult> {
  const router = await fitRouter(table, rows, options, context);
  const bytes = routerGraph(router);
  const parity = await checkParity(bytes, router, table, rows.calibration.length >= 64 ? rows.calibration : rows.train);
  context.onProgress?.("report", 0, Number.NaN);
  const report = await heldOutReport(table, router, rows.test);
  context.onProgress?.("report", 1, Number.NaN);
  const verdict = gate(report);
  if (!verdict.passed && !options.force) {
    throw new TrainError("gate_failed", `not written: ${verdict.faults.join("; ")}; --force keeps it all the same`);
  }
  const createdAt = new Date(options.now).toISOString();
  const version = options.version ?? (await nextVersion(options.out, options.name, createdAt.slice(0, 10)));
  const manifest = manifestOf(table, router, report, { ...options, version, createdAt });
  const sample = await calibrationFile(table, router, rows.calibration);
  const card = renderCard({
    manifest,
    report,
    verdict,
    rows: { learned: router.learned.length, calibration: rows.calibration.length, test: rows.test.length },
  });
  const folder = await writeArtifact(options.out, {
    manifest,
    binaries: { "router.onnx": bytes, ...(sample ? { "calibration.bin": sample } : {}) },
    card,
  });
  return { folder, version, router, report, verdict, parity };
}

function manifestOf(
  table: QualityTable,
  router: FittedRouter,
  report: HeldOutReport,
  options: TrainOptions & { readonly version: string; readonly createdAt: string },
): Omit<Manifest, "files"> {
  return {
    schemaVersion: 1,
    name: options.name,
    version: options.version,
    tier: options.tier,
    createdAt: options.createdAt,
    features: router.features,
    models: router.models.map((model) => ({ ...model, eligible: true })),
    tasks: [...router.tasks],
    outOfDistributionAbove: router.outOfDistributionAbove,
    aliases: [...(options.aliases ?? [])],
    lineage: {
      data: lineageOf(table, router.learned),
      estimator: router.choice.name,
      options: { ...router.choice.options, tried: router.choice.tried },
      seed: options.seed,
      commit: options.commit,
      command: options.command,
      libraries: { ...options.libraries },
    },
    report: { ...report },
  };
}

/** One entry a source: digest over the files it came from, and how much of it was trained on. */
function lineageOf(table: QualityTable, learned: Int32Array): Manifest["lineage"]["data"] {
  const prompts = new Map<string, number>();
  const labels = new Map<string, number>();
  const width = table.models.length;
  for (const row of learned) {
    const { source } = table.prompts[row]!;
    prompts.set(source, (prompts.get(source) ?? 0) + 1);
    let known = 0;
    for (let m = 0; m < width; m++) if (!Number.isNaN(table.quality[row * width + m]!)) known++;
    labels.set(source, (labels.get(source) ?? 0) + known);
  }
  return [...prompts.keys()].sort().map((source) => ({
    source,
    ...sourceOrigins(source),
    digest: digestOf(table, source),
    prompts: prompts.get(source)!,
    records: labels.get(source)!,
  }));
}

function digestOf(table: QualityTable, source: string): string {
  const own = table.lineage.filter((entry) => entry.source === source);
  const digests = (own.length > 0 ? own : table.lineage).map(({ digest }) => digest);
  return digests.length === 1 ? digests[0]! : sha256(digests.sort().join("\n"));
}
