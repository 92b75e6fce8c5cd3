/**
 * Latency of one in-process decision, stage by stage, and decisions a second when many are asked for at once: of five
 * rounds the median, and the best, which on a busy machine says more about the code.
 *
 *   taskset -c 1 npx tsx engine/decide.bench.ts [artifact folder] [seconds a round]
 *
 * Without a folder: a linear artifact over the real features, so all but the graph is as in production.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Artifact, openArtifact } from "./artifact.ts";
import { conversationFromPrompt } from "./conversation.ts";
import { decideRequest } from "./request.ts";
import { type Rng, seededRng } from "./rng.ts";
import type { Router } from "./router.ts";
import { TINY, writeTinyArtifact } from "./testing/tiny-artifact.ts";
import { tinyCandidate, tinyRouter } from "./testing/tiny-router.ts";

const WORDS = (
  "the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which one you " +
  "were all her she there would their we him been has when who will no more if out so said what up its about into than them " +
  "can only other new some could time these two may then do first any my now such like our over man me even most made after " +
  "calculate probability function theorem array derivative algorithm contract summarize translate explain python kernel"
).split(" ");
const PROMPT_WORDS = 110; // about 128 tokens
const MANY = 256;
const ROUNDS = 5;

async function main(): Promise<void> {
  const [folder, seconds = "1"] = process.argv.slice(2);
  const scratch = await mkdtemp(join(tmpdir(), "weir-bench-"));
  try {
    const artifact = await openArtifact(
      folder === undefined ? await tiny(scratch) : pathToFileURL(`${resolve(folder)}/`),
    );
    const router = await routerOf(artifact);
    const rng = seededRng(1);
    const { name, version, models, features } = artifact.manifest;
    console.log(`artifact ${name}/${version}: ${models.length} models, ${features.ngrams?.maxTerms ?? 0} n-gram terms`);
    await oneByOne(router, rng, 1);
    const rounds: Round[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      rounds.push({
        ...(await oneByOne(router, rng, Number(seconds))),
        ...(await manyAtOnce(router, rng, Number(seconds))),
      });
    }
    report(rounds);
    await router.close();
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function tiny(scratch: string): Promise<URL> {
  const folder = pathToFileURL(`${scratch}/`);
  await writeTinyArtifact(folder, { ...TINY, models: Array.from({ length: 12 }, (_, i) => `model-${i}`), rows: 2000 });
  return folder;
}

/** A route over the artifact's first ten models, at prices that rise with their number. */
async function routerOf(artifact: Artifact): Promise<Router> {
  const catalog = artifact.manifest.models.slice(0, 10).map(({ model }, i) =>
    tinyCandidate({
      candidateId: `bench/${i}`,
      resembles: model,
      price: { inputMicroUsdPerMTok: 100_000 * (i + 1), outputMicroUsdPerMTok: 400_000 * (i + 1) },
    }),
  );
  const candidates = catalog.map(({ candidateId }) => candidateId);
  return tinyRouter(artifact, { catalog, route: { candidates, incumbent: candidates.at(-1) } });
}

const STAGES = ["featurize", "score", "decide", "total"] as const;
const AT = { p50: 0.5, p99: 0.99 } as const;

/** Names to figures, in milliseconds but for those a second. */
type Round = Readonly<Record<string, number>>;

async function oneByOne(router: Router, rng: Rng, seconds: number): Promise<Round> {
  const samples: Record<(typeof STAGES)[number], number[]> = { featurize: [], score: [], decide: [], total: [] };
  const cpu = process.cpuUsage();
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until) {
    const request = decideRequest(conversationFromPrompt(prompt(rng)));
    const start = performance.now();
    const { timingMs } = await router.decide(request);
    samples.total.push(performance.now() - start);
    samples.featurize.push(timingMs.featurize);
    samples.score.push(timingMs.score);
    samples.decide.push(timingMs.decide);
    // Give timers and I/O their turn, as a server does between requests.
    if (samples.total.length % 50 === 0) await new Promise((done) => setTimeout(done, 1));
  }
  const { user, system } = process.cpuUsage(cpu);
  const figures: Record<string, number> = {};
  for (const stage of STAGES) {
    const sorted = samples[stage].sort((a, b) => a - b);
    for (const [name, share] of Object.entries(AT)) {
      figures[`${stage} ${name}, ms`] = sorted[Math.floor(share * (sorted.length - 1))]!;
    }
  }
  return { ...figures, "CPU of one, ms": (user + system) / 1000 / samples.total.length };
}

async function manyAtOnce(router: Router, rng: Rng, seconds: number): Promise<Round> {
  const requests = Array.from({ length: MANY }, () => decideRequest(conversationFromPrompt(prompt(rng))));
  let decided = 0;
  const start = performance.now();
  const cpu = process.cpuUsage();
  while (performance.now() - start < seconds * 1000) decided += (await router.decideMany(requests)).length;
  const { user, system } = process.cpuUsage(cpu);
  return { [`CPU of one of ${MANY} at once, ms`]: (user + system) / 1000 / decided };
}

function prompt(rng: Rng): string {
  return Array.from({ length: PROMPT_WORDS }, () => WORDS[Math.floor(rng.next() * WORDS.length)]).join(" ");
}

function report(rounds: readonly Round[]): void {
  for (const name of Object.keys(rounds[0]!)) {
    const sorted = rounds.map((round) => round[name]!).sort((a, b) => a - b);
    console.log(`${name.padEnd(32)} median ${sorted[sorted.length >> 1]!.toFixed(4)}  best ${sorted[0]!.toFixed(4)}`);
  }
}

await main();
