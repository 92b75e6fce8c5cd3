import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { discover } from "../../engine/discover.ts";
import { seededRng } from "../../engine/rng.ts";
import { Candidate } from "../../engine/schema/candidate.ts";
import { estimateInputTokens } from "../../engine/tokens.ts";
import type { PoolSection } from "../config-schema.ts";
import type { Dialect } from "../dialect.ts";
import type { Provider } from "../provider.ts";
import { buildTestApp, type TestApp } from "../testing/build-test-app.ts";
import { type FaultUpstream, startFaultUpstream } from "../testing/fault-upstream.ts";
import { createBalancer } from "./balancer.ts";
import { conversationOfBody } from "./conversation-of-body.ts";
import { conversationOfCall, sizeOfCall } from "./conversation-of-call.ts";
import { conversationOfChat } from "./conversation-of-chat.ts";
import { createGateway, type Gateway } from "./gateway.ts";
import { createHealths } from "./health.ts";
import { joinUrl } from "./proxy-url.ts";
import { readCall } from "./read-call.ts";
import type { Settlement } from "./settlement.ts";

const candidate = (id: string, inputMicroUsdPerMTok: number) =>
  Candidate.parse({
    candidateId: id,
    upstreamId: id,
    model: "m",
    price: { inputMicroUsdPerMTok, outputMicroUsdPerMTok: inputMicroUsdPerMTok },
  });
const members = [candidate("a", 3), candidate("b", 1), candidate("c", 2)];
const pool = (select: PoolSection["select"], weights = [1, 1, 1]): PoolSection => ({
  select,
  members: members.map(({ candidateId }, i) => ({ use: candidateId, weight: weights[i]! })),
});

describe("a pool of equal upstreams", () => {
  const healths = createHealths({ openAfter: 5, halfOpenAfterMs: 1000 });
  const rng = seededRng(7);
  const draw = { random: () => rng.next(), session: null };
  const order = (section: PoolSection, session: string | null = null) =>
    createBalancer(healths)
      .order("p", section, members, { ...draw, session })
      .map(({ candidateId }) => candidateId)
      .join("");

  it("keeps the file's order by default", () => expect(order(pool("priority"))).toBe("abc"));
  it("takes turns", () => {
    const balancer = createBalancer(healths);
    const firsts = Array.from(
      { length: 4 },
      () => balancer.order("p", pool("round-robin"), members, draw)[0]!.candidateId,
    );
    expect(firsts).toEqual(["a", "b", "c", "a"]);
  });
  it("asks the cheapest first", () => expect(order(pool("least-cost"))).toBe("bca"));
  it("asks the fastest first, one that was never asked before it", () => {
    healths.of("a", "m").observe(50);
    healths.of("b", "m").observe(90);
    expect(order(pool("least-latency"))).toBe("cab");
  });
  it("draws by weight", () => {
    const counts = { a: 0, b: 0, c: 0 };
    for (let i = 0; i < 6000; i++) counts[order(pool("weighted", [3, 2, 1]))[0] as "a"]++;
    // 3/6, 2/6, 1/6 of 6000; four standard deviations are about 155
    expect(Math.abs(counts.a - 3000)).toBeLessThan(160);
    expect(Math.abs(counts.b - 2000)).toBeLessThan(160);
  });
  it("keeps a session at one member, and spreads sessions by weight", () => {
    const counts = { a: 0, b: 0, c: 0 };
    for (let i = 0; i < 3000; i++) {
      const first = order(pool("sticky", [2, 1, 1]), `session-${i}`);
      expect(order(pool("sticky", [2, 1, 1]), `session-${i}`)).toBe(first);
      counts[first[0] as "a"]++;
    }
    expect(Math.abs(counts.a - 1500)).toBeLessThan(120);
  });
});

