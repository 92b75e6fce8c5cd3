import { beforeAll, expect, it } from "vitest";
import type { QualityTable } from "../../datasets/quality-table.ts";
import { type Conversation, conversationFromPrompt } from "../../engine/conversation.ts";
import { seededRng } from "../../engine/rng.ts";
import { type FittedRouter, fitRouter } from "../fit-router.ts";

const SUBJECTS = [
  "the train",
  "a gene",
  "the old contract",
  "this function",
  "a glacier",
  "the market",
  "an orchestra",
];
const VERBS = ["slows", "copies", "binds", "returns", "moves", "falls", "answers", "changes", "depends"];
const PLACES = ["in winter", "under pressure", "after two hours", "for a loop of 12 items", "near the coast", "by law"];
const SHAPES = [
  (what: string, where: string) => `Why is it that ${what} ${where}? Explain in 3 steps.`,
  (what: string, where: string) => `Which is true when ${what} ${where}?\nA. always\nB. never\nC. it depends\nD. 42`,
  (what: string, where: string) => `Write a short text. It says that ${what} ${where}, and names one example.`,
];
const ngrams = { spec: { buckets: 8192, maxTerms: 256, wordOrders: [1, 2], charOrders: [] }, rank: 16 };

const rng = seededRng(11);
const one = <T>(list: readonly T[]): T => list[Math.floor(rng.next() * list.length)]!;
const prompts = Array.from({ length: 800 }, () => {
  const what = Array.from({ length: 1 + Math.floor(3 * rng.next()) }, () => `${one(SUBJECTS)} ${one(VERBS)}`);
  return one(SHAPES)(what.join(" while "), one(PLACES));
});
const table: QualityTable = {
  prompts: prompts.map((prompt, i) => ({
    promptId: `${i}`,
    conversation: conversationFromPrompt(prompt),
    task: null,
    source: "test",
    split: null,
    group: `${i}`,
    extras: {},
  })),
  models: ["weak", "strong"],
  quality: Float32Array.from({ length: 1600 }, () => rng.next()),
  costUsd: null,
  inputTokens: null,
  outputTokens: null,
  latencyMs: null,
  propensity: null,
  lineage: [],
};
const all = Int32Array.from(table.prompts.keys());
const fresh = table.prompts.slice(700).map(({ conversation }) => conversation);
let router: FittedRouter;

beforeAll(async () => {
  const rows = { train: all.subarray(0, 450), calibration: all.subarray(450, 700) };
  router = await fitRouter(table, rows, { tier: "fast", estimator: "ridge", seed: 5, ngrams });
});

/** Share of conversations that the router calls foreign. */
async function foreign(conversations: readonly Conversation[]): Promise<number> {
  const prompts = conversations.map((conversation, i) => ({ ...table.prompts[0]!, promptId: `${i}`, conversation }));
  const source: QualityTable = { ...table, prompts };
  const { outOfDistribution } = await router.predict(source, Int32Array.from(prompts.keys()));
  return outOfDistribution.filter((distance) => distance > router.outOfDistributionAbove).length / prompts.length;
}

it("knows prompts like those it learned from", async () => {
  expect(await foreign(fresh)).toBeLessThan(0.1);
});

it.each([
  ["one line", "You are the assistant of a small museum. Be kind."],
  ["a page", `# Role\nYou guide visitors.\n\n# Rules\n${"- Name the room and the floor (ext. 12).\n".repeat(12)}`],
])("knows them under a system prompt that training never saw: %s", async (_, system) => {
  expect(await foreign(fresh.map((conversation) => ({ ...conversation, system })))).toBeLessThan(0.1);
});

it("knows them with an output limit, and where JSON is asked for", async () => {
  const sent = fresh.map((conversation) => ({
    ...conversation,
    maxOutputTokens: 1024,
    responseFormat: "json" as const,
  }));
  expect(await foreign(sent)).toBeLessThan(0.1);
});

it.each([
  ["Russian", "Объясните, пожалуйста, почему небо голубое и как рассеяние света зависит от длины волны."],
  ["German", "Erkläre bitte, warum der Himmel blau ist und wie die Streuung des Lichts von der Wellenlänge abhängt."],
  [
    "bytes in base64",
    Buffer.from(Array.from({ length: 600 }, (_, i) => (i * 7919 + i * i * 31) % 251)).toString("base64"),
  ],
  [
    "a table of numbers",
    Array.from({ length: 200 }, (_, i) => `${i},${(i * 37) % 101},${(i * 1.37).toFixed(3)},OK`).join("\n"),
  ],
])("calls %s foreign", async (_, prompt) => {
  expect(await foreign([conversationFromPrompt(prompt)])).toBe(1);
});
