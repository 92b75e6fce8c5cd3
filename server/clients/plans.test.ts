import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TEST_ADMIN_KEY } from "../testing/build-test-app.ts";
import type { Behaviour } from "../testing/fault-upstream.ts";
import {
  answerOf,
  billOf,
  brokenOff,
  CHEAP,
  DEAR,
  FAILS,
  OTHER,
  openPlanStage,
  type PlanStage,
  type Said,
  STALLS,
} from "../testing/plan-stage.ts";

const PROMPT = "Ann has 3 apples and buys 4 more. How many apples has she? End with: The answer is <number>";
const ADMIN = { "x-weir-key": TEST_ADMIN_KEY };
const SCHEMA = {
  type: "object",
  properties: { apples: { type: "integer" }, owner: { type: "string" } },
  required: ["apples", "owner"],
  additionalProperties: false,
} as const;

let stage: PlanStage;
beforeAll(async () => {
  stage = await openPlanStage();
});
afterAll(() => stage.close());

/** What a client's own library makes of it. */
interface Got {
  readonly text: string;
  readonly calls: readonly { readonly name: string; readonly input: unknown }[];
  readonly headers: Headers;
  readonly requestId: string;
}

interface Asking {
  readonly stream?: boolean;
  readonly route?: string;
  readonly form?: "schema" | "tool";
  readonly signal?: AbortSignal;
  readonly headers?: Record<string, string>;
  readonly key?: string;
  /** Told of the first piece of a stream. */
  readonly onFirst?: () => void;
}

async function byOpenAi({
  stream = false,
  route = "default",
  form,
  signal,
  headers = {},
  key,
  onFirst,
}: Asking): Promise<Got> {
  const client = new OpenAI({ apiKey: key ?? "sk-none", baseURL: `${stage.url}/v1`, maxRetries: 0 });
  const request: OpenAI.ChatCompletionCreateParamsNonStreaming = {
    model: `weir/${route}`,
    messages: [{ role: "user", content: PROMPT }],
    max_tokens: 50,
    ...(form === "schema" && {
      response_format: { type: "json_schema", json_schema: { name: "basket", schema: SCHEMA, strict: true } },
    }),
    ...(form === "tool" && { tools: [{ type: "function", function: { name: "count", parameters: SCHEMA } }] }),
  };
  const options = { headers, signal };
  if (!stream) {
    const { data, response } = await client.chat.completions.create(request, options).withResponse();
    const { content, tool_calls = [] } = data.choices[0]!.message;
    return got(
      content ?? "",
      tool_calls.map((call) => (call.type === "function" ? call.function : neverCalled())),
      response.headers,
    );
  }
  const { data, response } = await client.chat.completions.create({ ...request, stream: true }, options).withResponse();
  let text = "";
  const calls: { name: string; arguments: string }[] = [];
  let isFirst = true;
  for await (const { choices } of data) {
    if (isFirst) onFirst?.();
    isFirst = false;
    text += choices[0]?.delta.content ?? "";
    for (const call of choices[0]?.delta.tool_calls ?? []) {
      calls[call.index] ??= { name: "", arguments: "" };
      calls[call.index]!.name += call.function?.name ?? "";
      calls[call.index]!.arguments += call.function?.arguments ?? "";
    }
  }
  return got(text, calls, response.headers);
}

async function byAnthropic({
  stream = false,
  route = "default",
  form,
  signal,
  headers = {},
  key,
  onFirst,
}: Asking): Promise<Got> {
  const client = new Anthropic({ apiKey: key ?? "sk-none", baseURL: stage.url, maxRetries: 0 });
  const request: Anthropic.MessageCreateParamsNonStreaming = {
    model: `weir/${route}`,
    messages: [{ role: "user", content: PROMPT }],
    max_tokens: 50,
    ...(form === "schema" && { output_config: { format: { type: "json_schema", schema: SCHEMA } } }),
    ...(form === "tool" && {
      tools: [{ name: "count", input_schema: SCHEMA as unknown as Anthropic.Tool.InputSchema }],
    }),
  };
  const options = { headers, signal };
  if (!stream) {
    const { data, response } = await client.messages.create(request, options).withResponse();
    return gotOf(data, response.headers);
  }
  const { data, response } = await client.messages.stream(request, options).withResponse();
  let isFirst = true;
  for await (const _ of data) {
    if (isFirst) onFirst?.();
    isFirst = false;
  }
  return gotOf(await data.finalMessage(), response.headers);
}