describe("what the router reads of a body", () => {
  let dialects: ReadonlyMap<string, Dialect>;
  beforeAll(async () => {
    dialects = await discover<Dialect>(new URL("../dialects/", import.meta.url));
  });
  const tool = { type: "function", function: { name: "f", parameters: { type: "object" } } };
  const image = { type: "image_url", image_url: { url: "https://x.test/a.png" } };
  const BODIES: Readonly<Record<string, object>> = {
    "openai-chat": {
      model: "m",
      messages: [
        { role: "system", content: "be brief" },
        { role: "user", content: [{ type: "text", text: "look" }, image] },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "1", type: "function", function: { name: "f", arguments: "{}" } }],
        },
        { role: "tool", tool_call_id: "1", content: "42" },
        { role: "user", content: "and?" },
      ],
      tools: [tool],
      response_format: { type: "json_object" },
      max_completion_tokens: 9,
    },
    "anthropic-messages": {
      model: "m",
      system: [{ type: "text", text: "be brief" }],
      messages: [
        { role: "user", content: "hi" },
        {
          role: "assistant",
          content: [
            { type: "text", text: "wait" },
            { type: "tool_use", id: "1", name: "f", input: {} },
          ],
        },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "1", content: "42" },
            { type: "text", text: "so?" },
          ],
        },
      ],
      tools: [{ name: "f", input_schema: { type: "object" } }],
      max_tokens: 9,
    },
    gemini: {
      systemInstruction: { parts: [{ text: "be brief" }] },
      contents: [
        { role: "user", parts: [{ text: "hi" }, { inlineData: { mimeType: "image/png", data: "aGk=" } }] },
        { role: "model", parts: [{ text: "ok" }] },
        { role: "user", parts: [{ text: "go" }] },
      ],
      tools: [{ functionDeclarations: [{ name: "f" }, { name: "g" }] }],
      generationConfig: { maxOutputTokens: 9, responseMimeType: "application/json" },
    },
    "openai-responses": {
      model: "m",
      instructions: "be brief",
      input: [
        { role: "user", content: [{ type: "input_text", text: "hi" }] },
        { type: "function_call", call_id: "1", name: "f", arguments: "{}" },
        { type: "function_call_output", call_id: "1", output: "42" },
      ],
      tools: [{ type: "function", name: "f", parameters: { type: "object" } }],
      max_output_tokens: 9,
    },
  };

  it.each(Object.keys(BODIES))("is what the neutral form says, in %s", (name) => {
    const dialect = dialects.get(name)!;
    const body = BODIES[name]!;
    const neutral = conversationOfChat(dialect.parse(body, { model: "m", stream: false }));
    const read = conversationOfBody(body as Record<string, unknown>, dialect.format, neutral.toolChars);
    expect(read).toEqual(neutral);
  });

  it("never throws, whatever the body holds", () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom("messages", "contents", "input", "system", "tools", "text", "generationConfig"),
          fc.jsonValue(),
        ),
        fc.constantFrom("openai-chat", "anthropic-messages", "gemini", "openai-responses", "openai-completions"),
        (body, format) => {
          expect(conversationOfBody(body as Record<string, unknown>, format as "gemini", 0)).not.toBeNull();
          const bytes = Buffer.from(JSON.stringify({ model: "m", ...body, pad: "x".repeat(40_000) }));
          const dialect = dialects.get(format)!;
          conversationOfCall(readCall(bytes, dialect, { model: "m", stream: false }));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("keeps a large body's turns, roles, images and lengths without parsing it", () => {
    const text = 'const x = compute("a\\n");\n'.repeat(60);
    const messages = [
      { role: "system", content: "You are an agent.".repeat(100) },
      ...Array.from({ length: 80 }, (_, i) => ({ role: i % 2 === 0 ? "user" : "assistant", content: `${i} ${text}` })),
      { role: "user", content: [{ type: "text", text: "look" }, image] },
      ...Array.from({ length: 20 }, (_, i) => ({ role: i % 2 === 0 ? "assistant" : "user", content: `${i} ${text}` })),
      { role: "user", content: "Now fix the test." },
    ];
    const bytes = Buffer.from(JSON.stringify({ model: "m", messages, tools: [tool, tool] }));
    const dialect = dialects.get("openai-chat")!;
    const call = readCall(bytes, dialect, { model: null, stream: null });
    const read = conversationOfCall(call);
    const whole = conversationOfChat(call.chat());
    expect(read.turns.map(({ role }) => role)).toEqual(whole.turns.map(({ role }) => role));
    expect(read).toMatchObject({ system: whole.system, imageCount: 1, toolCount: 2, toolCallCount: 0 });
    expect(read.turns.at(-1)).toEqual(whole.turns.at(-1));
    const length = (turns: typeof read.turns) => turns.reduce((sum, turn) => sum + turn.text.length, 0);
    expect(length(read.turns) / length(whole.turns)).toBeGreaterThan(0.9);
    expect(length(read.turns) / length(whole.turns)).toBeLessThan(1.2);
  });

  const prose = "Please summarise the following paragraph, which is about gateways, routing and what they cost. ";
  const code = 'const x = compute("a\\n", [1, 22, 333]);\n\tif (x !== null) return;\n';
  const picture = {
    type: "image",
    source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo".repeat(9_000) },
  };
  it.each([
    ["one long text", "openai-chat", { messages: [{ role: "user", content: prose.repeat(2_000) }] }],
    ["code", "openai-chat", { messages: [{ role: "user", content: code.repeat(3_000) }] }],
    [
      "another script",
      "openai-chat",
      { messages: [{ role: "user", content: "路由器把请求送到最便宜的模型。".repeat(5_000) }] },
    ],
    [
      "many turns",
      "openai-chat",
      {
        messages: Array.from({ length: 101 }, (_, i) => ({
          role: i % 2 === 0 ? "user" : "assistant",
          content: `${i} ${code.repeat(30)}`,
        })),
      },
    ],
    [
      "a long text in parts, a system prompt and an image that is no text",
      "anthropic-messages",
      {
        system: [{ type: "text", text: prose.repeat(500) }],
        messages: [{ role: "user", content: [{ type: "text", text: code.repeat(1_000) }, picture] }],
      },
    ],
    [
      "a tool's long result",
      "openai-responses",
      { input: [{ type: "function_call_output", call_id: "c", output: prose.repeat(900) }] },
    ],
    ["Gemini's parts", "gemini", { contents: [{ role: "user", parts: [{ text: prose.repeat(900) }] }] }],
  ] as const)("counts the tokens of %s without making a text of it", (_, format, body) => {
    const bytes = Buffer.from(JSON.stringify({ model: "m", ...body }));
    const call = readCall(bytes, dialects.get(format)!, { model: "m", stream: false });
    const whole = conversationOfBody(body as Record<string, unknown>, format, 0)!;
    const share = sizeOfCall(call).inputTokens / estimateInputTokens(whole);
    expect(share).toBeGreaterThan(0.93);
    expect(share).toBeLessThan(1.07);
  });
});

