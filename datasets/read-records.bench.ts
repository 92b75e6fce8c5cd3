/**
 * Time and memory of reading, importing and deduplicating a large file:
 *
 *   npx tsx datasets/read-records.bench.ts [prompts=100000] [models=12] [folder=<system's temporary folder>]
 *
 * It writes quality records (texts of 20 to 900 words over 20,000 invented words), then runs each step in a fresh process
 * and prints its time and its highest resident memory.
 */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { seededRng } from "../engine/rng.ts";
import { findDuplicates } from "./duplicates/find-duplicates.ts";
import { readRecords, streamRecords } from "./read-records.ts";
import { textOfPrompt } from "./text-of-prompt.ts";
import { writeJsonLines } from "./write-records.ts";

const STEPS = {
  /** Stream to stream: what `weir datasets import` does. */
  import: async (file: string) => {
    const rows = async function* () {
      for await (const batch of streamRecords(file, { strict: true })) yield batch.map(({ record }) => record);
    };
    return `${await writeJsonLines(`${file}.copy.jsonl.gz`, rows(), { force: true })} records`;
  },
  /** Into columns: what training starts from. */
  read: async (file: string) => {
    const table = await readRecords(file, { strict: true });
    return `${table.prompts.length} prompts x ${table.models.length} models`;
  },
  /** Into columns and compared: what `weir datasets split` does before it writes. */
  dedupe: async (file: string) => {
    const table = await readRecords(file, { strict: true });
    const { pairs } = findDuplicates(table.prompts.map(textOfPrompt));
    return `${pairs.length} pairs`;
  },
};

const [first = "100000", second = "12", third = tmpdir()] = process.argv.slice(2);
if (first in STEPS) await runStep(first as keyof typeof STEPS, second);
else await runAll(Number(first), Number(second), third);

async function runStep(step: keyof typeof STEPS, file: string): Promise<void> {
  const start = process.hrtime.bigint();
  const result = await STEPS[step](file);
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  // maxRSS is in kilobytes.
  const megabytes = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(
    `${step.padEnd(8)} ${seconds.toFixed(1).padStart(6)} s  ${megabytes.toFixed(0).padStart(5)} MB highest RSS  ${result}\n`,
  );
}

async function runAll(prompts: number, models: number, parent: string): Promise<void> {
  const folder = await mkdtemp(path.join(parent, "weir-bench-"));
  const file = path.join(folder, "records.jsonl.gz");
  try {
    const records = await writeJsonLines(file, generate(prompts, models));
    process.stdout.write(
      `${prompts} prompts x ${models} models, ${records} records, ${(await stat(file)).size} bytes gzipped\n`,
    );
    for (const step of Object.keys(STEPS)) {
      const args = ["--import", "tsx", fileURLToPath(import.meta.url), step, file];
      const done = spawnSync(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"] });
      if (done.status !== 0) throw new Error(`step ${step} ended with ${done.status}`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function* generate(prompts: number, models: number): Generator<object[]> {
  const rng = seededRng(1);
  const word = () => Math.floor(20_000 * rng.next() ** 3).toString(36);
  for (let at = 0; at < prompts; at++) {
    // Most prompts are short, a few are long: 20 to 900 words, about 145 on average.
    const length = 20 + Math.floor(880 * rng.next() ** 6);
    const prompt = Array.from({ length }, word).join(" ");
    const base = { prompt_id: `bench:${at}`, prompt, task: `t${at % 50}`, source: "bench" };
    yield Array.from({ length: models }, (_, model) => ({
      ...base,
      model: `model-${model}`,
      quality: Math.round(rng.next() * 100) / 100,
      quality_source: "exact",
      cost_usd: Math.round(rng.next() * 1e6) / 1e9,
      input_tokens: length,
      output_tokens: Math.floor(rng.next() * 800),
    }));
  }
}
