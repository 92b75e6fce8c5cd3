import { z } from "zod";
import type { StreamDecoder } from "../../provider.ts";
import { billedTier } from "../_shared/billed-apart.ts";
import { createChatWriter } from "../_shared/chat-writer.ts";
import { isObject } from "../_shared/json.ts";
import { sseDecoder } from "../_shared/sse-decoder.ts";
import {
  callsOf,
  citationsOf,
  contentOf,
  finishOf,
  objectArguments,
  searchCitations,
  tokenLogprob,
  usageOf,
  WireLogprobs,
  WireMessage,
  WireSources,
  WireUsage,
} from "./decode.ts";
import { faultOfOpenAiBody } from "./fault.ts";
import { plainChunk, plainUsage } from "./plain.ts";
import type { OpenAiChatQuirks } from "./quirks.ts";

const WireChunk = z.looseObject({
  id: z.string().nullish(),
  model: z.string().nullish(),
  choices: z
    .array(
      z.looseObject({
        index: z.number().int().nonnegative().nullish(),
        delta: WireMessage.nullish(),
        finish_reason: z.string().nullish(),
        logprobs: WireLogprobs,
      }),
    )
    .nullish(),
  usage: WireUsage.nullish(),
  service_tier: z.string().nullish(),
  system_fingerprint: z.string().nullish(),
  /** Groq repeats usage here; older answers have it only here. */
  x_groq: z.looseObject({ usage: WireUsage.nullish() }).nullish(),
  ...WireSources,
});
type WireToolCall = NonNullable<WireMessage["tool_calls"]>[number];

/** Calls of one choice by the vendor's index, or by their order where it gives none. */
interface CallState {
  count: number;
  /** Vendor's index to our key; a new id under an old index is a new call. */
  readonly keys: Map<number, { readonly key: number; readonly id: string }>;
}

/** Chunks of `POST /chat/completions` with `stream: true` to events. */
export function decodeOpenAiStream(quirks: OpenAiChatQuirks): StreamDecoder {
  const writer = createChatWriter();
  const calls = new Map<number, CallState>();
  let sources: ReturnType<typeof searchCitations> = [];

  function takeCall(choice: number, wire: WireToolCall): void {
    let state = calls.get(choice);
    if (state === undefined) {
      state = { count: 0, keys: new Map() };
      calls.set(choice, state);
    }
    const isNamed = wire.function?.name != null && wire.function.name !== "";
    const index = wire.index ?? (isNamed ? state.count : state.count - 1);
    const known = state.keys.get(index);
    const hasOtherId = wire.id != null && wire.id !== "" && isNamed && known !== undefined && known.id !== wire.id;
    let key = known?.key;
    if (key === undefined || hasOtherId) {
      key = state.count++;
      const id = wire.id || `call_${choice}_${key}`;
      state.keys.set(index, { key, id: wire.id ?? "" });
      writer.call(choice, key, id, wire.function?.name ?? "");
    }
    const piece = wire.function?.arguments;
    writer.argue(choice, key, typeof piece === "string" ? piece : piece == null ? "" : objectArguments(piece));
  }

  function takeDelta(choice: number, delta: WireMessage): void {
    const { text, thinking } = contentOf(delta);
    writer.write(choice, "reasoning", thinking);
    writer.write(choice, "text", text);
    writer.write(choice, "refusal", delta.refusal ?? "");
    for (const citation of citationsOf(delta)) writer.citation(choice, citation);
    for (const call of callsOf(delta)) takeCall(choice, call);
  }

  function finish(choice: number, reason: string): void {
    for (const citation of sources) writer.citation(choice, citation);
    const kinds = writer.kinds(choice).map((kind) => ({ kind }));
    writer.finish(choice, finishOf(reason, kinds));
  }

  return sseDecoder(writer, {
    take(json) {
      const plain = plainChunk(json);
      if (plain !== null) {
        writer.start(plain.id, plain.model, null, plain.fingerprint);
        writer.write(plain.choice, "text", plain.text);
        if (plain.finish !== null) finish(plain.choice, plain.finish);
        return true;
      }
      const bill = plainUsage(json);
      if (bill !== null && writer.isStarted) {
        writer.usage(usageOf(bill, quirks));
        return true;
      }
      // An ordinary chunk has choices and no error; only what is not ordinary is looked at twice.
      const isOrdinary = isObject(json) && json["choices"] !== undefined && json["error"] == null;
      const fault = isOrdinary ? null : faultOfOpenAiBody(json, null, {});
      if (fault !== null) {
        writer.fail(fault);
        return true;
      }
      const parsed = WireChunk.safeParse(json);
      if (!parsed.success) return false;
      const { id, model, choices, usage, service_tier, system_fingerprint, x_groq } = parsed.data;
      // Azure begins with verdicts on the prompt, in a chunk without an id and a choice.
      if (id || (choices?.length ?? 0) > 0) writer.start(id || null, model ?? "", null, system_fingerprint);
      const found = searchCitations(parsed.data);
      if (found.length > 0) sources = found;
      for (const { index, delta, finish_reason, logprobs } of choices ?? []) {
        const choice = index ?? 0;
        if (delta != null) takeDelta(choice, delta);
        if (logprobs?.content?.length) writer.logprobs(choice, logprobs.content.map(tokenLogprob));
        if (finish_reason != null) finish(choice, finish_reason);
      }
      const said = usage ?? x_groq?.usage;
      if (said != null) writer.usage({ ...usageOf(said, quirks), ...billedTier(service_tier) });
      return true;
    },
  });
}
