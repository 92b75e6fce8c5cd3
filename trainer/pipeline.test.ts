import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { QualityTable } from "../datasets/quality-table.ts";
import { readRecords } from "../datasets/read-records.ts";
import { openArtifact } from "../engine/artifact.ts";
import { readConversation } from "../engine/batcher.ts";
import { addModel } from "./add-model.ts";
import { type TrainOptions, trainArtifact } from "./pipeline.ts";

const tiny = fileURLToPath(new URL("../datasets/fixtures/tiny.jsonl", import.meta.url));
const ngrams = { spec: { buckets: 512, maxTerms: 256, wordOrders: [1, 2], charOrders: [3] }, rank: 8 };

let table: QualityTable;
let out: string;
let options: TrainOptions;
const rows = (count: number) => ({
  train: Int32Array.from({ length: count }, (_, i) => i).filter((i) => i % 4 !== 3),
  calibration: Int32Array.from({ length: count }, (_, i) => i).filter((i) => i % 8 === 3),
  test: Int32Array.from({ length: count }, (_, i) => i).filter((i) => i % 8 === 7),
});

beforeAll(async () => {
  table = await readRecords(tiny);
  out = await mkdtemp(path.join(tmpdir(), "weir-train-"));
  options = {
    tier: "fast",
    estimator: "ridge",
    seed: 5,
    ngrams,
    name: "tiny",
    out,
    force: true,
    now: Date.UTC(2026, 10, 23),
    commit: "0",
    command: "test",
    libraries: {},
  };
});
afterAll(() => rm(out, { recursive: true, force: true }));

describe("trainArtifact on the tiny records", () => {
  it("writes an artifact that the engine opens and that scores as the trainer does", async () => {
    const { folder, router, version } = await trainArtifact(table, rows(table.prompts.length), options);
    expect(version).toBe("2026-11-23.1");
    expect((await readdir(folder)).sort()).toEqual(["CARD.md", "calibration.bin", "manifest.json", "router.onnx"]);
    const artifact = await openArtifact(pathToFileURL(`${folder}/`));
    try {
      const predicted = await router.predict(table, Int32Array.of(0));
      const { features, ngrams: terms } = readConversation(table.prompts[0]!.conversation, artifact);
      const scored = await artifact.scorer.score({
        count: 1,
        features,
        ngrams: terms && { terms: terms.ids.length, ids: terms.ids, weights: terms.weights },
        embedding: null,
      });
      for (const [m, value] of scored.score.entries()) expect(value).toBeCloseTo(predicted.score[m]!, 5);
      expect(scored.outputTokens.every((tokens) => tokens > 0)).toBe(true);
    } finally {
      await artifact.close();
    }
  });

  it("same seed, same bytes", async () => {
    const [first, second] = [path.join(out, "a"), path.join(out, "b")];
    const made = await Promise.all(
      [first, second].map((folder) => trainArtifact(table, rows(table.prompts.length), { ...options, out: folder })),
    );
    for (const file of ["router.onnx", "calibration.bin", "manifest.json", "CARD.md"]) {
      const [a, b] = await Promise.all(made.map(({ folder }) => readFile(path.join(folder, file))));
      expect(a!.equals(b!), file).toBe(true);
    }
  });

  it("refuses a router that does not beat its controls, and leaves nothing behind", async () => {
    const folder = path.join(out, "refused");
    await expect(
      trainArtifact(table, rows(table.prompts.length), { ...options, out: folder, force: false }),
    ).rejects.toMatchObject({ code: "gate_failed" });
    await expect(readdir(folder)).rejects.toThrow();
  });

  it("adds a model from labels, as the next version", async () => {
    const labelled: QualityTable = {
      ...table,
      models: ["newcomer"],
      quality: Float32Array.from({ length: table.prompts.length }, (_, i) => i % 2),
      costUsd: null,
      inputTokens: null,
      outputTokens: null,
      latencyMs: null,
      propensity: null,
    };
    const result = await addModel(labelled, {
      artifact: path.join(out, "tiny", "2026-11-23.1"),
      model: "newcomer",
      like: table.models[0]!,
      eligible: false,
      now: options.now,
    });
    expect(path.basename(result.folder)).toBe("2026-11-23.2");
    expect(result.eligible).toBe(false);
    const artifact = await openArtifact(pathToFileURL(`${result.folder}/`));
    expect(artifact.manifest.models.map(({ model }) => model)).toEqual([...table.models, "newcomer"]);
    await artifact.close();
    expect(await readFile(path.join(result.folder, "CARD.md"), "utf8")).toMatch(/^# Router tiny 2026-11-23\.2\n/);
  });

  it("says how many labelled prompts are missing", async () => {
    const few = { train: Int32Array.of(0, 1), calibration: new Int32Array(0), test: new Int32Array(0) };
    await expect(trainArtifact(table, few, options)).rejects.toMatchObject({ code: "too_few_rows" });
  });

  it("names a model or an estimator that is not there", async () => {
    const split = rows(table.prompts.length);
    await expect(trainArtifact(table, split, { ...options, models: ["nobody"] })).rejects.toMatchObject({
      code: "unknown_model",
    });
    await expect(trainArtifact(table, split, { ...options, estimator: "oracle" })).rejects.toMatchObject({
      code: "unknown_estimator",
    });
  });
});
