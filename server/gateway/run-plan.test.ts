import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { discover } from "../../engine/discover.ts";
import { seededRng } from "../../engine/rng.ts";
import type { Dialect } from "../dialect.ts";
import type { Provider } from "../provider.ts";
import { buildTestApp, type TestApp } from "../testing/build-test-app.ts";
import { type Behaviour, type FaultUpstream, startFaultUpstream } from "../testing/fault-upstream.ts";
import { createGateway, type Gateway } from "./gateway.ts";
import type { Settlement } from "./settlement.ts";

const PROMPT = "Ann has 3 apples and buys 4 more. How many apples has she? End with: The answer is <number>";
const NANO_A_TOKEN = 1_000;

/** An answer of 20 input and 2 output tokens. */
const says = (content: string, finish_reason = "stop"): Behaviour => ({
  kind: "json",
  body: {
    id: "c",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason }],
    usage: { prompt_tokens: 20, completion_tokens: 2, total_tokens: 22 },
  },
});
const frame = (fields: object) =>
  `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", model: "m", ...fields })}\n\n`;
const framesOf = (content: string) => [
  frame({ choices: [{ index: 0, delta: { role: "assistant", content } }] }),
  frame({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }),
  frame({ choices: [], usage: { prompt_tokens: 20, completion_tokens: 2, total_tokens: 22 } }),
  "data: [DONE]\n\n",
];
const broken: Behaviour = {
  kind: "json",
  status: 500,
  body: { error: { message: "boom", type: "t", param: null, code: null } },
};

let upstreams: FaultUpstream[];
let host: TestApp;
let gateway: Gateway;
let providers: ReadonlyMap<string, Provider>;
let dialects: ReadonlyMap<string, Dialect>;
let settled: Settlement[];

beforeAll(async () => {
  upstreams = await Promise.all([startFaultUpstream(), startFaultUpstream(), startFaultUpstream()]);
  const [one, two, dear] = upstreams;
  const price = (usd: number) => `{ inputUsdPerMTok: ${usd}, outputUsdPerMTok: ${usd} }`;
  const config = `
upstreams:
  one: { provider: openai-compatible, baseUrl: "${one!.url}/v1" }
  two: { provider: openai-compatible, baseUrl: "${two!.url}/v1" }
  dear: { provider: openai-compatible, baseUrl: "${dear!.url}/v1" }
candidates:
  - { id: one/m, upstream: one, model: m, resembles: small, price: ${price(1)} }
  - { id: two/m, upstream: two, model: m, resembles: medium, price: ${price(1)} }
  - { id: dear/m, upstream: dear, model: m, resembles: large, price: ${price(30)} }
routes:
  default:
    incumbent: dear/m
    candidates: [one/m, two/m, dear/m]
    mode: active
    activation: { override: test }
    policy: { name: cascade, agreement: { ask: [one/m, two/m], else: dear/m } }
  at-once:
    incumbent: dear/m
    candidates: [one/m, two/m, dear/m]
    mode: active
    activation: { override: test }
    policy: { name: cascade, whenStreaming: first, agreement: { ask: [one/m, two/m], else: dear/m } }
auth: { required: false }
router: { timeoutMs: 5000 }
gateway: { retries: 0, backoffMs: 1, maxBackoffMs: 2, requestTimeoutMs: 4000, silenceTimeoutMs: 1000 }
`;
  host = await buildTestApp({ config });
  providers = await discover<Provider>(new URL("../providers/", import.meta.url));
  dialects = await discover<Dialect>(new URL("../dialects/", import.meta.url));
});

beforeEach(() => {
  settled = [];
  gateway = createGateway(host.service.settings, {
    providers,
    dialects,
    routers: host.service.routers,
    clock: () => Date.now(),
    rng: seededRng(1),
    onSettled: (settlement) => settled.push(settlement),
  });
  for (const upstream of upstreams) upstream.received.length = 0;
});
afterEach(() => gateway.close());
afterAll(async () => {
  await host.close();
  await Promise.all(upstreams.map((upstream) => upstream.close()));
});

async function ask(
  options: { stream?: boolean; route?: string; signal?: AbortSignal; headers?: Record<string, string> } = {},
) {
  const { stream = false, route = "default", signal = new AbortController().signal, headers = {} } = options;
  const messages = [{ role: "user", content: PROMPT }];
  const answer = await gateway.serve({
    requestId: "req_1",
    dialect: dialects.get("openai-chat")!,
    body: Buffer.from(JSON.stringify({ model: `weir/${route}`, messages, stream, max_tokens: 50 })),
    path: { model: null, stream: null },
    headers,
    keyId: null,
    signal,
  });
  let text = "";
  if (typeof answer.body === "string" || Buffer.isBuffer(answer.body)) text = answer.body.toString();
  else for await (const chunk of answer.body ?? []) text += chunk;
  return { status: answer.status, headers: answer.headers, text };
}

function behave(...behaviours: readonly Behaviour[]) {
  upstreams.forEach((upstream, at) => {
    upstream.behave(behaviours[at]!);
  });
}

const asked = () => upstreams.map(({ received }) => received.length);

