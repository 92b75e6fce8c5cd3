import { InferenceSession, Tensor } from "onnxruntime-node";
import { createUnigramTokenizer } from "../../engine/tokenizer/unigram.ts";
import { ENCODER_TOKENS } from "./graph.ts";

/** How near two encoders' unit vectors are. */
export interface VectorAgreement {
  readonly texts: number;
  readonly meanCosine: number;
  readonly leastCosine: number;
  readonly largestDifference: number;
}

const TEXTS = [
  "What is the capital of France?",
  "A train leaves the station at 7:45 and travels 120 kilometres in 1.5 hours; what is its mean speed?",
  "Which of the following is not a prime?\nA. 2\nB. 9\nC. 11\nD. 13\nAnswer:",
  "def fibonacci(n):\n    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)",
  "The plaintiff sued the defendant for breach of contract.",
  "Summarize this article in exactly 200 words, then list three pros and three cons of remote work.",
  "中文提示 and some English",
  "?",
  "One. Two! Three? ".repeat(40),
];

/** Compares two encoder graphs on fixed texts. */
export async function compareVectors(
  reference: Uint8Array,
  candidate: Uint8Array,
  tokenizer: Uint8Array,
): Promise<VectorAgreement> {
  const { encode } = createUnigramTokenizer(JSON.parse(Buffer.from(tokenizer).toString()));
  const inputs = TEXTS.map((text) => encode(text).slice(0, ENCODER_TOKENS));
  const expected = await run(reference, inputs);
  const actual = await run(candidate, inputs);
  return agreementOf(expected, actual);
}

export function agreementOf(expected: readonly Float32Array[], actual: readonly Float32Array[]): VectorAgreement {
  let sum = 0;
  let leastCosine = 1;
  let largestDifference = 0;
  expected.forEach((vector, index) => {
    let cosine = 0;
    for (let i = 0; i < vector.length; i++) {
      cosine += vector[i]! * actual[index]![i]!;
      largestDifference = Math.max(largestDifference, Math.abs(vector[i]! - actual[index]![i]!));
    }
    sum += cosine;
    leastCosine = Math.min(leastCosine, cosine);
  });
  return { texts: expected.length, meanCosine: sum / expected.length, leastCosine, largestDifference };
}

async function run(graph: Uint8Array, inputs: readonly Int32Array[]): Promise<Float32Array[]> {
  const session = await InferenceSession.create(graph, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  try {
    const vectors: Float32Array[] = [];
    for (const ids of inputs) {
      const { embedding } = await session.run({ ids: new Tensor("int32", ids, [ids.length]) });
      vectors.push(embedding!.data as Float32Array);
    }
    return vectors;
  } finally {
    await session.release();
  }
}