function gotOf({ content }: Anthropic.Message, headers: Headers): Got {
  const text = content.map((block) => (block.type === "text" ? block.text : "")).join("");
  const calls = content.flatMap((block) =>
    block.type === "tool_use" ? [{ name: block.name, input: block.input }] : [],
  );
  return { text, calls, headers, requestId: headers.get("x-weir-request-id")! };
}

function got(text: string, calls: readonly { name: string; arguments: string }[], headers: Headers): Got {
  const parsed = calls.map(({ name, arguments: json }) => ({ name, input: JSON.parse(json) as unknown }));
  return { text, calls: parsed, headers, requestId: headers.get("x-weir-request-id")! };
}

function neverCalled(): never {
  throw new Error("no such tool was given");
}

const CLIENTS = { openai: byOpenAi, anthropic: byAnthropic };
const WAYS = Object.entries(CLIENTS).flatMap(([sdk, ask]) =>
  [false, true].map((stream) => ({ sdk, ask, stream, name: `${sdk}'s client, ${stream ? "streaming" : "whole"}` })),
);
/** Of the dear model's answer, before anybody is asked. */
async function expectedUsd(): Promise<number> {
  const payload = { prompt: PROMPT, max_output_tokens: 50, explain: true };
  const { candidates } = (await stage.host.app.inject({ method: "POST", url: "/route", payload })).json();
  return candidates.find(({ model }: { model: string }) => model === DEAR).cost_usd;
}

const seven: Said = { content: "3 + 4 = 7. The answer is 7" };
const eight: Said = { content: "The answer is 8" };

