import { z } from "zod";
import type { StreamDecoder } from "../../provider.ts";
import { brokenOff, faultOf } from "../../upstream-fault.ts";
import { createChatWriter } from "../_shared/chat-writer.ts";
import { isObject } from "../_shared/json.ts";
import { lax, laxText } from "../_shared/lax.ts";
import { sseDecoder } from "../_shared/sse-decoder.ts";
import { citationsOf, finishOf, logprobOf, usageOf, WireCitation, WireLogprob, WireUsage } from "./decode.ts";
import { cohereKind, faultOfCohereBody } from "./fault.ts";

const WireContent = z.looseObject({ text: laxText, thinking: laxText });
const WireCall = z.looseObject({
  id: laxText,
  function: z.looseObject({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
});
const WireFrame = z.looseObject({
  type: z.string(),
  id: laxText,
  index: lax(z.number()),
  logprobs: lax(WireLogprob),
  delta: z
    .looseObject({
      message: z
        .looseObject({
          content: z.union([WireContent, z.array(WireContent)]).nullish(),
          tool_plan: laxText,
          tool_calls: z.union([WireCall, z.array(WireCall)]).nullish(),
          citations: lax(z.union([WireCitation, z.array(WireCitation)])),
        })
        .nullish(),
      finish_reason: laxText,
      error: z.unknown().optional(),
      usage: lax(WireUsage),
    })
    .nullish(),
});

function firstOf<Value>(value: Value | Value[] | null | undefined): Value | undefined {
  return Array.isArray(value) ? value[0] : (value ?? undefined);
}

/** Frames of `POST /v2/chat` with `stream: true` to events. */
export function decodeCohereStream(): StreamDecoder {
  const writer = createChatWriter();

  return sseDecoder(writer, {
    take(json) {
      const fault = isObject(json) && json["type"] === undefined ? faultOfCohereBody(json) : null;
      if (fault !== null) {
        writer.fail(fault);
        return true;
      }
      const parsed = WireFrame.safeParse(json);
      if (!parsed.success) return false;
      takeFrame(parsed.data);
      return true;
    },
  });

  function takeFrame({ type, id, index, delta, logprobs }: z.infer<typeof WireFrame>): void {
    const message = delta?.message;
    switch (type) {
      case "message-start":
        writer.start(id ?? null, "");
        return;
      case "content-start":
      case "content-delta": {
        const content = firstOf(message?.content);
        writer.write(0, "reasoning", content?.thinking ?? "");
        writer.write(0, "text", content?.text ?? "");
        if (logprobs != null) writer.logprobs(0, [logprobOf(logprobs)]);
        return;
      }
      case "tool-plan-delta":
        writer.write(0, "reasoning", message?.tool_plan ?? "");
        return;
      case "tool-call-start": {
        const call = firstOf(message?.tool_calls);
        const key = index ?? 0;
        writer.call(0, key, call?.id ?? `call_${key}`, call?.function?.name ?? "");
        writer.argue(0, key, call?.function?.arguments ?? "");
        return;
      }
      case "tool-call-delta":
        writer.argue(0, index ?? 0, firstOf(message?.tool_calls)?.function?.arguments ?? "");
        return;
      case "tool-call-end":
        writer.close(0);
        return;
      case "citation-start": {
        const citation = firstOf(message?.citations);
        for (const each of citation === undefined ? [] : citationsOf(citation)) writer.citation(0, each);
        return;
      }
      case "message-end":
        takeEnd(delta ?? {});
    }
  }

  /** A text stays open behind `content-end`, since citations of it may follow. */
  function takeEnd({
    finish_reason,
    error,
    usage,
  }: NonNullable<z.infer<typeof WireFrame>["delta"]> | Record<string, never>): void {
    if (usage != null) writer.usage(usageOf(usage));
    if (typeof error === "string" && error !== "") {
      writer.fail(faultOf(cohereKind(null, error), error));
      return;
    }
    writer.finish(
      0,
      finishOf(
        finish_reason ?? null,
        writer.kinds(0).map((kind) => ({ kind })),
      ),
      null,
      brokenOff(finish_reason),
    );
    writer.end();
  }
}
