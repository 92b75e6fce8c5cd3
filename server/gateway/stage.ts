import type { Candidate } from "../../engine/schema/candidate.ts";
import type { Incoming } from "./incoming.ts";
import type { RequestOptions } from "./request-options.ts";
import type { Settlement } from "./settlement.ts";

/**
 * A stage that every request under /v1, /v1beta and /proxy passes once it is known who could answer it and before anybody
 * is asked: limits and budgets. An operation cannot leave it out: a story that ends well without it is an error.
 */
export interface Stage {
  readonly name: string;
  /** @throws ApiError to refuse the request, in the client's dialect */
  admit(facts: StageFacts): Admitted | Promise<Admitted>;
}

export interface StageFacts {
  readonly incoming: Incoming;
  readonly options: RequestOptions;
  readonly route: string | null;
  /** The client named the model itself, instead of leaving it to the route. */
  readonly isNamed: boolean;
  /** Who may answer, in order; none for a request that costs nothing. */
  readonly candidates: readonly Candidate[];
  /** Called only by stages that need it, because counting takes time. */
  readonly tokens: () => AskedTokens;
  readonly isHedged: boolean;
  /** Each candidate may answer that it declines, which is paid, and the next is asked. */
  readonly mayDecline: boolean;
  /** What it reads or changes belongs to everyone who uses the upstream's key: files, batches, stored answers. */
  readonly isShared?: boolean | undefined;
  /** Calls of the candidates that may be paid for one answer; absent: one. */
  readonly calls?: number | undefined;
  /** Tokens of what a model is told, where it may be asked once more to mend its answer; absent: it is asked once. */
  readonly repairTokens?: number | undefined;
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

/** What a stage lets through. */
export interface Admitted {
  /** Those of the candidates that it lets answer, at least one of them where there was one. */
  readonly candidates: readonly Candidate[];
  /** Go along with the answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** A hard budget counts the request: it may buy no more than what was asked for; absent: none does. */
  readonly isCapped?: boolean;
  /** Called once, when the request is settled, also when it failed; null for nothing to do. */
  readonly settle: ((settlement: Settlement) => void) | null;
}