describe.each(WAYS)("$name", ({ ask, stream }) => {
  const say = (said: Said) => answerOf(said, stream);
  const post = (asking: Asking = {}) => ask({ stream, ...asking });

  it("gets what two cheap models agree on: one answer, one record, one bill of two calls", async () => {
    stage.behave(say(seven), say({ content: "She has 7. The answer is 7" }), FAILS);
    const { text, headers, requestId } = await post();
    expect({ text, asked: stage.asked() }).toEqual({ text: seven.content, asked: [1, 1, 0] });
    expect(headers.get("x-weir-plan")).toBe("agreement; first=one/m+two/m; end=agreed");
    expect(headers.get("x-weir-calls")).toBe("one/m,two/m");
    expect(await stage.recordOf(requestId)).toMatchObject({
      model: CHEAP,
      cost_usd: billOf("one", "two"),
      attempts: [{ outcome: "ok" }, { outcome: "ok" }],
      plan: {
        rule: "agreement",
        first: [CHEAP, OTHER],
        may_call: [DEAR],
        max_calls: 3,
        followed: true,
        escalated: false,
        calls: [CHEAP, OTHER],
        accepted: CHEAP,
        end: "agreed",
        other_calls_usd: billOf("two"),
      },
    });
  });

  it("gets the dear model's answer where they differ, all three on the bill", async () => {
    stage.behave(say(seven), say(eight), say({ content: "The answer is 7." }));
    const { text, requestId } = await post();
    expect(text).toBe("The answer is 7.");
    expect(await stage.recordOf(requestId)).toMatchObject({
      model: DEAR,
      cost_usd: billOf("one", "two", "dear"),
      plan: { escalated: true, calls: [CHEAP, OTHER, DEAR], accepted: DEAR, end: "disagreed" },
    });
  });

  it.each([
    { how: "fails", cheap: FAILS },
    { how: "is late", cheap: STALLS },
    { how: "is refused", cheap: say({ content: "", finish: "content_filter" }) },
    { how: "is cut off at its limit", cheap: say({ content: "Let me think about", finish: "length" }) },
    { how: "breaks off", cheap: brokenOff(stream) },
    { how: "says nothing", cheap: say({ content: "" }) },
  ])("gets the dear model's answer where a cheap call $how", async ({ cheap }) => {
    stage.behave(cheap, say(seven), say(eight));
    const { text, requestId } = await post();
    expect(text).toBe(eight.content);
    const { plan, attempts, model } = await stage.recordOf(requestId);
    expect({ model, tries: attempts.length }).toEqual({ model: DEAR, tries: 3 });
    expect(plan).toMatchObject({ escalated: true, accepted: DEAR });
  });

  it.each([
    { how: "fails", dear: FAILS },
    { how: "is late", dear: STALLS },
  ])("gets a cheap answer, marked, where the dear call $how", async ({ dear }) => {
    stage.behave(say(seven), say(eight), dear);
    const { text, headers, requestId } = await post();
    expect([seven.content, eight.content]).toContain(text);
    expect(headers.get("x-weir-plan")).toContain("end=call_failed");
    expect(await stage.recordOf(requestId)).toMatchObject({
      status: 200,
      cost_usd: billOf("one", "two"),
      plan: { calls: [CHEAP, OTHER, DEAR], end: "call_failed" },
    });
  });

  it("gets a cheap answer where the request's own ceiling leaves no money for a third call", async () => {
    stage.behave(say(seven), say(eight), say(seven));
    // By itself the dear one is within the ceiling, after two others it is not.
    const { headers, requestId } = await post({ headers: { "x-weir-max-cost-usd": String(await expectedUsd()) } });
    expect({ plan: headers.get("x-weir-plan"), asked: stage.asked() }).toEqual({
      plan: expect.stringContaining("end=over_max_cost"),
      asked: [1, 1, 0],
    });
    expect((await stage.recordOf(requestId)).cost_usd).toBe(billOf("one", "two"));
  });

  it("gets one call's answer, and no refusal, where its budget has room for one call and not for the plan", async () => {
    // One call may use some 100 tokens, 50 of them for its answer; three may use some 300.
    const made = await stage.host.app.inject({
      method: "POST",
      url: "/admin/keys",
      headers: ADMIN,
      payload: { name: "poor", budget: { tokens: 200, window: "total" } },
    });
    const { key } = made.json() as { key: string };
    stage.behave(say(seven), say(seven), say(eight));
    const { headers, requestId } = await post({ key });
    expect(headers.get("x-weir-plan")).toBeNull();
    expect(stage.asked().reduce((sum, calls) => sum + calls)).toBe(1);
    expect(await stage.recordOf(requestId)).toMatchObject({ plan: { followed: false, calls: [], end: "no_room" } });
  });

  it("leaves between the calls: every call ends, no other is made, and one record tells what was used", async () => {
    stage.behave(say(seven), STALLS, say(seven));
    const client = new AbortController();
    const pending = post({ signal: client.signal }).catch((error: unknown) => error);
    await expect.poll(() => stage.asked(), { interval: 2 }).toEqual([1, 1, 0]);
    await stage.upstreams[0]!.received[0]!.closed;
    client.abort();
    expect(await pending).toBeInstanceOf(Error);
    await stage.upstreams[1]!.received[0]!.closed;
    expect(stage.asked()).toEqual([1, 1, 0]);
    const headers = { "x-weir-key": TEST_ADMIN_KEY };
    const latest = async () => {
      const answer = await stage.host.app.inject({ url: "/admin/requests?limit=1", headers });
      return answer.json().rows[0];
    };
    await expect.poll(latest, { interval: 10 }).toMatchObject({ status: 499, plan: { end: "client_left" } });
  });

  it("gets calls of tools that agree whatever their blanks, and the dear one's where one calls amiss", async () => {
    const call = (json: string): Said => ({ calls: [{ name: "count", arguments: json }] });
    stage.behave(
      say(call('{"apples": 7, "owner": "Ann"}')),
      say(call('{"owner":"Ann","apples":7}')),
      say(call('{"apples": 0, "owner": "nobody"}')),
    );
    const agreed = await post({ form: "tool" });
    expect(agreed.calls).toEqual([{ name: "count", input: { apples: 7, owner: "Ann" } }]);
    expect(agreed.headers.get("x-weir-plan")).toContain("end=agreed");

    stage.behave(
      say(call('{"apples": "7"}')),
      say(call('{"apples": "7"}')),
      say(call('{"apples": 7, "owner": "Ann"}')),
    );
    const other = await post({ form: "tool" });
    expect(other.calls).toEqual([{ name: "count", input: { apples: 7, owner: "Ann" } }]);
    expect(other.headers.get("x-weir-plan")).toContain("end=broken_answer");
  });

  it("gets JSON that agrees whatever the order of its keys, and the dear one's where it fits no schema", async () => {
    const json = (content: string): Said => ({ content });
    stage.behave(say(json('{"apples": 7, "owner": "Ann"}')), say(json('{"owner":"Ann","apples":7}')), FAILS);
    const agreed = await post({ form: "schema" });
    expect(JSON.parse(agreed.text)).toEqual({ apples: 7, owner: "Ann" });
    expect(agreed.headers.get("x-weir-plan")).toContain("end=agreed");

    const odd = say(json('{"apples": "seven"}'));
    stage.behave(odd, odd, say(json('{"apples": 7, "owner": "Ann"}')));
    const other = await post({ form: "schema" });
    expect(JSON.parse(other.text)).toEqual({ apples: 7, owner: "Ann" });
    expect(other.headers.get("x-weir-plan")).toContain("end=broken_answer");
  });
});

