import { costNanoUsd, type NanoUsd } from "../../engine/cost.ts";
import type { Candidate, Price } from "../../engine/schema/candidate.ts";
import type { Usage } from "../chat.ts";

/** What an answer is bound by where neither the client nor the catalogue says. */
const UNKNOWN_OUTPUT_TOKENS = 32_768;
/** Counting differs a little from the vendor's own. */
const COUNT_MARGIN = 1.1;
const COUNT_MARGIN_TOKENS = 16;
/** Below this a count that was too low is taken to have missed a fixed number, above it a share. */
const SHORT_PROMPT_TOKENS = 500;
const FORGET_RATE = 0.002;
const MOST_MODELS = 4_096;

/** How many tokens a request may use at most. */
export interface TokenBound {
  readonly input: number;
  readonly output: number;
}

export interface AskedTokens {
  /** As counted by us. */
  readonly input: number;
  /** Limit that the client set on one answer; null for none. */
  readonly maxOutput: number | null;
  readonly answers: number;
  /** Service tier that the client asks for; absent where it says none. */
  readonly serviceTier?: string | null;
  /** Searches of the web that the vendor may make at most for one answer; absent: none. */
  readonly webSearches?: number;
}

/** Bounds what a request can cost. Learns by how much each model's own count passes ours. */
export interface WorstCase {
  tokens(asked: AskedTokens, candidate: Candidate): TokenBound;
  /** What the vendor counted for a request that was asked with these. */
  observe(asked: AskedTokens, usage: Usage, candidate: Candidate): void;
}

export function createWorstCase(): WorstCase {
  const missed = new Map<string, { tokens: number; share: number; output: number }>();

  return {
    tokens({ input, maxOutput, answers }, { candidateId, contextTokens, maxOutputTokens }) {
      const miss = missed.get(candidateId);
      const counted =
        input * Math.max(COUNT_MARGIN, miss?.share ?? 1) + Math.max(COUNT_MARGIN_TOKENS, miss?.tokens ?? 0);
      const limit = maxOutput ?? maxOutputTokens ?? contextTokens ?? UNKNOWN_OUTPUT_TOKENS;
      const output = Math.min(limit * (miss?.output ?? 1), contextTokens ?? Number.POSITIVE_INFINITY);
      return {
        input: Math.ceil(contextTokens === null ? counted : Math.min(counted, contextTokens)),
        output: Math.ceil(output * answers),
      };
    },
    observe({ input, maxOutput, answers }, usage, { candidateId }) {
      if (usage.estimated) return;
      const actual = inputOf(usage);
      const miss = missed.get(candidateId) ?? { tokens: 0, share: 1, output: 1 };
      if (missed.size >= MOST_MODELS && !missed.has(candidateId)) missed.delete(missed.keys().next().value!);
      const isShort = input < SHORT_PROMPT_TOKENS;
      const tokens = isShort ? actual - input : 0;
      const share = isShort ? 1 : actual / input;
      // Some count reasoning beside the limit that they were given.
      const output = maxOutput === null || maxOutput === 0 ? 1 : usage.output / (maxOutput * answers);
      missed.set(candidateId, {
        tokens: Math.max(tokens * COUNT_MARGIN, miss.tokens * (1 - FORGET_RATE)),
        share: Math.max(share * COUNT_MARGIN, 1 + (miss.share - 1) * (1 - FORGET_RATE)),
        output: Math.max(output, 1 + (miss.output - 1) * (1 - FORGET_RATE)),
      });
    },
  };
}

export function inputOf(usage: Usage): number {
  return usage.inputUncached + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h;
}

/**
 * The most that so many tokens can cost, were all of them of their dearest class; null when no price is known.
 *
 * @param serviceTier that the client asks for; a cheaper one than the usual counts as the usual
 * @param webSearches of all answers
 */
export function mostNanoUsd(
  { input, output }: TokenBound,
  { price }: Candidate,
  serviceTier: string | null,
  webSearches = 0,
): NanoUsd | null {
  if (price === null) return null;
  const { inputMicroUsdPerMTok, outputMicroUsdPerMTok } = dearestOf(price, input);
  const rates = { inputMicroUsdPerMTok, outputMicroUsdPerMTok, requestNanoUsd: price.requestNanoUsd ?? 0 };
  const thousandths = Math.max(
    USUAL_THOUSANDTHS,
    (serviceTier === null ? null : price.serviceTiers?.[serviceTier]) ?? 0,
  );
  const tokens = costNanoUsd({ input, cacheRead: 0, cacheWrite: 0, output }, rates, thousandths);
  return tokens + webSearches * (price.webSearchNanoUsd ?? 0);
}

const USUAL_THOUSANDTHS = 1_000;

interface Dearest {
  readonly overInputTokens: number;
  readonly inputMicroUsdPerMTok: number;
  readonly outputMicroUsdPerMTok: number;
}

/** Looked for once a price: the dearest classes of it alone, then with each of its tiers. */
const dearest = new WeakMap<Price, readonly Dearest[]>();

function dearestOf(price: Price, input: number): Dearest {
  let steps = dearest.get(price);
  if (steps === undefined) {
    const tiers = price.tiers ?? [];
    const overs = [...new Set(tiers.map(({ overInputTokens }) => overInputTokens))].sort((a, b) => a - b);
    steps = [-1, ...overs].map((over) => {
      const tables = [price, ...tiers.filter(({ overInputTokens }) => overInputTokens <= over)];
      return {
        overInputTokens: over,
        inputMicroUsdPerMTok: highest(tables, (name) => !name.startsWith("output")),
        outputMicroUsdPerMTok: highest(tables, (name) => name.startsWith("output")),
      };
    });
    dearest.set(price, steps);
  }
  let found = steps[0]!;
  for (const step of steps) if (input > step.overInputTokens) found = step;
  return found;
}

/** Highest price of a class of tokens in tables of prices. */
function highest(tables: readonly object[], isOfClass: (name: string) => boolean): number {
  let found = 0;
  for (const table of tables) {
    for (const [name, value] of Object.entries(table)) {
      if (name.endsWith("MicroUsdPerMTok") && isOfClass(name) && value > found) found = value;
    }
  }
  return found;
}
