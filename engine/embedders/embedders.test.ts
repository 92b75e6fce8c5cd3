import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { discover } from "../discover.ts";
import { describeEmbedder } from "../embedder.conformance.ts";
import type { EmbedderPlugin } from "../embedder.ts";
import { loadOnnxRuntime } from "../onnx-runtime.ts";
import { packageRoot } from "../package-root.ts";
import { createUnigramTokenizer } from "../tokenizer/unigram.ts";
import { meanFirst } from "./_mean-first.ts";
import transformers from "./transformers.ts";
import useLite from "./use-lite.ts";

/** Where each embedder finds its model in this suite. */
const FOLDERS: Readonly<Record<string, URL>> = {
  "use-lite": new URL("models/encoders/use-lite/", packageRoot),
  transformers: new URL("fixtures/tiny-bert/", import.meta.url),
};

const plugins = await discover<EmbedderPlugin>(new URL("./", import.meta.url));
for (const [name, plugin] of plugins) {
  const folder = FOLDERS[name];
  if (folder === undefined) throw new Error(`embedders.test.ts names no folder for ${name}`);
  describeEmbedder(name, () => plugin.open({ folder, model: null, threads: 1 }));
}

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "weir-encoder-"));
});
afterAll(() => rm(scratch, { recursive: true }));

it("use-lite opens the shipped encoder when no folder is given, and embeds no text as zeros", async () => {
  const embedder = await useLite.open({ folder: null, model: null, threads: 1 });
  expect(await embedder.embed("")).toEqual(new Float32Array(512));
  await embedder.close();
});

it("use-lite multiplies the mean of the tokens last, which moves no vector by more than rounding to bytes does", async () => {
  const file = await readFile(new URL("encoder.onnx", FOLDERS["use-lite"]));
  const text = "Which of the following is not a prime?\nA. 2\nB. 9\nC. 11\nD. 13\nAnswer:";
  const vocabulary = JSON.parse(await readFile(new URL("tokenizer.json", FOLDERS["use-lite"]), "utf8"));
  const ids = createUnigramTokenizer(vocabulary).encode(text);
  const ort = await loadOnnxRuntime();
  const session = await ort.InferenceSession.create(file, { intraOpNumThreads: 1 });
  const { embedding } = await session.run({ ids: new ort.Tensor("int32", ids, [ids.length]) });
  await session.release();
  const written = embedding!.data as Float32Array;
  const embedder = await useLite.open({ folder: null, model: null, threads: 1 });
  const vector = await embedder.embed(text);
  await embedder.close();
  expect(vector).not.toEqual(written);
  expect(vector.reduce((sum, value, i) => sum + value * written[i]!, 0)).toBeGreaterThan(0.9999);
});

it("takes the mean first only in encoders of our make that end in a sum of a product", async () => {
  const file = await readFile(new URL("encoder.onnx", FOLDERS["use-lite"]));
  const changed = meanFirst(file);
  expect(changed).not.toBe(file);
  // Its mean is no longer of a sum.
  expect(meanFirst(changed)).toBe(changed);
  const noise = Buffer.from("not a graph");
  expect(meanFirst(noise)).toBe(noise);
});

it("use-lite refuses a folder without an encoder, and a file that its manifest does not name", async () => {
  const options = { folder: pathToFileURL(`${scratch}/broken/`), model: null, threads: 1 };
  await expect(useLite.open(options)).rejects.toMatchObject({ code: "artifact_missing" });
  await cp(FOLDERS["use-lite"]!, new URL(options.folder), { recursive: true });
  await writeFile(new URL("encoder.onnx", options.folder), "not a graph");
  await expect(useLite.open(options)).rejects.toMatchObject({ code: "artifact_corrupt" });
  await writeFile(new URL("manifest.json", options.folder), "{");
  await expect(useLite.open(options)).rejects.toMatchObject({ code: "artifact_corrupt" });
});

it("transformers takes the mean of the token vectors, scaled to unit length", async () => {
  const embedder = await transformers.open({ folder: FOLDERS.transformers!, model: null, threads: 1 });
  // By hand: rows 2 ([CLS]), 4 (hello) and 3 ([SEP]) of the table sin(i + 1), four columns wide.
  const mean = [0, 1, 2, 3].map((k) => [2, 4, 3].reduce((sum, row) => sum + Math.sin(row * 4 + k + 1), 0) / 3);
  const length = Math.hypot(...mean);
  const vector = await embedder.embed("Hello");
  mean.forEach((value, k) => {
    expect(vector[k]).toBeCloseTo(value / length, 5);
  });
  await embedder.close();
});

it("transformers reads local files only and says which are missing", async () => {
  const open = (folder: URL | null, model: string | null) => transformers.open({ folder, model, threads: 1 });
  await expect(open(pathToFileURL(`${scratch}/none/`), null)).rejects.toMatchObject({ code: "artifact_missing" });
  await expect(open(null, "no-such-model")).rejects.toMatchObject({ code: "artifact_missing" });
  await expect(open(null, null)).rejects.toMatchObject({ code: "artifact_missing" });
  const folder = pathToFileURL(`${scratch}/half/`);
  await cp(FOLDERS.transformers!, folder, { recursive: true });
  await rm(new URL("tokenizer.json", folder));
  await expect(open(folder, null)).rejects.toMatchObject({ code: "artifact_corrupt" });
});
