/**
 * Time from an answer's text to what is done next: its measures, then the decision; of five rounds the median.
 *
 *   npx tsx engine/cascade/next-step.bench.ts <artifact folder with a cascade> [characters of the answer]
 */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { answerAsk } from "../answer/answer-kind.ts";
import { measureAnswer } from "../answer/measure-answer.ts";
import { openArtifact } from "../artifact.ts";
import { conversationFromPrompt } from "../conversation.ts";
import type { ChosenPlan } from "../schema/plan-offer.ts";
import { nextStep } from "./next-step.ts";

const ROUNDS = 5;
const TIMES = 2_000;
const PROMPT = "Ann has 3 apples, buys 12 more at 2 for $1 and eats a quarter of them. How many apples has she left?";
const STEP = "However, she buys 12 more, so that 3 + 12 = 15 and, approximately, 15 * 0.75 = 11.25 are left. ";

const [folder, characters = "2000"] = process.argv.slice(2);
if (folder === undefined) throw new Error("name the folder of an artifact with a cascade");
const artifact = await openArtifact(pathToFileURL(`${resolve(folder)}/`));
try {
  const { cascade } = artifact;
  if (cascade === null) throw new Error(`${folder} has no cascade: train one with weir train cascade`);
  const ask = answerAsk(conversationFromPrompt(PROMPT));
  const text = `${STEP.repeat(Math.ceil(Number(characters) / STEP.length)).slice(0, Number(characters) - 20)}The answer is 11.`;
  for (const [index, pool] of cascade.manifest.pools.entries()) {
    const members = pool.members.map((_, member) => member);
    const facts = {
      candidates: pool.members.map(({ model }, m) => ({
        candidateId: model,
        quality: 0.6 + 0.03 * m,
        qualityLow: 0.5,
        costNanoUsd: 1e5 * 4 ** m,
        outputTokens: 300,
        excluded: null,
      })),
    };
    const plan: ChosenPlan = {
      rule: "informed",
      pool: index,
      members,
      candidates: members,
      lambda: 1e-9,
      waitNanoUsd: members.map(() => 0),
      first: [Math.log2(pool.sets.find((bits) => bits !== 0) ?? 1)],
      maxCalls: 2,
      quality: null,
      costNanoUsd: null,
    };
    const candidateId = facts.candidates[plan.first[0]!]!.candidateId;
    const rounds = Array.from({ length: ROUNDS }, () => {
      const times = Float64Array.from({ length: TIMES }, (_, i) => {
        const own = `${text.slice(0, -5)}${i}.`;
        const startMs = performance.now();
        const measures = measureAnswer({ text: own, calls: [], isCutOff: false, isRefused: false, isValid: null }, ask);
        nextStep(plan, facts, [{ candidateId, measures }], cascade);
        return performance.now() - startMs;
      }).sort();
      return [times[TIMES / 2]!, times[Math.floor(TIMES * 0.95)]!] as const;
    });
    const median = (of: 0 | 1) => rounds.map((round) => round[of]).sort((a, b) => a - b)[ROUNDS >> 1]!;
    console.log(
      `${pool.name.padEnd(10)} ${pool.members.length} models, ${text.length} characters: p50 ${median(0).toFixed(3)} ms, p95 ${median(1).toFixed(3)} ms`,
    );
  }
} finally {
  await artifact.close();
}