describe("addresses of the pass-through", () => {
  it.each([
    ["https://api.openai.com/v1", "/v1/chat/completions", "https://api.openai.com/v1/chat/completions"],
    ["https://api.openai.com/v1", "/chat/completions", "https://api.openai.com/v1/chat/completions"],
    ["https://api.openai.com/v1/", "/v1/models?limit=2", "https://api.openai.com/v1/models?limit=2"],
    ["https://api.anthropic.com", "/v1/messages?beta=true", "https://api.anthropic.com/v1/messages?beta=true"],
    ["https://api.groq.com/openai/v1", "/openai/v1/models", "https://api.groq.com/openai/v1/models"],
    ["https://api.groq.com/openai/v1", "/v1/models", "https://api.groq.com/openai/v1/models"],
    ["http://127.0.0.1:9", "/v1beta/models/x:generateContent", "http://127.0.0.1:9/v1beta/models/x:generateContent"],
  ])("%s and %s meet at %s", (base, path, joined) => {
    expect(joinUrl(base, path)).toBe(joined);
  });

  it.each([
    "/v1/../secret",
    "/v1/files/../chat/./completions",
    "/v1/%2e%2E/secret",
    "/v1/files/..%2fsecret",
    "/v1/..\\secret",
    "/..",
    "/v1/chat/completions#/models/x",
  ])("refuses %s, which would leave the upstream's base or be judged for another", (path) => {
    expect(() => joinUrl("https://host/tenant/v1", path)).toThrow("no . or ..");
  });

  it("takes dots that climb nowhere", () => {
    expect(joinUrl("https://host/v1", "/v1/files/a..b.json/.hidden?path=../x")).toBe(
      "https://host/v1/files/a..b.json/.hidden?path=../x",
    );
  });
});

