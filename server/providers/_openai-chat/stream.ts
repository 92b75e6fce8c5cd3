import { z } from "zod";
import type { ChatEvent, Usage } from "../../chat.ts";
import type { StreamDecoder } from "../../provider.ts";
import { createSseParser, type SseFrame } from "../../sse.ts";
import { faultOf } from "../../upstream-fault.ts";
import {
  argumentsOf,
  citationsOf,
  contentOf,
  finishOf,
  tokenLogprob,
  usageOf,
  WireLogprobs,
  WireMessage,
  WireUsage,
} from "./decode.ts";
import { faultOfOpenAiBody } from "./fault.ts";
import type { OpenAiChatQuirks } from "./quirks.ts";

const WireChunk = z.looseObject({
  id: z.string().nullish(),
  model: z.string().nullish(),
  choices: z
    .array(
      z.looseObject({
        index: z.number().nullish(),
        delta: WireMessage.nullish(),
        finish_reason: z.string().nullish(),
        logprobs: WireLogprobs,
      }),
    )
    .nullish(),
  usage: WireUsage.nullish(),
  /** Groq repeats usage here; older answers have it only here. */
  x_groq: z.looseObject({ usage: WireUsage.nullish() }).nullish(),
});

/** The part of a choice that deltas go to now. */
interface OpenPart {
  readonly kind: "text" | "reasoning" | "refusal" | "tool_call";
  /** The vendor's index of the tool call, or its position where it gives none. */
  readonly callIndex: number;
}

interface ChoiceState {
  nextPart: number;
  open: OpenPart | null;
  readonly kinds: { readonly kind: string }[];
  /** Calls met so far, for vendors that give no index. */
  calls: number;
  finished: boolean;
}

/** Chunks of `POST /chat/completions` with `stream: true` to events. */
export function decodeOpenAiStream(quirks: OpenAiChatQuirks): StreamDecoder {
  const parser = createSseParser();
  const choices = new Map<number, ChoiceState>();
  let started = false;
  let ended = false;
  let usage: Usage | null = null;

  function choiceOf(index: number): ChoiceState {
    const known = choices.get(index);
    if (known !== undefined) return known;
    const fresh: ChoiceState = { nextPart: 0, open: null, kinds: [], calls: 0, finished: false };
    choices.set(index, fresh);
    return fresh;
  }

  function closePart(choice: number, state: ChoiceState, events: ChatEvent[]): void {
    if (state.open === null) return;
    events.push({ type: "part_end", choice, part: state.nextPart - 1, signature: null, redacted: null });
    state.open = null;
  }

  function openPart(
    choice: number,
    state: ChoiceState,
    open: OpenPart,
    call: { id: string; name: string } | null,
    events: ChatEvent[],
  ): void {
    closePart(choice, state, events);
    state.open = open;
    state.kinds.push({ kind: open.kind });
    const of = open.kind === "tool_call" ? { kind: open.kind, ...call! } : { kind: open.kind };
    events.push({ type: "part_start", choice, part: state.nextPart++, of });
  }

  function write(
    choice: number,
    state: ChoiceState,
    kind: "text" | "reasoning" | "refusal",
    text: string,
    events: ChatEvent[],
  ): void {
    if (text === "") return;
    if (state.open?.kind !== kind) openPart(choice, state, { kind, callIndex: -1 }, null, events);
    events.push({ type: "delta", choice, part: state.nextPart - 1, text });
  }

  function takeDelta(choice: number, state: ChoiceState, delta: WireMessage, events: ChatEvent[]): void {
    const { text, thinking } = contentOf(delta);
    write(choice, state, "reasoning", thinking, events);
    write(choice, state, "text", text, events);
    write(choice, state, "refusal", delta.refusal ?? "", events);
    for (const citation of citationsOf(delta)) {
      if (state.nextPart > 0) events.push({ type: "citation", choice, part: state.nextPart - 1, citation });
    }
    for (const call of delta.tool_calls ?? []) {
      const isNew = call.function.name != null && call.function.name !== "";
      const callIndex = call.index ?? (isNew ? state.calls : state.calls - 1);
      if (state.open?.kind !== "tool_call" || state.open.callIndex !== callIndex) {
        const id = call.id ?? `call_${callIndex}`;
        openPart(choice, state, { kind: "tool_call", callIndex }, { id, name: call.function.name ?? "" }, events);
        state.calls++;
      }
      const piece = call.function.arguments;
      const json = typeof piece === "string" || piece == null ? (piece ?? "") : argumentsOf(piece);
      if (json !== "") events.push({ type: "delta", choice, part: state.nextPart - 1, text: json });
    }
  }

  function take(frame: SseFrame, events: ChatEvent[]): void {
    if (ended || frame.data === "") return;
    if (frame.data === "[DONE]") {
      finish(events);
      return;
    }
    let json: unknown;
    try {
      json = JSON.parse(frame.data);
    } catch {
      fail(events, "the upstream sent a stream frame that is not JSON");
      return;
    }
    const fault = faultOfOpenAiBody(json, null, {});
    if (fault !== null) {
      ended = true;
      events.push({ type: "error", error: fault });
      return;
    }
    const chunk = WireChunk.safeParse(json);
    if (!chunk.success) {
      fail(events, "the upstream sent a stream frame that is no chat completion chunk");
      return;
    }
    const { id, model, usage: wireUsage, x_groq } = chunk.data;
    if (!started) {
      started = true;
      events.push({ type: "start", id: id ?? null, model: model ?? "", usage: null });
    }
    for (const { index, delta, finish_reason, logprobs } of chunk.data.choices ?? []) {
      const choice = index ?? 0;
      const state = choiceOf(choice);
      if (delta != null) takeDelta(choice, state, delta, events);
      if (logprobs?.content?.length)
        events.push({ type: "logprobs", choice, logprobs: logprobs.content.map(tokenLogprob) });
      if (finish_reason != null && !state.finished) {
        closePart(choice, state, events);
        state.finished = true;
        events.push({ type: "finish", choice, finish: finishOf(finish_reason, state.kinds), stopSequence: null });
      }
    }
    const said = wireUsage ?? x_groq?.usage;
    if (said != null) usage = usageOf(said, quirks);
  }

  function finish(events: ChatEvent[]): void {
    if (ended) return;
    const unfinished = [...choices].some(([, state]) => !state.finished);
    if (!started || choices.size === 0 || unfinished) {
      fail(events, "the upstream's stream ended before the answer did");
      return;
    }
    ended = true;
    if (usage !== null) events.push({ type: "usage", usage });
    events.push({ type: "end" });
  }

  function fail(events: ChatEvent[], message: string): void {
    ended = true;
    if (usage !== null) events.push({ type: "usage", usage });
    events.push({ type: "error", error: faultOf("bad_response", message) });
  }

  return {
    push(bytes) {
      const events: ChatEvent[] = [];
      for (const frame of parser.push(bytes)) take(frame, events);
      return events;
    },
    end() {
      const events: ChatEvent[] = [];
      for (const frame of parser.end()) take(frame, events);
      finish(events);
      return events;
    },
  };
}
