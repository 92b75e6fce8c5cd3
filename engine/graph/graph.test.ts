import { readdir, readFile } from "node:fs/promises";
import { describe, expect, it, vi } from "vitest";
import { assembleKernels } from "../../scripts/build-kernels.ts";
import { readManifest } from "../artifact.ts";
import { packageRoot } from "../package-root.ts";
import type { ScoreBatch, ScorerSource } from "../scorer.ts";
import onnx from "../scorers/onnx.ts";
import { onnxBytes, type TinyGraph } from "../testing/onnx-bytes.ts";
import { tinyManifest } from "../testing/tiny-artifact.ts";
import { agree, probeBatch } from "./agreement.ts";
import { compileGraph } from "./compile.ts";
import { KERNELS } from "./kernels.wasm.ts";

describe("the compiled graph", () => {
  it("has kernels that are those of kernels.wat", async () => {
    expect(await assembleKernels()).toBe(KERNELS);
  });

  for (const family of ["default", "default-full"]) {
    it(`scores as onnxruntime does for the shipped router ${family}, row by row and in a batch`, async () => {
      const source = await shipped(family);
      const scorer = await onnx.open(source);
      const batch = probeBatch(source);
      const expected = await scorer.score(batch);
      expect(scorer.scoreNow).toBeDefined();
      expect(largestDifference(scorer.scoreNow!(batch), expected)).toBeLessThan(1e-5);
      const again = scorer.scoreNow!(batch);
      expect(again).toEqual(scorer.scoreNow!(batch));
      await scorer.close();
    });
  }

  it("keeps what a prompt with many terms left out of the scores of one with few", async () => {
    const source = await shipped("default");
    const compiled = compileGraph(source)!;
    const { features, ngrams } = probeBatch(source);
    const row = (terms: number) => ({
      count: 1,
      features: features.subarray(0, source.features.count),
      ngrams: { terms, ids: ngrams!.ids.subarray(0, terms), weights: ngrams!.weights.subarray(0, terms) },
      embedding: null,
    });
    const few = compiled(row(3));
    compiled(row(200));
    expect(compiled(row(3))).toEqual(few);
  });

  it("takes operands that are whole, one number, or the last dimensions over again, and leaves others to onnxruntime", () => {
    const constant = (name: string, dims: number[], data: number[]) => ({ name, dims, data: Float32Array.from(data) });
    const added = (dims: number[], data: number[]) => {
      const compiled = compileGraph(
        sourceOf({
          constants: [constant("three", [3, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]), constant("x", dims, data)],
          nodes: [
            { op: "MatMul", inputs: ["row", "three"], output: "rows" },
            { op: "Add", inputs: ["rows", "x"], output: "sum" },
            { op: "ReduceSum", inputs: ["sum", "axes"], output: "total", ints: { axes: [0] } },
          ],
        }),
      );
      return (
        compiled &&
        Array.from(compiled({ count: 1, features: Float32Array.of(1, 2), ngrams: null, embedding: null }).score)
      );
    };
    // Rows (1, 2) times each matrix: (7, 10), (19, 22), (31, 34).
    expect(added([1], [1])).toEqual([60, 69]);
    expect(added([1, 2], [1, 2])).toEqual([60, 72]);
    expect(added([3, 1, 2], [1, 2, 3, 4, 5, 6])).toEqual([66, 78]);
    expect(added([3, 1, 1], [1, 2, 3])).toBeNull();
  });

  it("makes of a row what it is worth wherever the row rests, and passes over what a matrix has no numbers for", () => {
    // Rests at (1, 1), for features of nought; the matrix has nothing below its diagonal.
    const compiled = compileGraph(
      sourceOf({
        constants: [
          { name: "one", dims: [1], data: Float32Array.of(1) },
          { name: "upper", dims: [2, 2], data: Float32Array.of(1, 2, 0, 3) },
        ],
        nodes: [
          { op: "Add", inputs: ["row", "one"], output: "moved" },
          { op: "MatMul", inputs: ["moved", "upper"], output: "total" },
        ],
      }),
    )!;
    const scored = (...features: number[]) =>
      Array.from(compiled({ count: 1, features: Float32Array.from(features), ngrams: null, embedding: null }).score);
    expect(scored(0, 0)).toEqual([1, 5]);
    expect(scored(1, 0)).toEqual([2, 7]);
    expect(scored(0, -3)).toEqual([1, -4]);
    expect(scored(1, 1)).toEqual([2, 10]);
  });

  it("raises e to a power within a few parts in ten million, to infinity and to nought at the ends", () => {
    const compiled = compileGraph(
      sourceOf({ constants: [], nodes: [{ op: "Exp", inputs: ["row"], output: "total" }] }),
    )!;
    const exp = (x: number) =>
      compiled({ count: 1, features: Float32Array.of(x, 0), ngrams: null, embedding: null }).score[0]!;
    for (let x = -80; x <= 80; x += 0.37) {
      expect(Math.abs(exp(x) / Math.exp(Math.fround(x)) - 1)).toBeLessThan(3e-7);
    }
    expect([exp(200), exp(Number.POSITIVE_INFINITY)]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect([exp(0), exp(Number.NaN)]).toEqual([1, Number.NaN]);
    expect(exp(-1000)).toBeLessThan(1e-37);
  });

  it("is not there for a graph with an operator that it does not know, and onnxruntime scores alone", async () => {
    const source = sourceOf({ constants: [], nodes: [{ op: "Neg", inputs: ["row"], output: "total" }] });
    expect(compileGraph(source)).toBeNull();
    const scorer = await onnx.open(source);
    expect(scorer.scoreNow).toBeUndefined();
    const scores = await scorer.score({ count: 1, features: Float32Array.of(3, 4), ngrams: null, embedding: null });
    expect(Array.from(scores.score)).toEqual([-3, -4]);
    await scorer.close();
  });

  it("of our own make scores without onnxruntime, which is loaded, and held against it, for the first batch", async () => {
    const doubled = (by: number) =>
      sourceOf({
        producer: "weir",
        constants: [{ name: "factor", dims: [1], data: Float32Array.of(by) }],
        nodes: [{ op: "Mul", inputs: ["row", "factor"], output: "total" }],
      });
    const batch = { count: 1, features: Float32Array.of(3, 4), ngrams: null, embedding: null };
    const readAgain = vi.fn<() => Promise<Uint8Array>>();
    const opened = ({ bytes }: ScorerSource) =>
      onnx.open({ ...doubled(2), readAgain: readAgain.mockResolvedValue(bytes) });
    const scorer = await opened(doubled(2));
    expect(Array.from(scorer.scoreNow!(batch).score)).toEqual([6, 8]);
    expect(readAgain).not.toHaveBeenCalled();
    expect(Array.from((await scorer.score(batch)).score)).toEqual([6, 8]);
    expect(readAgain).toHaveBeenCalledOnce();
    await scorer.close();

    const other = await opened(doubled(2.001));
    await expect(other.score(batch)).rejects.toMatchObject({ code: "artifact_mismatch" });
    await other.close();
  });

  it("is not trusted when a number differs by more than rounding", async () => {
    const scores = compileGraph(await shipped("default"))!(probeBatch(await shipped("default")));
    const other = { ...scores, spread: scores.spread.map((value, i) => (i === 7 ? value + 1e-4 : value)) };
    expect(agree(scores, { ...scores })).toBe(true);
    expect(agree(scores, other)).toBe(false);
    expect(agree(scores, { ...scores, task: scores.task.fill(Number.NaN) })).toBe(false);
  });
});

async function shipped(family: string): Promise<ScorerSource> {
  const folder = new URL(`models/${family}/`, packageRoot);
  const version = (await readdir(folder)).sort().at(-1)!;
  const manifest = await readManifest(new URL(`${version}/`, folder));
  const bytes = await readFile(new URL(`${version}/router.onnx`, folder));
  const { features, models, tasks } = manifest;
  return { bytes, features, modelCount: models.length, taskCount: tasks.length };
}

/** A router over two features and two models whose every output is `total`. */
function sourceOf(graph: Pick<TinyGraph, "constants" | "nodes" | "producer">): ScorerSource {
  const outputs = ["score", "spread", "output_tokens", "complexity", "out_of_distribution"];
  const bytes = onnxBytes({
    ...graph,
    inputs: { features: ["batch", 2] },
    outputs: Object.fromEntries(outputs.map((name) => [name, ["batch", 2]])),
    nodes: [
      { op: "Identity", inputs: ["features"], output: "row" },
      ...graph.nodes,
      ...outputs.map((output) => ({ op: "Identity", inputs: ["total"], output })),
    ],
  });
  return { bytes, features: { ...tinyManifest().features, count: 2 }, modelCount: 2, taskCount: 0 };
}

function largestDifference(a: ScoreBatch, b: ScoreBatch): number {
  const columns = Object.keys(a) as (keyof ScoreBatch)[];
  return Math.max(
    ...columns.flatMap((column) =>
      Array.from(a[column], (value, i) => Math.abs(value - b[column][i]!) / Math.max(1, Math.abs(value))),
    ),
  );
}
