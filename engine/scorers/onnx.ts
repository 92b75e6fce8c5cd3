import type { InferenceSession, Tensor } from "onnxruntime-node";
import { EngineError } from "../errors.ts";
import { agree, probeBatch } from "../graph/agreement.ts";
import { type CompiledGraph, compileGraph } from "../graph/compile.ts";
import { type OnnxModel, readOnnxModel } from "../graph/onnx-model.ts";
import { loadOnnxRuntime } from "../onnx-runtime.ts";
import { defineScorer, type FeatureBatch, type ScoreBatch, type Scorer, type ScorerSource } from "../scorer.ts";

const PLACE = "router.onnx";
/** What `weir train` writes into a graph. */
const OUR_PRODUCER = "weir";
const NOTHING = new Float32Array(0);

/**
 * Scores with an ONNX graph on the CPU. Inputs: `features` float [batch, F]; `ngram_ids` int32 and `ngram_weights` float
 * [batch, terms]; `embedding` float [batch, E]. Outputs: `score`, `spread`, `output_tokens` [batch, M], `complexity`,
 * `out_of_distribution` [batch], `task` [batch, T]. A graph that `weir train` wrote is compiled, and onnxruntime loaded only
 * for `score`; another is compiled too where that agrees with onnxruntime on made-up prompts
 * (docs/decisions/0008-compiled-graph.md).
 */
export default defineScorer({
  name: "onnx",
  async open(source) {
    const compiled = compileOwn(source);
    if (compiled === null) {
      const session = await openChecked(source, source.bytes);
      const trusted = compileGraph(source);
      const isRight = trusted !== null && (await agreesWith(session, trusted, source));
      return { ...session, ...(isRight && { scoreNow: trusted }) };
    }
    const { features, modelCount, taskCount } = source;
    return scoresAtOnce(compiled, { features, modelCount, taskCount }, source.readAgain ?? holding(source.bytes));
  },
});

function holding(bytes: Uint8Array): () => Promise<Uint8Array> {
  return async () => bytes;
}

/** Has onnxruntime's session only from the first batch on. */
function scoresAtOnce(compiled: CompiledGraph, widths: Widths, readAgain: () => Promise<Uint8Array>): Scorer {
  let opening: Promise<Session> | null = null;
  const open = async (): Promise<Session> => {
    const session = await openChecked(widths, await readAgain());
    if (await agreesWith(session, compiled, widths)) return session;
    await session.close();
    throw mismatch("onnxruntime scores otherwise than this engine's own reading of the graph");
  };
  return {
    scoreNow: compiled,
    async score(batch) {
      opening ??= open();
      return (await opening).score(batch);
    },
    async close() {
      await opening?.then(
        (session) => session.close(),
        () => {},
      );
    },
  };
}

type Widths = Omit<ScorerSource, "bytes">;
type Session = Pick<Scorer, "score" | "close">;

/** null when the graph is not of our make, which the trainer held against its own forward pass, or cannot be compiled. */
function compileOwn(source: ScorerSource): CompiledGraph | null {
  let model: OnnxModel;
  try {
    model = readOnnxModel(source.bytes);
  } catch {
    return null;
  }
  if (model.producer !== OUR_PRODUCER) return null;
  checkInputs(model.inputs, source);
  checkOutputs(model.outputs, source);
  return compileGraph(source, model);
}

/** Whether it scores made-up prompts as onnxruntime does. */
async function agreesWith(session: Session, compiled: CompiledGraph, widths: Widths): Promise<boolean> {
  const batch = probeBatch(widths);
  return agree(await session.score(batch), compiled(batch));
}

async function openChecked(source: Widths, bytes: Uint8Array): Promise<Session> {
  const ort = await loadOnnxRuntime();
  const session = await openSession(ort.InferenceSession, bytes);
  try {
    checkInputs(shapes(session.inputMetadata), source);
    checkOutputs(shapes(session.outputMetadata), source);
  } catch (error) {
    await session.release();
    throw error;
  }
  let running = 0;
  let onIdle: (() => void) | null = null;
  return {
    async score(batch) {
      running++;
      try {
        return read(await session.run(feeds(ort.Tensor, batch, source)), source.taskCount);
      } finally {
        if (--running === 0) onIdle?.();
      }
    },
    async close() {
      if (running > 0) await new Promise<void>((resolve) => (onIdle = resolve));
      await session.release();
    },
  };
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

function feeds(tensors: typeof Tensor, batch: FeatureBatch, { features }: Widths): Record<string, Tensor> {
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

/** Name -> dimensions, free ones by name. */
type Shapes = ReadonlyMap<string, readonly (number | string)[]>;

function shapes(values: readonly InferenceSession.ValueMetadata[]): Shapes {
  return new Map(values.map((value) => [value.name, value.isTensor ? value.shape : []]));
}

function checkInputs(inputs: Shapes, { features }: Widths): void {
  const widths = new Map<string, number | null>([["features", features.count]]);
  if (features.ngrams !== null) widths.set("ngram_ids", null).set("ngram_weights", null);
  if (features.encoder !== null) widths.set("embedding", features.encoder.dimensions);
  for (const name of inputs.keys()) {
    if (!widths.has(name)) throw mismatch(`the graph wants an input "${name}" that the manifest does not name`);
  }
  for (const [name, width] of widths) checkWidth(inputs, "input", name, width);
}

function checkOutputs(outputs: Shapes, { modelCount, taskCount }: Widths): void {
  for (const name of ["score", "spread", "output_tokens"]) checkWidth(outputs, "output", name, modelCount);
  for (const name of ["complexity", "out_of_distribution"]) checkWidth(outputs, "output", name, null);
  if (taskCount > 0) checkWidth(outputs, "output", "task", taskCount);
}

function checkWidth(values: Shapes, side: "input" | "output", name: string, width: number | null): void {
  const shape = values.get(name);
  if (shape === undefined) throw mismatch(`the graph has no ${side} "${name}"`);
  if (width !== null && shape[1] !== width) {
    throw mismatch(`${side} "${name}" is ${shape[1]} wide in the graph and ${width} in the manifest`);
  }
}

function mismatch(fault: string): EngineError {
  return new EngineError("artifact_mismatch", `${PLACE} does not fit manifest.json: ${fault}`, { place: PLACE });
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
}
