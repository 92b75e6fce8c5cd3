import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openArtifact } from "./artifact.ts";
import { conversationFromPrompt } from "./conversation.ts";
import useLite from "./embedders/use-lite.ts";
import { FEATURE_COUNT, featurize } from "./features.ts";
import type { Manifest } from "./schema/manifest.ts";
import { TINY, writeTinyArtifact } from "./testing/tiny-artifact.ts";
import { ask, tinyRouter } from "./testing/tiny-router.ts";

let folder: URL;

beforeEach(async () => {
  folder = pathToFileURL(`${await mkdtemp(join(tmpdir(), "weir-artifact-"))}/`);
  await writeTinyArtifact(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function change(edit: (manifest: Manifest) => unknown): Promise<void> {
  const file = new URL("manifest.json", folder);
  await writeFile(file, JSON.stringify(edit(JSON.parse(await readFile(file, "utf8")))));
}

describe("a sound artifact", () => {
  it("opens, scores within range and closes", async () => {
    const artifact = await openArtifact(folder);
    const features = new Float32Array(2 * FEATURE_COUNT);
    featurize(conversationFromPrompt("What is 2 + 2?"), features, 0);
    featurize(conversationFromPrompt("Write a long poem about weirs."), features, FEATURE_COUNT);
    const scores = await artifact.scorer.score({ count: 2, features, ngrams: null, embedding: null });
    expect(scores.score.length).toBe(2 * TINY.models.length);
    expect(scores.task.length).toBe(2 * TINY.tasks.length);
    for (const value of scores.score) expect(value > 0 && value < 1).toBe(true);
    for (const value of scores.outputTokens) expect(value).toBeGreaterThan(0);
    expect(artifact.sample?.rows).toBe(TINY.rows);
    await artifact.close();
  });

  it("gives a prompt the same scores alone and in a batch", async () => {
    const artifact = await openArtifact(folder);
    const one = new Float32Array(FEATURE_COUNT);
    featurize(conversationFromPrompt("What is 2 + 2?"), one, 0);
    const three = Float32Array.from([...one, ...one, ...one]);
    const alone = await artifact.scorer.score({ count: 1, features: one, ngrams: null, embedding: null });
    const batch = await artifact.scorer.score({ count: 3, features: three, ngrams: null, embedding: null });
    for (const [i, value] of alone.score.entries())
      expect(batch.score[TINY.models.length * 2 + i]).toBeCloseTo(value, 6);
    await artifact.close();
  });

  it("opens from a folder URL without a closing slash", async () => {
    const artifact = await openArtifact(new URL(folder.href.replace(/\/$/, "")));
    await artifact.close();
  });

  it("closes only when its running calls have ended", async () => {
    const artifact = await openArtifact(folder);
    const features = new Float32Array(FEATURE_COUNT);
    const running = artifact.scorer.score({ count: 1, features, ngrams: null, embedding: null });
    const closing = artifact.close();
    expect((await running).score.length).toBe(TINY.models.length);
    await closing;
  });
});

describe("an artifact with a text encoder", () => {
  const shipped = async () => {
    const embedder = await useLite.open({ folder: null, model: null, threads: 1 });
    await embedder.close();
    return { name: "use-lite", digest: embedder.digest, dimensions: embedder.dimensions };
  };

  it("opens the encoder that it names and scores with it", async () => {
    await writeTinyArtifact(folder, { ...TINY, encoder: await shipped() });
    const artifact = await openArtifact(folder);
    const router = await tinyRouter(artifact, { scoreTimeoutMs: 10_000 });
    const [one, two] = await router.decideMany([ask("What is 2 + 2?"), ask("What is 2 + 2?")]);
    expect(one).toMatchObject({ facts: { scoring: "done" } });
    expect(one).toMatchObject({ facts: { complexity: two && "facts" in two ? two.facts.complexity : -1 } });
    await router.close();
  });

  it("is refused with another encoder than it was trained with, and with one that is not there", async () => {
    const encoder = await shipped();
    await writeTinyArtifact(folder, { ...TINY, encoder: { ...encoder, digest: "0".repeat(64) } });
    await expect(openArtifact(folder)).rejects.toMatchObject({ code: "artifact_mismatch", place: "features.encoder" });
    await writeTinyArtifact(folder, { ...TINY, encoder });
    const nowhere = new URL("nowhere/", folder);
    await expect(openArtifact(folder, { encoders: nowhere })).rejects.toMatchObject({ code: "artifact_missing" });
  });
});

describe("refuses, saying which part is wrong:", () => {
  const refusal = () =>
    openArtifact(folder).then(
      () => null,
      (error: unknown) => error,
    );

  it("a folder without manifest", async () => {
    await rm(new URL("manifest.json", folder));
    expect(await refusal()).toMatchObject({ code: "artifact_missing", place: "manifest.json" });
  });

  it("a manifest that is no JSON", async () => {
    await writeFile(new URL("manifest.json", folder), "{");
    expect(await refusal()).toMatchObject({ code: "artifact_corrupt", place: "manifest.json" });
  });

  it("a manifest without models", async () => {
    await change((manifest) => ({ ...manifest, models: [] }));
    expect(await refusal()).toMatchObject({ code: "artifact_corrupt", message: expect.stringContaining("models") });
  });

  it("a model named twice", async () => {
    await change((manifest) => ({ ...manifest, models: [...manifest.models, manifest.models[0]] }));
    expect(await refusal()).toMatchObject({
      code: "artifact_corrupt",
      message: expect.stringContaining("small twice"),
    });
  });

  it("a manifest of a later engine", async () => {
    await change((manifest) => ({ ...manifest, schemaVersion: 2 }));
    expect(await refusal()).toMatchObject({ code: "artifact_mismatch", place: "schemaVersion" });
  });

  it("a missing graph", async () => {
    await rm(new URL("router.onnx", folder));
    expect(await refusal()).toMatchObject({ code: "artifact_missing", place: "router.onnx" });
  });

  it("a changed byte in any file", async () => {
    const file = new URL("calibration.bin", folder);
    const bytes = await readFile(file);
    bytes[40] = bytes[40]! ^ 1;
    await writeFile(file, bytes);
    expect(await refusal()).toMatchObject({ code: "artifact_corrupt", place: "calibration.bin" });
  });

  it("an ONNX file that is not one", async () => {
    const { createHash } = await import("node:crypto");
    const bytes = Buffer.from("this is not a graph, whatever its digest says");
    await writeFile(new URL("router.onnx", folder), bytes);
    const digest = createHash("sha256").update(bytes).digest("hex");
    await change((manifest) => ({ ...manifest, files: { ...manifest.files, "router.onnx": digest } }));
    expect(await refusal()).toMatchObject({ code: "artifact_corrupt", place: "router.onnx" });
  });

  it("other features", async () => {
    const digest = "0".repeat(64);
    await change((manifest) => ({ ...manifest, features: { ...manifest.features, digest } }));
    expect(await refusal()).toMatchObject({ code: "artifact_mismatch", place: "features.digest" });
  });

  it("a graph with fewer models than the manifest", async () => {
    await change(({ files, ...manifest }) => ({
      ...manifest,
      files: { "router.onnx": files["router.onnx"] },
      models: [...manifest.models, { ...manifest.models[0], model: "another" }],
    }));
    expect(await refusal()).toMatchObject({
      code: "artifact_mismatch",
      message: expect.stringContaining('"score" is 3 wide in the graph and 4 in the manifest'),
    });
  });

  it("a graph without the n-gram inputs that the manifest names", async () => {
    const ngrams = { buckets: 64, maxTerms: 8, wordOrders: [1], charOrders: [] };
    await change((manifest) => ({ ...manifest, features: { ...manifest.features, ngrams } }));
    expect(await refusal()).toMatchObject({ code: "artifact_mismatch", message: expect.stringContaining("ngram_ids") });
  });

  it("a calibration sample of other models", async () => {
    await change((manifest) => ({ ...manifest, tasks: ["chat"] }));
    expect(await refusal()).toMatchObject({ code: "artifact_mismatch", place: "calibration.bin" });
  });

  it("a tier that does not fit its encoder", async () => {
    await change((manifest) => ({ ...manifest, tier: "full" }));
    expect(await refusal()).toMatchObject({ code: "artifact_mismatch", place: "features.encoder" });
  });

  it("a file outside of its folder", async () => {
    await change((manifest) => ({ ...manifest, files: { "../../etc/passwd": "0".repeat(64) } }));
    expect(await refusal()).toMatchObject({ code: "artifact_corrupt", place: "../../etc/passwd" });
  });
});
