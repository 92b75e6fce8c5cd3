import { setTimeout as sleepFor } from "node:timers/promises";
import type { ChatEvent, ChatRequest, FaultKind, Usage } from "../../chat.ts";
import { faultOf, UpstreamFaultError } from "../../upstream-fault.ts";
import { createChatWriter } from "../_shared/chat-writer.ts";
import type { SimulatedOptions } from "./options.ts";
import { type AnswerPlan, planAnswer } from "./plan.ts";
import { createRateWindows } from "./rate-windows.ts";
import { inputTokensOf, rngOf, seedText } from "./request-facts.ts";

const STATUS_OF: Readonly<Partial<Record<FaultKind, number>>> = {
  rate_limited: 429,
  overloaded: 503,
  server_error: 500,
  timeout: 504,
  invalid_request: 400,
  context_length: 400,
  content_policy: 400,
  authentication: 401,
  permission: 403,
  insufficient_quota: 402,
  not_found: 404,
};

/** One step of an answer: a token, or what stands between tokens. */
interface Step {
  readonly isToken: boolean;
  run(): void;
}

/** Windows of requests by the settings that limit them; they go when the settings go. */
const windows = createRateWindows();

/**
 * A model's answer made from nothing but the request: deterministic, labelled, with the counts, delays and faults that
 * the settings ask for.
 */
export async function* simulate(
  request: ChatRequest,
  model: string,
  options: SimulatedOptions,
  signal: AbortSignal,
): AsyncGenerator<ChatEvent, void, void> {
  const inputTokens = inputTokensOf(request);
  refuse(model, options, inputTokens);
  const rng = rngOf("course", model, seedText(request));
  const fails = rng.next() < (options.errorShare ?? 0);
  const failAfter = options.errorAfterTokens ?? 0;
  const fault = faultOf(options.errorKind ?? "server_error", "simulated fault", {
    status: STATUS_OF[options.errorKind ?? "server_error"] ?? null,
    code: "simulated",
    retryAfterMs: options.errorKind === "rate_limited" ? 1000 : null,
  });
  const vary = (ms: number) => ms * (1 + (options.jitter ?? 0) * (2 * rng.next() - 1));
  await pause(vary(options.firstTokenMs ?? 0), signal);
  if (signal.aborted) return;
  if (fails && failAfter === 0) throw new UpstreamFaultError(fault);

  const plans = Array.from({ length: Math.max(1, request.count) }, (_, choice) =>
    planAnswer(request, model, options, choice),
  );
  const usage = usageOf(inputTokens, plans, options);
  const writer = createChatWriter();
  const id = `sim-${Math.floor(rng.next() * 0xffffffff)
    .toString(16)
    .padStart(8, "0")}`;
  writer.start(id, model, { ...usage, output: 0, reasoning: 0 });
  yield* writer.take();
  let tokens = 0;
  for (const [choice, plan] of plans.entries()) {
    for (const step of stepsOf(choice, plan, request, writer)) {
      if (step.isToken) {
        if (fails && tokens === failAfter) {
          writer.fail(fault);
          yield* writer.take();
          return;
        }
        if (tokens > 0) await pause(vary(options.tokenMs ?? 0), signal);
        if (signal.aborted) return;
        tokens++;
      }
      step.run();
      yield* writer.take();
    }
  }
  writer.usage(usage);
  writer.end();
  yield* writer.take();
}

function* stepsOf(
  choice: number,
  plan: AnswerPlan,
  request: ChatRequest,
  writer: ReturnType<typeof createChatWriter>,
): Generator<Step, void, void> {
  const hidden = request.reasoning.includeText === false;
  for (const piece of plan.reasoning) {
    yield { isToken: true, run: () => (hidden ? undefined : writer.write(choice, "reasoning", piece)) };
  }
  for (const piece of plan.text) {
    yield {
      isToken: true,
      run() {
        writer.write(choice, "text", piece);
        if (request.topLogprobs !== null) writer.logprobs(choice, [logprobOf(piece, request.topLogprobs)]);
      },
    };
  }
  for (const [key, call] of plan.calls.entries()) {
    yield { isToken: false, run: () => writer.call(choice, key, call.id, call.name) };
    for (const piece of call.json) yield { isToken: true, run: () => writer.argue(choice, key, piece) };
  }
  yield { isToken: false, run: () => writer.finish(choice, plan.finish, plan.stopSequence) };
}

/** Certain of every token but a little. */
function logprobOf(token: string, top: number) {
  const own = { token, logprob: -0.1, bytes: [...Buffer.from(token, "utf8")] };
  return { ...own, top: top === 0 ? [] : [own] };
}

function refuse(model: string, options: SimulatedOptions, inputTokens: number): void {
  if (options.contextTokens !== undefined && inputTokens > options.contextTokens) {
    const message = `this simulated model's maximum context length is ${options.contextTokens} tokens, the request has ${inputTokens}`;
    throw new UpstreamFaultError(faultOf("context_length", message, { status: 400, code: "context_length_exceeded" }));
  }
  if (options.requestsPerMinute === undefined) return;
  const waitMs = windows.enter(options, model, options.requestsPerMinute, Date.now());
  if (waitMs === null) return;
  throw new UpstreamFaultError(
    faultOf("rate_limited", `this simulated model answers ${options.requestsPerMinute} requests a minute`, {
      status: 429,
      code: "rate_limit_exceeded",
      retryAfterMs: waitMs,
    }),
  );
}

function usageOf(inputTokens: number, plans: readonly AnswerPlan[], { cachedShare = 0 }: SimulatedOptions): Usage {
  const cacheRead = Math.floor(inputTokens * cachedShare);
  let reasoning = 0;
  let output = 0;
  for (const plan of plans) {
    reasoning += plan.reasoning.length;
    output += plan.reasoning.length + plan.text.length;
    // A call costs some tokens beside its arguments.
    for (const call of plan.calls) output += call.json.length + 8;
  }
  return {
    inputUncached: inputTokens - cacheRead,
    cacheRead,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    output,
    reasoning,
    estimated: false,
  };
}

/** Ends early, without an error, when the signal aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return;
  try {
    await sleepFor(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
