import { z } from "zod";
import { defineGuardrail, type Finding } from "../guardrail.ts";

const Topic = z.strictObject({
  name: z.string().min(1).max(48).describe("what log and header call it"),
  examples: z
    .array(z.string().min(3).max(500))
    .min(1)
    .max(100)
    .describe("sentences that are about it; the more and the more different, the better"),
});
/** What the encoder reads at once, and how much of a long text is read. */
const STRETCH = 400;
const MOST_STRETCHES = 8;

/** Texts about a topic, by their likeness to examples in the router's own text encoder. */
export default defineGuardrail({
  name: "topics",
  options: z
    .strictObject({
      topics: z
        .array(Topic)
        .min(1)
        .max(50)
        .describe('topics by example, e.g. [{ "name": "medicine", "examples": ["How much aspirin may I take?"] }]'),
      threshold: z.number().min(0).max(1).default(0.6).describe("least likeness to the nearest example, 0 to 1"),
    })
    .describe("texts about a topic, by their likeness to examples"),
  abilities: { phases: ["input", "output"], redacts: false, needsWhole: false, isRemote: false, timeoutMs: 2_000 },
  async open({ topics, threshold }) {
    const { default: useLite } = await import("../../engine/embedders/use-lite.ts");
    const encoder = await useLite.open({ folder: null, model: null, threads: 1 });
    const examples: { name: string; vector: Float32Array }[] = [];
    for (const { name, examples: texts } of topics)
      for (const text of texts) examples.push({ name, vector: await encoder.embed(text) });
    return {
      async inspect({ phase, passages, newFrom }) {
        const own = phase === "input" ? passages.slice(newFrom) : passages;
        const text = own
          .filter(({ voice }) => voice !== "system")
          .map((passage) => passage.text)
          .join("\n");
        const found = new Set<string>();
        for (const stretch of stretchesOf(text)) {
          const vector = await encoder.embed(stretch);
          for (const example of examples) if (dot(example.vector, vector) >= threshold) found.add(example.name);
        }
        return { findings: [...found].map((label): Finding => ({ label, place: null })) };
      },
      close: () => encoder.close(),
    };
  },
});

/** Its beginning and its end, where it is long. */
function stretchesOf(text: string): string[] {
  const all: string[] = [];
  for (let at = 0; at < text.length; at += STRETCH) all.push(text.slice(at, at + STRETCH));
  const kept =
    all.length <= MOST_STRETCHES ? all : [...all.slice(0, MOST_STRETCHES / 2), ...all.slice(-MOST_STRETCHES / 2)];
  return kept.filter((stretch) => stretch.trim() !== "");
}

/** Both have unit length. */
function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
