/**
 * Prompts a second that are made ready for learning, and that are encoded: `npx tsx trainer/prepare.bench.ts $WEIR_DATA`. Rates by
 * CPU time are a core's, whatever else the machine does.
 */
import { readDataFolder } from "../datasets/read-data-folder.ts";
import { encoderText } from "../engine/features.ts";
import { rawFeatures } from "./design/raw-features.ts";
import { embedAll } from "./encoder/embed-all.ts";
import { NGRAMS_OF_TIER } from "./ngram-options.ts";

const MOST_ENCODED = 1500;

const [data] = process.argv.slice(2);
if (data === undefined) throw new Error("usage: trainer/prepare.bench.ts <data>");
const table = await readDataFolder(data, { sources: ["routellm", "mmlupro", "zeroeval", "llmrouter9"] });

await report("features and n-grams", table.prompts.length, () =>
  rawFeatures(table, { ngrams: NGRAMS_OF_TIER.fast.spec, encoder: null }),
);
const every = Math.floor(table.prompts.length / MOST_ENCODED);
const texts = table.prompts.filter((_, i) => i % every === 0).map(({ conversation }) => encoderText(conversation));
await report("encoded, two threads", texts.length, () => embedAll(texts));

async function report(what: string, count: number, run: () => Promise<unknown>): Promise<void> {
  const before = process.cpuUsage();
  const started = performance.now();
  await run();
  const { user, system } = process.cpuUsage(before);
  const [core, wall] = [(user + system) / 1e6, (performance.now() - started) / 1000];
  const rate = (seconds: number) => `${Math.round(count / seconds)}/s`;
  console.log(`${what}: ${count} prompts, ${rate(core)} a core, ${rate(wall)} by the clock`);
}
