import { mkdtemp, readdir, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { embedAll } from "./embed-all.ts";
import { openEncoder } from "./open-encoder.ts";

const DIMENSIONS = 512;
let cacheDir: string;
beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), "weir-vectors-"));
});
afterAll(() => rm(cacheDir, { recursive: true }));

it("gives on worker threads what the embedder gives alone, in order, and reports progress", async () => {
  const texts = Array.from({ length: 250 }, (_, i) => (i % 50 === 7 ? "again" : `text number ${i}`));
  const seen: number[] = [];
  const vectors = await embedAll(texts, { workers: 2, onProgress: (done) => seen.push(done) });
  const encoder = await openEncoder({ embedder: "use-lite", folder: null, model: null });
  for (const row of [0, 7, 57, 249]) {
    expect(vectors.slice(row * DIMENSIONS, (row + 1) * DIMENSIONS)).toEqual(await encoder.embed(texts[row]!));
  }
  await encoder.close();
  expect(seen.at(-1)).toBe(250);
});

it("keeps vectors on disk, passes over a damaged file, and embeds only what is missing", async () => {
  const texts = ["one", "two", "three", "two", ""];
  const first = await embedAll(texts, { cacheDir });
  const counts: number[] = [];
  const second = await embedAll([...texts, "four"], { cacheDir, onProgress: (done) => counts.push(done) });
  expect(second.subarray(0, first.length)).toEqual(first);
  expect(counts[0]).toBe(5); // five of six rows were known

  const [folder] = await readdir(cacheDir);
  const [file] = await readdir(join(cacheDir, folder!));
  await truncate(join(cacheDir, folder!, file!), 40);
  expect(await embedAll(texts, { cacheDir })).toEqual(first);
});

it("gives an empty matrix for no texts, and refuses an embedder that is not there", async () => {
  expect(await embedAll([])).toHaveLength(0);
  await expect(embedAll(["x"], { embedder: "none" })).rejects.toMatchObject({ code: "bad_option" });
});

it("fails when a worker cannot open its encoder", async () => {
  const folder = new URL("./no-such-folder/", import.meta.url);
  await expect(embedAll(["x"], { folder })).rejects.toMatchObject({ code: "artifact_missing" });
});
