/** How long the cheap features and the n-grams take: `npx tsx engine/features.bench.ts`. */
import { conversationFromPrompt } from "./conversation.ts";
import { FEATURE_COUNT, featurize } from "./features.ts";
import { hashNgrams } from "./ngrams.ts";

const SENTENCES = [
  "A train leaves the station at 7:45 and travels 120 kilometres in 1.5 hours; what is its mean speed?",
  "Which of the following statements about Kantian ethics is not true?\nA. It is deontological\nB. It counts outcomes\n",
  "Rewrite `const total = items.reduce((sum, item) => sum + item.price, 0)` so that it never overflows.",
  'Summarize the attached report in exactly 200 words, and answer in JSON with the keys "title" and "points".',
];
const SPEC = { buckets: 65_536, maxTerms: 1024, wordOrders: [1, 2], charOrders: [3, 4, 5] };

const out = new Float32Array(FEATURE_COUNT);
for (const characters of [100, 500, 2000, 16_000, 200_000]) {
  const text = textOf(characters);
  const conversation = conversationFromPrompt(text);
  report(`features, ${characters} characters`, () => featurize(conversation, out, 0));
  report(`n-grams, ${characters} characters`, () => hashNgrams(conversation, SPEC));
}

function textOf(characters: number): string {
  let text = "";
  for (let i = 0; text.length < characters; i++) text += `${SENTENCES[i % SENTENCES.length]!} (${i}) `;
  // A flat string, as one that came off the wire is.
  return Buffer.from(text.slice(0, characters)).toString();
}

function report(what: string, run: () => void): void {
  for (let i = 0; i < 2000; i++) run();
  const took: number[] = [];
  for (let i = 0; i < 2000; i++) {
    const begun = process.hrtime.bigint();
    run();
    took.push(Number(process.hrtime.bigint() - begun) / 1000);
  }
  took.sort((a, b) => a - b);
  console.log(`${what.padEnd(34)} p50 ${took[1000]!.toFixed(1)} us, p99 ${took[1980]!.toFixed(1)} us`);
}
