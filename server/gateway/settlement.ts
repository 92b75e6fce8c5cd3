import type { NanoUsd } from "../../engine/cost.ts";
import type { Decision } from "../../engine/decision.ts";
import type { Candidate } from "../../engine/schema/candidate.ts";
import type { LogContent } from "../../engine/schema/log-record.ts";
import type { Standing } from "../activation/standing.ts";
import type { Caller } from "../caller.ts";
import type { Usage } from "../chat.ts";
import type { GuardrailOutcome } from "../guarding/outcome.ts";
import type { CacheOutcome, LoggedPlan } from "../log/entry.ts";
import type { AnswerFacts } from "./answer-facts.ts";
import type { AttemptRecord } from "./attempts.ts";
import type { BilledAttempt } from "./billed-attempts.ts";
import type { OtherCall } from "./plan-run.ts";

/** What a request asked for. */
export type OperationKind = "chat" | "embeddings" | "count_tokens" | "models" | "pass_through";

/** Everything that is known of a request once it is over. */
export interface Settlement {
  readonly requestId: string;
  readonly operation: OperationKind;
  readonly atMs: number;
  readonly keyId: string | null;
  /** Who asked; null where no HTTP request is behind it. */
  readonly caller: Caller | null;
  /** W3C trace context that the client sent; null without. */
  readonly traceparent: string | null;
  readonly route: string | null;
  readonly session: string | null;
  readonly metadata: Readonly<Record<string, string | number | boolean | null>>;
  readonly dialect: string;
  readonly stream: boolean;
  readonly requestedModel: string;
  /** Who was asked, or would have been, for a call that names no model. */
  readonly upstream: string | null;
  /** null when no candidate answered. */
  readonly candidate: Candidate | null;
  /** null or absent when nobody answered in words, or a cache did. */
  readonly answered?: AnswerFacts | null;
  readonly decision: Decision | null;
  readonly isFollowed: boolean;
  /** Why an active route followed the decision or did not; absent: the route is not active. */
  readonly activation?: Standing | null;
  /** A decision for several calls, and how that went; null or absent: one call was all there was to decide. */
  readonly plan?: LoggedPlan | null;
  /** Calls whose answers were not served; their cost is part of `costNanoUsd`. */
  readonly otherCalls?: readonly OtherCall[];
  /** A model was asked to mend its answer; absent: none was. */
  readonly isMended?: boolean;
  /** Calls that stand on a bill; gathered only where an arm was drawn. */
  readonly billed?: readonly BilledAttempt[];
  readonly attempts: readonly AttemptRecord[];
  /** How each guardrail ended; null where none was for the request. */
  readonly guardrails: readonly GuardrailOutcome[] | null;
  readonly cache: CacheOutcome;
  readonly status: number;
  readonly usage: Usage | null;
  /** null: no price or no usage is known. 0 when no upstream billed anything. */
  readonly costNanoUsd: NanoUsd | null;
  /** Estimated input cost of tries that were under way when another one won; 0 for none, null where unknown. */
  readonly hedgeCostNanoUsd: NanoUsd | null;
  readonly incumbentCostNanoUsd: NanoUsd | null;
  /** Its text, where its route keeps it; null otherwise. */
  readonly content: LogContent | null;
  /** How long the route keeps it; null where it does not say. */
  readonly contentDays: number | null;
  readonly overheadMs: number;
  /** Since the request came in; null when nothing was streamed. */
  readonly firstTokenMs: number | null;
  readonly durationMs: number;
  /** Kind of fault that the client was told, or that ended its stream; null when all went well. */
  readonly error: string | null;
}
