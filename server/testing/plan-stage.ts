import type { AddressInfo } from "node:net";
import type { LogRecord } from "../../engine/schema/log-record.ts";
import { buildTestApp, TEST_ADMIN_KEY, type TestApp } from "./build-test-app.ts";
import { type Behaviour, type FaultUpstream, startFaultUpstream } from "./fault-upstream.ts";

/** Weir on a port before two cheap models and a dear one that misbehave as told, with plans of all three. */
export interface PlanStage {
  readonly url: string;
  readonly host: TestApp;
  /** The cheap ones and the dear one. */
  readonly upstreams: readonly FaultUpstream[];
  behave(...behaviours: readonly Behaviour[]): void;
  /** How often each was asked. */
  asked(): number[];
  /** The request's record, once it is in the log. */
  recordOf(requestId: string): Promise<LogRecord>;
  close(): Promise<void>;
}

export const CHEAP = "one/m";
export const OTHER = "two/m";
export const DEAR = "dear/m";
/** Of each answer here. */
export const INPUT_TOKENS = 20;
export const OUTPUT_TOKENS = 2;
/** USD a million tokens. */
const PRICES = { one: 1, two: 1, dear: 30 } as const;

/** What a request costs that bought an answer of each of these. */
export function billOf(...models: readonly (keyof typeof PRICES)[]): number {
  const perCall = (INPUT_TOKENS + OUTPUT_TOKENS) / 1e6;
  return Number(models.reduce((sum, model) => sum + PRICES[model] * perCall, 0).toFixed(9));
}

export async function openPlanStage(): Promise<PlanStage> {
  const upstreams = await Promise.all([startFaultUpstream(), startFaultUpstream(), startFaultUpstream()]);
  const [one, two, dear] = upstreams;
  const price = (usd: number) => `{ inputUsdPerMTok: ${usd}, outputUsdPerMTok: ${usd} }`;
  const route = (policy: string) => `
    incumbent: ${DEAR}
    candidates: [${CHEAP}, ${OTHER}, ${DEAR}]
    mode: active
    activation: { override: test, maxErrorRate: 0.99, latencyFactor: 1000 }
    policy: { name: cascade, ${policy} }`;
  const agreement = `agreement: { ask: [${CHEAP}, ${OTHER}], else: ${DEAR} }`;
  const host = await buildTestApp({
    config: `
upstreams:
  one: { provider: openai-compatible, baseUrl: "${one!.url}/v1" }
  two: { provider: openai-compatible, baseUrl: "${two!.url}/v1" }
  dear: { provider: openai-compatible, baseUrl: "${dear!.url}/v1" }
candidates:
  - { id: ${CHEAP}, upstream: one, model: m, resembles: small, maxOutputTokens: 1000, price: ${price(PRICES.one)} }
  - { id: ${OTHER}, upstream: two, model: m, resembles: medium, maxOutputTokens: 1000, price: ${price(PRICES.two)} }
  - { id: ${DEAR}, upstream: dear, model: m, resembles: large, maxOutputTokens: 1000, price: ${price(PRICES.dear)} }
routes:
  default: ${route(agreement)}
  at-once: ${route(`whenStreaming: first, ${agreement}`)}
auth: { required: false }
router: { timeoutMs: 5000 }
gateway: { retries: 0, backoffMs: 1, maxBackoffMs: 2, requestTimeoutMs: 1200, silenceTimeoutMs: 300, budgetWaitMs: 0 }
`,
  });
  await host.app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = host.app.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    host,
    upstreams,
    behave(...behaviours) {
      upstreams.forEach((upstream, at) => {
        upstream.received.length = 0;
        upstream.behave(behaviours[at]!);
      });
    },
    asked: () => upstreams.map(({ received }) => received.length),
    async recordOf(requestId) {
      for (;;) {
        const headers = { "x-weir-key": TEST_ADMIN_KEY };
        const answer = await host.app.inject({ url: `/admin/requests/${requestId}`, headers });
        if (answer.statusCode === 200) return answer.json();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    async close() {
      await host.close();
      await Promise.all(upstreams.map((upstream) => upstream.close()));
    },
  };
}

const USAGE = {
  prompt_tokens: INPUT_TOKENS,
  completion_tokens: OUTPUT_TOKENS,
  total_tokens: INPUT_TOKENS + OUTPUT_TOKENS,
};

/** What a model says, in the form that it was asked for. */
export interface Said {
  readonly content?: string;
  readonly finish?: string;
  readonly calls?: readonly { readonly name: string; readonly arguments: string }[];
}

export function answerOf({ content = "", finish, calls = [] }: Said, stream: boolean): Behaviour {
  const tool_calls = calls.map((call, index) => ({ index, id: `call_${index}`, type: "function", function: call }));
  const finish_reason = finish ?? (calls.length > 0 ? "tool_calls" : "stop");
  const called = calls.length > 0 ? { tool_calls } : {};
  if (stream) return { kind: "sse", frames: [...framesOf(content, called), ...lastFrames(finish_reason)] };
  const message = { role: "assistant", content: calls.length > 0 ? null : content, ...called };
  const body = { id: "c", object: "chat.completion", created: 1, model: "m", usage: USAGE };
  return { kind: "json", body: { ...body, choices: [{ index: 0, message, finish_reason }] } };
}

/** An answer that breaks off: in the midst of its stream, or before its body. */
export function brokenOff(stream: boolean): Behaviour {
  return stream ? { kind: "sse", frames: framesOf("The answer", {}), end: "reset" } : { kind: "reset" };
}

export const FAILS: Behaviour = {
  kind: "json",
  status: 500,
  body: { error: { message: "boom", type: "t", param: null, code: null } },
};
export const STALLS: Behaviour = { kind: "stall" };

function framesOf(content: string, more: object): string[] {
  return [frame({ choices: [{ index: 0, delta: { role: "assistant", content, ...more } }] })];
}

function lastFrames(finish_reason: string): string[] {
  return [
    frame({ choices: [{ index: 0, delta: {}, finish_reason }] }),
    frame({ choices: [], usage: USAGE }),
    "data: [DONE]\n\n",
  ];
}

function frame(fields: object): string {
  return `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", model: "m", ...fields })}\n\n`;
}