describe("a plan of two cheap calls", () => {
  it("serves what both say, on one bill with both calls, and asks nobody else", async () => {
    behave(says("3 + 4 = 7. The answer is 7"), says("She has 7. The answer is 7"), broken);
    const { status, headers, text } = await ask();
    expect({ status, asked: asked() }).toEqual({ status: 200, asked: [1, 1, 0] });
    expect(JSON.parse(text).choices[0].message.content).toContain("7");
    expect(headers).toMatchObject({
      "x-weir-model": "one/m",
      "x-weir-plan": "agreement; first=one/m+two/m; end=agreed",
      "x-weir-calls": "one/m,two/m",
      "x-weir-attempts": "2",
    });
    expect(settled).toHaveLength(1);
    expect(settled[0]).toMatchObject({ costNanoUsd: 44 * NANO_A_TOKEN, error: null });
    expect(settled[0]!.attempts.map(({ outcome }) => outcome)).toEqual(["ok", "ok"]);
  });

  it("asks the dear one where they differ, and all three are on the bill", async () => {
    behave(says("The answer is 7"), says("The answer is 8"), says("The answer is 7"));
    const { headers } = await ask();
    expect(headers).toMatchObject({ "x-weir-model": "dear/m", "x-weir-calls": "one/m,two/m,dear/m" });
    expect(headers["x-weir-plan"]).toContain("end=disagreed");
    expect(settled[0]!.costNanoUsd).toBe((44 + 22 * 30) * NANO_A_TOKEN);
  });

  const STREAMED = says("The answer is 7");
  it.each<{ name: string; behaviour: Behaviour; stream?: boolean }>([
    { name: "fails", behaviour: broken },
    { name: "is late", behaviour: { kind: "stall" } },
    { name: "is refused", behaviour: says("", "content_filter") },
    { name: "is cut off by its limit", behaviour: says("Let me think about", "length") },
    {
      name: "is cut off in its stream",
      behaviour: { kind: "sse", frames: framesOf("The answer is 7").slice(0, 1), end: "reset" },
      stream: true,
    },
  ])("asks the dear one when a cheap call $name", async ({ behaviour, stream = false }) => {
    const good: Behaviour = stream ? { kind: "sse", frames: framesOf("The answer is 7") } : STREAMED;
    behave(behaviour, good, good);
    const { status, headers, text } = await ask({ stream });
    expect({ status, model: headers["x-weir-model"] }).toEqual({ status: 200, model: "dear/m" });
    expect(text).toContain("7");
    expect(settled).toHaveLength(1);
    expect(settled[0]!.attempts).toHaveLength(3);
  });

  it.each([
    { name: "fails", behaviour: broken },
    { name: "never answers", behaviour: { kind: "stall" } as Behaviour },
  ])("serves a cheap answer, and marks it, when the dear call $name", async ({ behaviour }) => {
    behave(says("The answer is 7"), says("The answer is 8"), behaviour);
    const { status, headers, text } = await ask();
    expect(status).toBe(200);
    expect(text).toMatch(/The answer is [78]/);
    expect(headers["x-weir-plan"]).toContain("end=call_failed");
    expect(headers["x-weir-model"]).toMatch(/^(one|two)\/m$/);
    expect(settled[0]).toMatchObject({ costNanoUsd: 44 * NANO_A_TOKEN, status: 200 });
  });

  it("goes on by the route's own order when nobody of the plan answers, and tells the fault when nobody does", async () => {
    behave(broken, broken, broken);
    const { status } = await ask();
    expect(status).toBe(500);
    expect(settled).toHaveLength(1);
    expect(settled[0]).toMatchObject({ costNanoUsd: 0, status: 500 });
  });

  it("makes no further call when the client leaves between the calls, and settles what was used", async () => {
    behave(says("The answer is 7"), { kind: "stall" }, says("The answer is 7"));
    const client = new AbortController();
    const pending = ask({ signal: client.signal });
    const gone = expect(pending).rejects.toThrow("left");
    await expect.poll(() => asked(), { interval: 5 }).toEqual([1, 1, 0]);
    await expect.poll(() => upstreams[0]!.received.length, { interval: 5 }).toBe(1);
    client.abort(new Error("left"));
    await gone;
    await upstreams[1]!.received[0]!.closed;
    expect(asked()[2]).toBe(0);
    expect(settled).toHaveLength(1);
    expect(settled[0]).toMatchObject({ status: 499, usage: { estimated: true, output: 0 } });
    expect(settled[0]!.costNanoUsd).toBeGreaterThanOrEqual(NANO_A_TOKEN);
  });
});

describe("a streaming client", () => {
  it("gets the accepted answer's own frames", async () => {
    const frames = framesOf("The answer is 7");
    behave({ kind: "sse", frames }, { kind: "sse", frames }, broken);
    const { headers, text } = await ask({ stream: true });
    expect(headers["x-weir-calls"]).toBe("one/m,two/m");
    expect(text).toContain("The answer is 7");
    expect(text.match(/\[DONE\]/g)).toHaveLength(1);
    expect(text).toContain(": x-weir-cost-usd: 0.000044");
    expect(settled[0]!.costNanoUsd).toBe(44 * NANO_A_TOKEN);
  });

  it("gets the first model's answer at once where the route says so, and nobody else is asked", async () => {
    const frames = framesOf("The answer is 8");
    behave({ kind: "sse", frames }, broken, broken);
    const { headers } = await ask({ stream: true, route: "at-once" });
    expect(headers["x-weir-plan"]).toBeUndefined();
    expect(asked()).toEqual([1, 0, 0]);
  });
});