describe("who is asked", () => {
  const ANSWER = {
    id: "c",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
    usage: { prompt_tokens: 20, completion_tokens: 2, total_tokens: 22 },
  };
  let one: FaultUpstream;
  let two: FaultUpstream;
  let host: TestApp;
  let gateway: Gateway;
  let settled: Settlement[];

  beforeAll(async () => {
    [one, two] = await Promise.all([startFaultUpstream(), startFaultUpstream()]);
    const config = `
upstreams:
  one: { provider: openai, baseUrl: "${one.url}/v1" }
  two: { provider: openai-compatible, baseUrl: "${two.url}/v1", maxParallel: 1 }
candidates:
  - { id: one/gpt, upstream: one, model: gpt, resembles: large, contextTokens: 500, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 1 } }
  - { id: two/gpt, upstream: two, model: my-gpt, resembles: large, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 1 } }
pools:
  gpt-pool: { select: round-robin, members: [one/gpt, two/gpt] }
routes:
  default: { incumbent: one/gpt, candidates: [one/gpt], fallbacks: [two/gpt] }
auth: { required: false }
gateway: { retries: 0, requestTimeoutMs: 6000, hedgeAfterMs: 1500 }
`;
    host = await buildTestApp({ config });
  });
  beforeEach(async () => {
    settled = [];
    gateway = createGateway(host.service.settings, {
      providers: await discover<Provider>(new URL("../providers/", import.meta.url)),
      dialects: await discover<Dialect>(new URL("../dialects/", import.meta.url)),
      routers: host.service.routers,
      clock: () => Date.now(),
      rng: seededRng(1),
      onSettled: (settlement) => settled.push(settlement),
    });
    one.received.length = 0;
    two.received.length = 0;
    one.behave({ kind: "json", body: ANSWER });
    two.behave({ kind: "json", body: ANSWER });
  });
  afterAll(async () => {
    await gateway.close();
    await host.close();
    await Promise.all([one.close(), two.close()]);
  });

  async function ask(model: string, content = "hi", headers: Record<string, string> = {}) {
    const answer = await gateway.serve({
      requestId: "req_1",
      dialect: gateway.dialects.get("openai-chat")!,
      body: Buffer.from(JSON.stringify({ model, messages: [{ role: "user", content }] })),
      path: { model: null, stream: null },
      headers,
      keyId: null,
      signal: new AbortController().signal,
    });
    return { status: answer.status, by: answer.headers["x-weir-model"], text: String(answer.body) };
  }

  it("takes turns between a pool's members and sends each its own name of the model", async () => {
    expect([(await ask("gpt-pool")).by, (await ask("gpt-pool")).by]).toEqual(["one/gpt", "two/gpt"]);
    expect(JSON.parse(one.received[0]!.body).model).toBe("gpt");
    expect(JSON.parse(two.received[0]!.body).model).toBe("my-gpt");
  });

  it("keeps a named session at the member that holds its prompt", async () => {
    for (const header of ["x-weir-session", "x-claude-code-session-id"]) {
      const headers = { [header]: `s-${header}` };
      const { by } = await ask("gpt-pool", "hi", headers);
      for (let i = 0; i < 3; i++) expect((await ask("gpt-pool", "hi again", headers)).by).toBe(by);
    }
  });

  it("backs a member up by its equals", async () => {
    one.behave({ kind: "json", status: 500, body: { error: { message: "boom" } } });
    expect((await ask("one/gpt")).by).toBe("two/gpt");
  });

  it("sends a prompt that is too long for the named model to one that holds it", async () => {
    const { by } = await ask("one/gpt", "many words here ".repeat(400));
    expect(by).toBe("two/gpt");
    expect(one.received).toHaveLength(0);
  });

  it("goes on to a roomier model when the vendor says that the prompt is too long, and tells that when there is none", async () => {
    const tooLong = {
      error: {
        message: "This model's maximum context length is 5",
        type: "invalid_request_error",
        param: "messages",
        code: "context_length_exceeded",
      },
    };
    one.behave({ kind: "json", status: 400, body: tooLong });
    expect((await ask("one/gpt")).by).toBe("two/gpt");
    two.behave({ kind: "json", status: 400, body: tooLong });
    const { status, text } = await ask("two/gpt");
    expect(status).toBe(400);
    expect(JSON.parse(text).error.code).toBe("context_length_exceeded");
  });

  it("hedges a slow answer, cancels the loser and accounts for it", async () => {
    one.behave({ kind: "stall" });
    const { by } = await ask("weir/default");
    expect(by).toBe("two/gpt");
    expect(settled[0]!.attempts.map(({ outcome }) => outcome).sort()).toEqual(["hedge_lost", "ok"]);
    // what the loser read is an estimate of the input at its price of $1/M, so tokens x 1000 nano-USD
    expect(settled[0]!.hedgeCostNanoUsd).toBeGreaterThan(0);
    await one.received[0]!.closed;
  });

  it("lets no more calls run at one upstream than it may, and as many again wait", async () => {
    two.behave({ kind: "sse", frames: [], end: "stall" });
    const client = new AbortController();
    const call = () =>
      gateway
        .serve({
          requestId: "req_1",
          dialect: gateway.dialects.get("openai-chat")!,
          body: Buffer.from(JSON.stringify({ model: "two/unknown", messages: [{ role: "user", content: "hi" }] })),
          path: { model: null, stream: null },
          headers: {},
          keyId: null,
          signal: client.signal,
        })
        .then(({ status }) => status);
    const [first, second] = [call().catch(() => 0), call().catch(() => 0)];
    await expect.poll(() => two.received.length).toBe(1);
    expect(await call()).toBe(503);
    client.abort(new Error("left"));
    await Promise.all([first, second]);
    expect(two.received).toHaveLength(1);
    expect(settled).toHaveLength(3);
  });
});
