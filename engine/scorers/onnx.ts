import type { InferenceSession, Tensor } from "onnxruntime-node";
import { EngineError } from "../errors.ts";
import { agree, probeBatch } from "../graph/agreement.ts";
import { type CompiledGraph, compileGraph } from "../graph/compile.ts";
import { loadOnnxRuntime } from "../onnx-runtime.ts";
import { defineScorer, type FeatureBatch, type ScoreBatch, type ScorerSource } from "../scorer.ts";

const PLACE = "router.onnx";
const NOTHING = new Float32Array(0);

/**
 * Scores with an ONNX graph on the CPU. Inputs: `features` float [batch, F]; `ngram_ids` int32 and `ngram_weights` float
 * [batch, terms]; `embedding` float [batch, E]. Outputs: `score`, `spread`, `output_tokens` [batch, M], `complexity`,
 * `out_of_distribution` [batch], `task` [batch, T]. One prompt is scored by the compiled graph where there is one that
 * agrees with onnxruntime on made-up prompts (docs/decisions/0008-compiled-graph.md).
 */
export default defineScorer({
  name: "onnx",
  async open(source) {
    const ort = await loadOnnxRuntime();
    const session = await openSession(ort.InferenceSession, source.bytes);
    checkInputs(session, source);
    checkOutputs(session, source);
    let running = 0;
    let onIdle: (() => void) | null = null;
    const score = async (batch: FeatureBatch): Promise<ScoreBatch> => {
      running++;
      try {
        return read(await session.run(feeds(ort.Tensor, batch, source)), source.taskCount);
      } finally {
        if (--running === 0) onIdle?.();
      }
    };
    const compiled = await trustedGraph(source, score);

    return {
      score,
      ...(compiled && { scoreNow: compiled }),
      async close() {
        if (running > 0) await new Promise<void>((resolve) => (onIdle = resolve));
        await session.release();
      },
    };
  },
});

/** The compiled graph, when there is one and it scores as onnxruntime does. */
async function trustedGraph(
  source: ScorerSource,
  score: (batch: FeatureBatch) => Promise<ScoreBatch>,
): Promise<CompiledGraph | null> {
  const compiled = compileGraph(source);
  if (compiled === null) return null;
  const batch = probeBatch(source);
  return agree(await score(batch), compiled(batch)) ? compiled : null;
}

/** One thread: a graph of this size gains nothing from two, and the other cores serve other requests. */
async function openSession(sessions: typeof InferenceSession, bytes: Uint8Array): Promise<InferenceSession> {
  try {
    return await sessions.create(bytes, {
      executionProviders: ["cpu"],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: "sequential",
      graphOptimizationLevel: "all",
      logSeverityLevel: 3,
    });
  } catch (cause) {
    throw new EngineError("artifact_corrupt", `${PLACE} is not an ONNX graph that can be run: ${reasonOf(cause)}`, {
      place: PLACE,
      cause,
    });
  }
}

function feeds(tensors: typeof Tensor, batch: FeatureBatch, { features }: ScorerSource): Record<string, Tensor> {
  const { count, ngrams, embedding } = batch;
  const fed: Record<string, Tensor> = {
    features: new tensors("float32", batch.features, [count, features.count]),
  };
  if (features.ngrams !== null && ngrams !== null) {
    fed.ngram_ids = new tensors("int32", ngrams.ids, [count, ngrams.terms]);
    fed.ngram_weights = new tensors("float32", ngrams.weights, [count, ngrams.terms]);
  }
  if (features.encoder !== null && embedding !== null) {
    fed.embedding = new tensors("float32", embedding, [count, features.encoder.dimensions]);
  }
  return fed;
}

function read(outputs: InferenceSession.OnnxValueMapType, taskCount: number): ScoreBatch {
  // The names were checked when the graph was opened, and the graph declares them all as float.
  const column = (name: string) => outputs[name]!.data as Float32Array;
  return {
    score: column("score"),
    spread: column("spread"),
    outputTokens: column("output_tokens"),
    complexity: column("complexity"),
    outOfDistribution: column("out_of_distribution"),
    task: taskCount === 0 ? NOTHING : column("task"),
  };
}

function checkInputs(session: InferenceSession, { features }: ScorerSource): void {
  const widths = new Map<string, number | null>([["features", features.count]]);
  if (features.ngrams !== null) widths.set("ngram_ids", null).set("ngram_weights", null);
  if (features.encoder !== null) widths.set("embedding", features.encoder.dimensions);
  for (const name of session.inputNames) {
    if (!widths.has(name)) throw mismatch(`the graph wants an input "${name}" that the manifest does not name`);
  }
  for (const [name, width] of widths) checkWidth(session.inputMetadata, "input", name, width);
}

function checkOutputs(session: InferenceSession, { modelCount, taskCount }: ScorerSource): void {
  for (const name of ["score", "spread", "output_tokens"]) {
    checkWidth(session.outputMetadata, "output", name, modelCount);
  }
  for (const name of ["complexity", "out_of_distribution"]) checkWidth(session.outputMetadata, "output", name, null);
  if (taskCount > 0) checkWidth(session.outputMetadata, "output", "task", taskCount);
}

function checkWidth(
  values: readonly InferenceSession.ValueMetadata[],
  side: "input" | "output",
  name: string,
  width: number | null,
): void {
  const value = values.find((candidate) => candidate.name === name);
  if (value === undefined) throw mismatch(`the graph has no ${side} "${name}"`);
  const actual = value.isTensor ? value.shape[1] : undefined;
  if (width !== null && actual !== width) {
    throw mismatch(`${side} "${name}" is ${actual} wide in the graph and ${width} in the manifest`);
  }
}

function mismatch(fault: string): EngineError {
  return new EngineError("artifact_mismatch", `${PLACE} does not fit manifest.json: ${fault}`, { place: PLACE });
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
}
