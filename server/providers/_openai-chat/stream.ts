import { z } from "zod";
import type { UpstreamFault } from "../../chat.ts";
import type { StreamDecoder } from "../../provider.ts";
import { brokenOff, faultOf } from "../../upstream-fault.ts";
import { billedTier } from "../_shared/billed-apart.ts";
import { createChatWriter } from "../_shared/chat-writer.ts";
import { isObject } from "../_shared/json.ts";
import { lax, laxText } from "../_shared/lax.ts";
import { sseDecoder } from "../_shared/sse-decoder.ts";
import { createCallOrder } from "./call-order.ts";
import {
  callsOf,
  choiceFault,
  citationsOf,
  contentOf,
  finishOf,
  logprobsOf,
  searchCitations,
  unplacedIn,
} from "./decode.ts";
import { faultOfOpenAiBody } from "./fault.ts";
import { plainChunk, plainUsage } from "./plain.ts";
import type { OpenAiChatQuirks } from "./quirks.ts";
import { usageOf } from "./usage.ts";
import { WireChoice, WireHead, WireMessage, WireUsage } from "./wire.ts";

const WireChunk = z.looseObject({
  ...WireHead,
  choices: z
    .array(
      z.looseObject({
        ...WireChoice,
        index: z.number().int().nonnegative().nullish(),
        delta: WireMessage.nullish(),
        /** Moonshot counts here. */
        usage: lax(WireUsage),
      }),
    )
    .nullish(),
  /** Groq repeats usage here; older answers have it only here. */
  x_groq: lax(z.looseObject({ usage: lax(WireUsage), error: laxText })),
});
type WireChunk = z.infer<typeof WireChunk>;

/** Chunks of `POST /chat/completions` with `stream: true` to events. */
export function decodeOpenAiStream(quirks: OpenAiChatQuirks): StreamDecoder {
  const writer = createChatWriter();
  const calls = createCallOrder(writer);
  let sources: ReturnType<typeof searchCitations> = [];
  /** Why each choice ended: told when the stream ends, for sources may come behind it as counts do. */
  const endings = new Map<number, { readonly reason: string; readonly fault: UpstreamFault }>();

  function takeDelta(choice: number, delta: WireMessage): void {
    writer.unplaced(unplacedIn(delta));
    if (endings.has(choice)) {
      for (const citation of citationsOf(delta)) writer.citation(choice, citation);
      return;
    }
    const { text, thinking } = contentOf(delta);
    if (text !== "" || thinking !== "" || delta.refusal) calls.flush(choice);
    writer.write(choice, "reasoning", thinking);
    writer.write(choice, "text", text);
    writer.write(choice, "refusal", delta.refusal ?? "");
    for (const citation of citationsOf(delta)) writer.citation(choice, citation);
    for (const call of callsOf(delta)) calls.take(choice, call);
  }

  function finish(choice: number, reason: string, fault = brokenOff(reason)): void {
    if (endings.has(choice)) return;
    calls.flush(choice);
    endings.set(choice, { reason, fault });
  }

  function tellEndings(): void {
    for (const [choice, { reason, fault }] of endings) {
      for (const citation of sources) writer.citation(choice, citation);
      const kinds = writer.kinds(choice).map((kind) => ({ kind }));
      writer.finish(choice, finishOf(reason, kinds), null, fault);
    }
  }

  function takeChunk(chunk: WireChunk): void {
    const { id, model, choices, usage, service_tier, system_fingerprint, x_groq } = chunk;
    // Azure begins with verdicts on the prompt, in a chunk without an id and a choice.
    if (id || (choices?.length ?? 0) > 0) writer.start(id || null, model ?? "", null, system_fingerprint);
    const found = searchCitations(chunk);
    if (found.length > 0) sources = found;
    const said = usage ?? x_groq?.usage ?? choices?.find((choice) => choice.usage != null)?.usage;
    if (said != null) writer.usage({ ...usageOf(said, quirks), ...billedTier(service_tier) });
    if (x_groq?.error) finish(choices?.[0]?.index ?? 0, "error", faultOf("server_error", x_groq.error));
    for (const { index, delta, finish_reason, logprobs, error } of choices ?? []) {
      const choice = index ?? 0;
      if (delta != null) takeDelta(choice, delta);
      writer.logprobs(choice, logprobsOf(logprobs) ?? []);
      const fault = choiceFault(error);
      if (fault !== null) finish(choice, "error", fault);
      else if (finish_reason != null) finish(choice, finish_reason);
    }
  }

  return sseDecoder(writer, {
    take(json) {
      const plain = plainChunk(json);
      if (plain !== null) {
        writer.start(plain.id, plain.model, null, plain.fingerprint);
        if (plain.text !== "") calls.flush(plain.choice);
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
      if (parsed.success) takeChunk(parsed.data);
      return parsed.success;
    },
    close: tellEndings,
  });
}