describe.each(Object.entries(CLIENTS))("a stream of %s's client", (_, ask) => {
  it("begins when an answer is accepted, not before", async () => {
    let letAnswer = (): void => {};
    const after = new Promise<void>((resolve) => {
      letAnswer = resolve;
    });
    stage.behave(answerOf(seven, true), { ...answerOf(seven, true), kind: "sse", after } as Behaviour, FAILS);
    const order: string[] = [];
    const pending = ask({ stream: true, onFirst: () => order.push("first piece") });
    await expect.poll(() => stage.asked(), { interval: 2 }).toEqual([1, 1, 0]);
    await stage.upstreams[0]!.received[0]!.closed;
    // Whatever is on its way to the client has time to arrive meanwhile.
    for (let i = 0; i < 5; i++) await (await fetch(`${stage.url}/healthz`)).text();
    order.push("one has answered");
    letAnswer();
    await pending;
    expect(order).toEqual(["one has answered", "first piece"]);
  });

  it("begins at once where the route says so, and nobody else is ever asked", async () => {
    stage.behave(answerOf(eight, true), FAILS, FAILS);
    const { text, headers, requestId } = await ask({ stream: true, route: "at-once" });
    expect({ text, asked: stage.asked() }).toEqual({ text: eight.content, asked: [1, 0, 0] });
    expect(headers.get("x-weir-plan")).toBeNull();
    expect(await stage.recordOf(requestId)).toMatchObject({ plan: { followed: false, end: "streams_at_once" } });
  });
});

describe("afterwards", () => {
  it("usage is told by the rule of the plan, and metrics by how plans ended", async () => {
    const usage = await stage.host.app.inject({ url: "/admin/usage?group_by=plan", headers: ADMIN });
    const rows = usage.json().rows as { plan: string | null; requests: number }[];
    expect(rows.map(({ plan }) => plan).sort()).toEqual(["agreement", null].sort());
    const metrics = await stage.host.app.inject({ url: "/metrics", headers: ADMIN });
    expect(metrics.body).toMatch(/weir_plans_total\{rule="agreement",end="agreed"\} \d+/);
    expect(metrics.body).toMatch(/weir_plans_total\{rule="agreement",end="no_room"\} 4/);
    expect(metrics.body).toMatch(/weir_plan_calls_total\{rule="agreement",when="later"\} \d+/);
  });

  it("requests are found by their plan's rule", async () => {
    const url = "/admin/requests?filter.plan=agreement&limit=1000";
    const { rows } = (await stage.host.app.inject({ url, headers: ADMIN })).json();
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.every(({ plan }: { plan: { followed: boolean } }) => plan.followed)).toBe(true);
  });
});
