import { serviceTierThousandths } from "../../../engine/cost.ts";
import type { Candidate, Price } from "../../../engine/schema/candidate.ts";
import { digestOf } from "../../canonical-digest.ts";
import type { Usage } from "../../chat.ts";
import type { BilledAttempt } from "../../gateway/billed-attempts.ts";
import { costOfUsage } from "../../gateway/usage-meter.ts";
import type { LedgerArm } from "../ledger-row.ts";
import type { LedgerEntry } from "./ledger-store.ts";

export interface AttemptFacts {
  readonly route: string;
  readonly atMs: number;
  readonly requestId: string;
  readonly arm: LedgerArm;
  readonly session: string;
}

const FULL_PRICE = 1000;

/** Ledger entries of a request's calls: each as its tokens and the price table that it was costed by. */
export function entriesOfBilled(facts: AttemptFacts, billed: readonly BilledAttempt[]): LedgerEntry[] {
  return billed.flatMap(({ candidate, usage }, attempt): LedgerEntry[] => {
    const id = `${facts.requestId}/${attempt}`;
    const { route, atMs, arm, session } = facts;
    const { candidateId: model, price } = candidate;
    const thousandths = price === null ? null : serviceTierThousandths(price, usage.serviceTier);
    const cost = costOfUsage(usage, candidate);
    if (price === null || thousandths === null || cost === null) {
      return [{ route, atMs, key: id, fact: { kind: "unpriced", id, session, arm, model } }];
    }
    const { prices, digest } = tableOf(candidate, price);
    return [
      { route, atMs, key: digest, fact: { kind: "prices", prices } },
      {
        route,
        atMs,
        key: id,
        fact: {
          kind: "request",
          id,
          session,
          arm,
          model,
          tokens: tokensOf(usage),
          price_digest: digest,
          ...(thousandths === FULL_PRICE ? {} : { price_thousandths: thousandths }),
          cost_nano_usd: cost,
        },
      },
    ];
  });
}

function tokensOf(usage: Usage) {
  const write = usage.cacheWrite5m + usage.cacheWrite1h;
  return {
    input: usage.inputUncached + usage.cacheRead + write,
    cache_read: usage.cacheRead,
    cache_write: write,
    cache_write_1h: usage.cacheWrite1h,
    output: usage.output,
    ...(usage.reasoning === 0 ? {} : { reasoning: usage.reasoning }),
    ...(usage.inputAudio === undefined ? {} : { input_audio: usage.inputAudio }),
    ...(usage.inputImage === undefined ? {} : { input_image: usage.inputImage }),
    ...(usage.cacheReadAudio === undefined ? {} : { cache_read_audio: usage.cacheReadAudio }),
    ...(usage.outputAudio === undefined ? {} : { output_audio: usage.outputAudio }),
    ...(usage.outputImage === undefined ? {} : { output_image: usage.outputImage }),
    ...(usage.webSearches === undefined ? {} : { web_searches: usage.webSearches }),
    ...(usage.fileSearches === undefined ? {} : { file_searches: usage.fileSearches }),
  };
}

interface PriceTable {
  readonly prices: Readonly<Record<string, Price>>;
  readonly digest: string;
}

/** Candidates are made anew when their prices change, so each is digested once. */
const tables = new WeakMap<Candidate, PriceTable>();

function tableOf(candidate: Candidate, price: Price): PriceTable {
  const known = tables.get(candidate);
  if (known !== undefined) return known;
  const prices = { [candidate.candidateId]: price };
  const table = { prices, digest: digestOf(prices) };
  tables.set(candidate, table);
  return table;
}
