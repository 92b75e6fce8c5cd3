import type {
  AssistantPart,
  ChatChoice,
  ChatEvent,
  ChatResult,
  FinishReason,
  TokenLogprob,
  Unplaced,
  Usage,
} from "../chat.ts";
import { UpstreamFaultError } from "../upstream-fault.ts";

interface OpenChoice {
  parts: AssistantPart[];
  finish: FinishReason;
  stopSequence: string | null;
  logprobs: TokenLogprob[] | null;
}

/**
 * A stream's events as one whole answer: the reverse of `eventsOfResult`.
 *
 * @throws UpstreamFaultError when the stream ended in an error
 */
export function collectResult(events: Iterable<ChatEvent>, createdAtMs: number | null): ChatResult {
  let id: string | null = null;
  let model = "";
  let fingerprint: string | undefined;
  let usage: Usage | null = null;
  let unplaced: readonly Unplaced[] | undefined;
  const choices: OpenChoice[] = [];
  const choiceOf = (index: number): OpenChoice => {
    choices[index] ??= { parts: [], finish: "stop", stopSequence: null, logprobs: null };
    return choices[index];
  };
  const change = (index: number, part: number, edit: (old: AssistantPart) => AssistantPart) => {
    const { parts } = choiceOf(index);
    const old = parts[part];
    if (old !== undefined) parts[part] = edit(old);
  };
  for (const event of events) {
    switch (event.type) {
      case "start":
        ({ id, model, fingerprint } = event);
        usage = event.usage ?? usage;
        break;
      case "part_start":
        choiceOf(event.choice).parts[event.part] = emptyPart(event.of);
        break;
      case "delta":
        change(event.choice, event.part, (old) =>
          old.kind === "tool_call"
            ? { ...old, argumentsJson: old.argumentsJson + event.text }
            : { ...old, text: old.text + event.text },
        );
        break;
      case "citation":
        change(event.choice, event.part, (old) =>
          old.kind === "text" ? { ...old, citations: [...old.citations, event.citation] } : old,
        );
        break;
      case "logprobs": {
        const choice = choiceOf(event.choice);
        choice.logprobs = [...(choice.logprobs ?? []), ...event.logprobs];
        break;
      }
      case "part_end":
        change(event.choice, event.part, (old) => {
          if (old.kind === "text" && event.signature !== null) return { ...old, signature: event.signature };
          if (old.kind === "reasoning") return { ...old, signature: event.signature, redacted: event.redacted };
          if (old.kind !== "tool_call") return old;
          return {
            ...old,
            argumentsJson: old.argumentsJson === "" ? "{}" : old.argumentsJson,
            signature: event.signature,
          };
        });
        break;
      case "finish":
        choiceOf(event.choice).finish = event.finish;
        choiceOf(event.choice).stopSequence = event.stopSequence;
        break;
      case "usage":
        usage = event.usage;
        break;
      case "error":
        throw new UpstreamFaultError(event.error);
      case "end":
        unplaced = event.unplaced;
        break;
    }
  }
  const whole: ChatChoice[] = choices.map((choice) => ({ ...choice, parts: choice.parts.filter(Boolean) }));
  return {
    id,
    model,
    ...(fingerprint === undefined ? {} : { fingerprint }),
    createdAtMs,
    choices: whole,
    usage,
    serviceTier: null,
    ...(unplaced === undefined ? {} : { unplaced }),
  };
}

function emptyPart(of: Extract<ChatEvent, { type: "part_start" }>["of"]): AssistantPart {
  switch (of.kind) {
    case "text":
      return { kind: "text", text: "", citations: [], cacheControl: null };
    case "reasoning":
      return { kind: "reasoning", text: "", signature: null, redacted: null };
    case "refusal":
      return { kind: "refusal", text: "" };
    case "tool_call":
      return { kind: "tool_call", id: of.id, name: of.name, argumentsJson: "", signature: null };
  }
}
