import { costNanoUsd, type NanoUsd, serviceTierThousandths, type TokenUsage } from "../../engine/cost.ts";
import type { Candidate } from "../../engine/schema/candidate.ts";
import type { ChatEvent, Usage } from "../chat.ts";
import type { AnswerFacts } from "./answer-facts.ts";

/** Characters of answer text to a token where nobody counted; a stream that is cut off is settled by it. */
const CHARS_PER_TOKEN = 4;

/** Follows a stream and knows at any moment what it has used. */
export interface UsageMeter {
  observe(events: readonly ChatEvent[]): void;
  /** What the upstream said, else an estimate from what came through, marked as such. */
  usage(): Usage;
  /** What the upstream said alone; null while it has not. */
  said(): Usage | null;
  /** What the upstream said of the answer beside it, as far as it has come. */
  facts(): AnswerFacts;
  readonly hasEnded: boolean;
}

/** @param inputTokens estimate of the request's input, asked only when it is needed */
export function createUsageMeter(inputTokens: () => number): UsageMeter {
  let said: Usage | null = null;
  let opening: Usage | null = null;
  let chars = 0;
  let hasEnded = false;
  let facts: AnswerFacts = { model: "", fingerprint: null, finish: null };
  return {
    observe(events) {
      for (const event of events) {
        if (event.type === "delta") chars += event.text.length;
        else if (event.type === "usage") said = event.usage;
        else if (event.type === "finish") facts = { ...facts, finish: facts.finish ?? event.finish };
        else if (event.type === "start") {
          opening = event.usage;
          facts = { ...facts, model: event.model, fingerprint: event.fingerprint ?? null };
        } else if (event.type === "end") {
          hasEnded = true;
          if (event.unplaced !== undefined) facts = { ...facts, lost: event.unplaced };
        }
      }
    },
    usage() {
      if (said !== null && (hasEnded || chars === 0)) return said;
      const output = Math.max(said?.output ?? 0, Math.ceil(chars / CHARS_PER_TOKEN));
      const input = said ?? opening;
      if (input !== null) return { ...input, output, estimated: true };
      return { ...NO_USAGE, inputUncached: inputTokens(), output, estimated: true };
    },
    said: () => said,
    facts: () => facts,
    get hasEnded() {
      return hasEnded;
    },
  };
}

/** Nothing yet; to be filled with what is known. */
export const NO_USAGE: Usage = {
  inputUncached: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output: 0,
  reasoning: 0,
  estimated: false,
};

/**
 * Exact cost of what was used; null when the candidate's price is not known, or that of its service tier or of a search that
 * the vendor made.
 */
export function costOfUsage(usage: Usage, { price }: Candidate): NanoUsd | null {
  if (price === null) return null;
  const thousandths = serviceTierThousandths(price, usage.serviceTier);
  if (thousandths === null) return null;
  if (usage.webSearches !== undefined && price.webSearchNanoUsd === undefined) return null;
  if (usage.fileSearches !== undefined && price.fileSearchNanoUsd === undefined) return null;
  return costNanoUsd(billedUsage(usage), price, thousandths);
}

/** An answer's usage, had it been asked as another was. */
export function withInputOf(asked: Usage, answered: Usage): Usage {
  const { inputUncached, cacheRead, cacheWrite5m, cacheWrite1h, inputAudio, inputImage, cacheReadAudio } = asked;
  return {
    ...answered,
    inputUncached,
    cacheRead,
    cacheWrite5m,
    cacheWrite1h,
    ...(inputAudio === undefined ? {} : { inputAudio }),
    ...(inputImage === undefined ? {} : { inputImage }),
    ...(cacheReadAudio === undefined ? {} : { cacheReadAudio }),
  };
}

/** Usage in the form that costs are reckoned from. */
export function billedUsage(usage: Usage): TokenUsage {
  const cacheWrite = usage.cacheWrite5m + usage.cacheWrite1h;
  return {
    input: usage.inputUncached + usage.cacheRead + cacheWrite,
    cacheRead: usage.cacheRead,
    cacheWrite,
    cacheWrite1h: usage.cacheWrite1h,
    output: usage.output,
    inputAudio: usage.inputAudio,
    inputImage: usage.inputImage,
    cacheReadAudio: usage.cacheReadAudio,
    outputAudio: usage.outputAudio,
    outputImage: usage.outputImage,
    webSearches: usage.webSearches,
    fileSearches: usage.fileSearches,
  };
}
