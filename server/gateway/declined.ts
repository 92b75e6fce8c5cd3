import type { ChatEvent, ChatResult, FinishReason, UpstreamFault, Usage } from "../chat.ts";
import type { Provider } from "../provider.ts";
import { faultOf, UpstreamFaultError } from "../upstream-fault.ts";
import { reportedUsage } from "./reported-usage.ts";

const DECLINING: ReadonlySet<FinishReason> = new Set(["refusal", "content_filter"]);

/** An answer that says nothing but that the model declines. */
export function isDeclined({ choices }: ChatResult): boolean {
  return (
    choices.length > 0 &&
    choices.every(
      ({ finish, parts }) =>
        DECLINING.has(finish) &&
        parts.every(
          (part) => part.kind === "refusal" || part.kind === "reasoning" || (part.kind === "text" && part.text === ""),
        ),
    )
  );
}

/** An answer that its vendor did not bring to its end. */
export function isBrokenOff({ choices }: ChatResult): boolean {
  return choices.some(({ finish }) => finish === "error");
}

/** A fault of an answer that is paid like any other: the model declined, or the vendor broke it off. */
export class PaidFault extends UpstreamFaultError {
  /** null where nobody told. */
  readonly usage: Usage | null;

  constructor(fault: UpstreamFault, usage: Usage | null) {
    super(fault);
    this.usage = usage;
  }
}

/** What a fallback is told of it, should nobody else answer. */
export function declinedFault(usage: Usage | null): PaidFault {
  return new PaidFault(faultOf("content_policy", "the model declined to answer"), usage);
}

/** Reads a stream until it is known whether it answers. */
export interface DeclineWatch {
  observe(events: readonly ChatEvent[]): "open" | "answers" | "declines";
}

export function createDeclineWatch(): DeclineWatch {
  let isSpeech = false;
  return {
    observe(events) {
      for (const event of events) {
        if (event.type === "part_start") {
          if (event.of.kind === "tool_call") return "answers";
          isSpeech = event.of.kind === "text";
        } else if (event.type === "delta" && isSpeech && event.text !== "") return "answers";
        else if (event.type === "finish") return DECLINING.has(event.finish) ? "declines" : "answers";
      }
      return "open";
    },
  };
}

/**
 * What is no answer, a prompt that was blocked among it, is billed as far as the vendor says so.
 *
 * @throws UpstreamFaultError
 */
export function decoded(provider: Provider, body: unknown): ChatResult {
  try {
    return provider.decode(body);
  } catch (error) {
    if (!(error instanceof UpstreamFaultError)) throw error;
    const usage = reportedUsage(body);
    if (usage === null && !isBlocked(error)) throw error;
    throw new PaidFault(error.fault, usage);
  }
}

/**
 * The vendor's own answer, for a client that gets its very bytes. A prompt that was blocked is no fault then, but what the
 * vendor's own clients look for in an answer.
 *
 * @throws UpstreamFaultError
 */
export function decodedAsAnswer(provider: Provider, body: unknown): ChatResult {
  try {
    return decoded(provider, body);
  } catch (error) {
    if (!isBlocked(error)) throw error;
    return {
      id: null,
      model: "",
      createdAtMs: null,
      choices: [
        {
          parts: [{ kind: "refusal", text: error.fault.message }],
          finish: "content_filter",
          stopSequence: null,
          logprobs: null,
        },
      ],
      usage: reportedUsage(body),
      serviceTier: null,
    };
  }
}

function isBlocked(error: unknown): error is UpstreamFaultError {
  return error instanceof UpstreamFaultError && error.fault.kind === "content_policy";
}
