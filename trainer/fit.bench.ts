import { groupOf, promptIdOf } from "../datasets/prompt-id.ts";
import type { QualityTable } from "../datasets/quality-table.ts";
import { conversationFromPrompt } from "../engine/conversation.ts";
import { type Rng, seededRng } from "../engine/rng.ts";
import { fitRouter } from "./fit-router.ts";

/**
 * `npx tsx trainer/fit.bench.ts [prompts]`: time and memory of learning a router of twelve models from made-up prompts of
 * about 60 words in forty topics, features and all.
 */
const prompts = Number(process.argv[2] ?? 10_000);
const MODELS = 12;
const TOPICS = 40;
const WORDS = 60;
const VOCABULARY = 20_000;

const table = made(prompts, seededRng(1));
const all = Int32Array.from({ length: prompts }, (_, row) => row);
const before = process.cpuUsage();
const started = performance.now();
await fitRouter(
  table,
  { train: all.filter((row) => row % 5 !== 4), calibration: all.filter((row) => row % 5 === 4) },
  { tier: "fast", estimator: "blend", seed: 1 },
);
const { user, system } = process.cpuUsage(before);
const memory = process.resourceUsage().maxRSS / 1024 ** 2;
console.log(
  `${prompts} prompts x ${MODELS} models: ${((user + system) / 1e6).toFixed(1)} s of CPU, ${((performance.now() - started) / 1000).toFixed(1)} s, most memory ${memory.toFixed(2)} GB`,
);

function made(count: number, rng: Rng): QualityTable {
  const quality = new Float32Array(count * MODELS);
  const rows = Array.from({ length: count }, (_, row) => {
    const topic = Math.floor(rng.next() * TOPICS);
    const hard = rng.next();
    const text = Array.from({ length: WORDS * (0.5 + hard) }, () => wordOf(topic, rng)).join(" ");
    for (let m = 0; m < MODELS; m++) {
      const skill = (m + 1) / MODELS + (((topic * 7 + m * 3) % 10) - 5) / 30;
      quality[row * MODELS + m] = rng.next() < 1 / (1 + Math.exp(-6 * (skill - hard))) ? 1 : 0;
    }
    return {
      promptId: promptIdOf("made", text),
      conversation: conversationFromPrompt(text),
      task: `topic ${topic}`,
      source: "made",
      split: null,
      group: groupOf(text),
      extras: {},
    };
  });
  return {
    prompts: rows,
    models: Array.from({ length: MODELS }, (_, m) => `model-${m}`),
    quality,
    costUsd: quality.map((_, cell) => 1e-4 * (1 + (cell % MODELS))),
    inputTokens: null,
    outputTokens: null,
    latencyMs: null,
    propensity: null,
    lineage: [],
  };
}

/** Half of the words are the topic's own; short words are frequent. */
function wordOf(topic: number, rng: Rng): string {
  const rank = Math.floor(VOCABULARY ** rng.next());
  return `w${rng.next() < 0.5 ? topic : "x"}${rank.toString(36)}`;
}
