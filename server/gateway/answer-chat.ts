import type { RenderContext, StreamRenderer } from "../dialect.ts";
import { outcomesHeader } from "../guarding/outcome.ts";
import { answerText, createTextGatherer } from "../log/kept-text.ts";
import type { GatewayAnswer } from "./answer.ts";
import { factsOfResult } from "./answer-facts.ts";
import { addPassed, JSON_TYPE, MONEY_HEADERS, moneyHeaders } from "./answer-headers.ts";
import type { Committed } from "./chat-attempt.ts";
import { isBrokenOff } from "./declined.ts";
import { headerList } from "./header-text.ts";
import { jsonArrayOf } from "./json-array.ts";
import { inputTokensOf } from "./plan-call.ts";
import type { ReadCall } from "./read-call.ts";
import type { Story } from "./story.ts";
import { streamAnswer } from "./stream-answer.ts";
import { createUsageMeter, type UsageMeter } from "./usage-meter.ts";

type CommittedStream = Extract<Committed, { kind: "stream" }>;

/** A committed answer in the client's own dialect; settles it, a stream when it ends. */
export async function answerChat(committed: Committed, call: ReadCall, story: Story): Promise<GatewayAnswer> {
  // One object that grows; each copy of it would cost as much as all of its fields.
  const headers = story.headers();
  headers["content-type"] = JSON_TYPE;
  addPassed(headers, committed.upstreamHeaders);
  const lost = committed.kind === "whole" && committed.bytes === null ? (committed.result.unplaced ?? []) : [];
  const dropped = [...committed.dropped, ...lost.map((thing) => `answer.${thing}`)];
  if (dropped.length > 0) headers["x-weir-dropped"] = headerList(dropped);
  if (committed.kind === "stream") return streamed(committed, call, story, headers);
  const { dialect } = story.incoming;
  const { result, bytes } = committed;
  const { usage } = result;
  const body =
    bytes ?? JSON.stringify(dialect.render(result, contextOf(story, call, result.model || story.requestedModel)));
  const cost = story.cost(usage);
  const saved = story.saved(usage);
  story.answer = () => answerText(result);
  story.answered = { ...factsOfResult(result), ...(lost.length === 0 ? {} : { lost }) };
  story.settle({ status: 200, usage, costNanoUsd: cost, error: isBrokenOff(result) ? "bad_response" : null });
  return { status: 200, headers: moneyHeaders(cost, saved, headers), body };
}

async function streamed(
  { pieces, close }: CommittedStream,
  call: ReadCall,
  story: Story,
  headers: Readonly<Record<string, string>>,
): Promise<GatewayAnswer> {
  const { dialect, signal } = story.incoming;
  const counter = createUsageMeter(() => (story.plan === null ? 0 : inputTokensOf(story.plan, call)));
  const isGathered = story.text !== null || story.onlooker?.wantsAnswer === true;
  const meter = isGathered ? gathering(counter, story) : counter;
  const isEventStream = dialect.streamType === "text/event-stream" && !call.asArray;
  let renderer: StreamRenderer | null = null;
  const body = await streamAnswer(pieces, {
    renderer: () => {
      renderer ??= dialect.renderStream(contextOf(story, call, story.candidate?.model ?? story.requestedModel));
      return renderer;
    },
    meter,
    silenceMs: story.state.limits.silenceMs,
    hidesUsage: dialect.format === "openai-chat" && !call.wantsUsage(),
    close,
    client: signal,
    onFirst: () => {
      story.firstTokenMs = story.elapsedMs();
    },
    epilogue: () => {
      if (!isEventStream) return "";
      return comments({ ...moneySpent(), ...guardHeader(story) });
    },
    onEnd: (fault, left) => {
      const usage = meter.usage();
      const error = left ? "client_left" : (fault?.kind ?? null);
      const { lost, ...facts } = meter.facts();
      // What passes as it came loses nothing.
      story.answered = lost === undefined || renderer === null ? facts : { ...facts, lost };
      story.settle({ status: left ? 499 : 200, usage, costNanoUsd: story.cost(usage), error });
    },
  });
  function moneySpent(): Record<string, string> {
    const usage = meter.usage();
    return moneyHeaders(story.cost(usage), story.saved(usage));
  }
  return {
    status: 200,
    ...(isEventStream ? {} : { trailers: { names: MONEY_HEADERS, read: moneySpent } }),
    headers: {
      ...headers,
      "content-type": call.asArray ? JSON_TYPE : dialect.streamType,
      "cache-control": "no-cache",
      "x-accel-buffering": "no",
    },
    body: call.asArray ? await jsonArrayOf(body) : body,
  };
}

/** What guardrails said of the answer is known only at its end. */
function guardHeader({ ward }: Story): Record<string, string> {
  const outcomes = ward?.outcomes.filter(({ phase }) => phase === "output") ?? [];
  return outcomes.length === 0 ? {} : { "x-weir-guardrails": outcomesHeader(outcomes) };
}

/** Keeps the answer's text beside its usage. */
function gathering(meter: UsageMeter, story: Story): UsageMeter {
  const gatherer = createTextGatherer();
  story.answer = gatherer.text;
  return {
    observe(events) {
      gatherer.observe(events);
      meter.observe(events);
    },
    usage: meter.usage,
    said: meter.said,
    facts: meter.facts,
    get hasEnded() {
      return meter.hasEnded;
    },
  };
}

/** The request is read only by dialects that must repeat parts of it. */
function contextOf({ incoming, state }: Story, call: ReadCall, model: string): RenderContext {
  return {
    requestId: incoming.requestId,
    model,
    nowMs: state.clock(),
    get request() {
      return call.chat();
    },
  };
}

/** Lines that every reader of event streams passes over. */
function comments(fields: Readonly<Record<string, string>>): string {
  const lines = Object.entries(fields).map(([name, value]) => `: ${name}: ${value}\n`);
  return lines.length === 0 ? "" : `${lines.join("")}\n`;
}
