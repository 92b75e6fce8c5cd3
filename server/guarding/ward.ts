import type { Candidate } from "../../engine/schema/candidate.ts";
import type { Caller } from "../caller.ts";
import type { ChatResult } from "../chat.ts";
import type { Committed } from "../gateway/chat-attempt.ts";
import type { ReadCall } from "../gateway/read-call.ts";
import type { StopSignal } from "../gateway/stop-signal.ts";
import type { WireFormat } from "../provider.ts";
import type { GuardrailOutcome } from "./outcome.ts";

/** Whose request it is, as far as guardrails ask. */
export interface WardScope {
  readonly route: string | null;
  readonly caller: Caller | null;
  readonly tenant: string | null;
  /** Aborted when the client leaves. */
  readonly signal: StopSignal;
}

/** What the guardrails let go upstream. */
export interface GuardedCall {
  readonly call: ReadCall;
  readonly candidates: readonly Candidate[];
}

/**
 * Asks who answered once more, with another body of the client's own format; for answers that may be mended.
 *
 * @param first the answer that is not served; it is paid, too
 */
export type AskAgain = (call: ReadCall, first: ChatResult) => Promise<Committed>;

/** Guards one request: what goes in, then what comes out. */
export interface Ward {
  /** Ids of candidates that a guardrail may send the request to; they are admitted with the others. */
  readonly rerouteIds: readonly string[];
  /** Tokens of what a model is told at most, so that it may mend its answer; null: it never is. */
  readonly repairTokens: number | null;
  /** As far as it has come. */
  readonly outcomes: readonly GuardrailOutcome[];
  /**
   * Looks at a chat request; with placeholders for what must not leave.
   *
   * @param admitted all who may be asked, those of `rerouteIds` among them
   * @param planned  who is asked when no guardrail says otherwise
   * @throws ApiError `blocked_by_guardrail`, `guardrail_failed`, `model_not_allowed`
   */
  input(call: ReadCall, admitted: readonly Candidate[], planned: readonly Candidate[]): Promise<GuardedCall>;
  /** The same for a body of another kind, whose answer holds no text of it. @throws as `input` */
  body(bytes: Buffer, format: WireFormat | null): Promise<Buffer>;
  /**
   * Looks at an answer and gives back what was replaced on the way in.
   *
   * @param askAgain null: nobody may be asked to mend an answer
   */
  output(committed: Committed, askAgain: AskAgain | null): Promise<Committed>;
}

/** Guardrails as configured at one moment. */
export interface Guardrails {
  /** null: none is for this request, and it costs nothing. */
  ward(scope: WardScope): Ward | null;
}

export const NO_GUARDRAILS: Guardrails = { ward: () => null };
