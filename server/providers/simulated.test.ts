import { describe, expect, it } from "vitest";
import type { ChatEvent, ChatRequest } from "../chat.ts";
import { collectResult } from "../gateway/collect-result.ts";
import { UpstreamFaultError } from "../upstream-fault.ts";
import { brokenOrder } from "./_samples/check-events.ts";
import { plainRequest, richRequest } from "./_samples/rich-request.ts";
import simulated from "./simulated.ts";

const calm = new AbortController().signal;

async function run(change: Partial<ChatRequest>, options = {}, model = "small", signal = calm): Promise<ChatEvent[]> {
  const events: ChatEvent[] = [];
  for await (const event of simulated.simulate!(
    { ...plainRequest, ...change },
    model,
    simulated.options.parse(options),
    signal,
  )) {
    events.push(event);
  }
  return events;
}
async function answer(change: Partial<ChatRequest>, options = {}, model = "small") {
  const events = await run(change, options, model);
  expect(brokenOrder(events)).toBeNull();
  const result = collectResult(events, null);
  return { ...result, parts: result.choices[0]!.parts, finish: result.choices[0]!.finish };
}
const ask = (text: string): Partial<ChatRequest> => ({
  messages: [{ role: "user", parts: [{ kind: "text", text, citations: [], cacheControl: null }] }],
});
const textOf = (parts: readonly { readonly kind: string }[]) =>
  parts.flatMap((part) => ("text" in part && part.kind === "text" ? [String(part.text)] : [])).join("");

describe("simulated", () => {
  it("says the same to the same request, and something else to another", async () => {
    expect(await run(ask("one"))).toEqual(await run(ask("one")));
    expect(textOf((await answer(ask("one"))).parts)).not.toBe(textOf((await answer(ask("two"))).parts));
    expect(textOf((await answer(ask("one"))).parts)).not.toBe(textOf((await answer(ask("one"), {}, "large")).parts));
  });

  it("labels every text as simulated", async () => {
    expect(textOf((await answer({})).parts)).toMatch(/^\[simulated\] small: a (good|poor) answer\./);
  });

  it("counts what it said: a token a piece", async () => {
    const events = await run({});
    const { usage } = collectResult(events, null);
    expect(usage!.output).toBe(events.filter(({ type }) => type === "delta").length);
    // "Why is the sky blue?" is 6 tokens to o200k, and a chat's frame adds 7.
    expect(usage!.inputUncached).toBeGreaterThanOrEqual(10);
    expect(usage!.inputUncached).toBeLessThanOrEqual(16);
    expect((await answer({}, { cachedShare: 1 })).usage).toMatchObject({
      inputUncached: 0,
      cacheRead: usage!.inputUncached,
    });
  });

  it("answers well as often as its quality says, and the better model wherever the lesser does", async () => {
    let good = 0;
    for (let i = 0; i < 200; i++) {
      const low = textOf((await answer(ask(`q${i}`), { quality: 0.3, answerTokens: 1 })).parts).includes("good");
      const high = textOf((await answer(ask(`q${i}`), { quality: 0.9, answerTokens: 1 }, "large")).parts).includes(
        "good",
      );
      if (low) expect(high).toBe(true);
      good += Number(low);
    }
    // 200 draws at 0.3: 60, with a standard deviation of 6.5.
    expect(good).toBeGreaterThan(40);
    expect(good).toBeLessThan(80);
  });

  it("calls the tools that the prompt names, with arguments that fit, and ends the loop after their results", async () => {
    const tools = richRequest.tools;
    const both = await answer({ ...ask("use get_weather and get_time"), tools });
    expect(both.finish).toBe("tool_calls");
    expect(both.parts).toMatchObject([
      { kind: "tool_call", name: "get_weather", argumentsJson: '{"city":"simulated"}' },
      { kind: "tool_call", name: "get_time", argumentsJson: "{}" },
    ]);
    expect(
      (await answer({ ...ask("use get_weather and get_time"), tools, parallelToolCalls: false })).parts,
    ).toHaveLength(1);
    expect((await answer({ ...ask("hi"), tools, toolChoice: { kind: "tool", name: "get_time" } })).parts).toMatchObject(
      [{ name: "get_time" }],
    );
    expect((await answer({ ...ask("hi"), tools, toolChoice: { kind: "none" } })).finish).toBe("stop");
    expect((await answer({ ...richRequest, messages: richRequest.messages.slice(0, -1) })).finish).toBe("stop");
  });

  it("answers after a schema in JSON that fits it", async () => {
    const schema = {
      type: "object",
      properties: {
        n: { type: "integer", minimum: 3, maximum: 5 },
        kind: { enum: ["a", "b"] },
        list: { type: "array", items: { $ref: "#/$defs/item" } },
        maybe: { type: ["string", "null"] },
      },
      required: ["n", "kind", "list"],
      $defs: { item: { type: "object", properties: { on: { type: "string", format: "date" } } } },
    };
    const output = { kind: "json_schema", name: "x", description: null, schema, strict: true } as const;
    const value = JSON.parse(textOf((await answer({ output })).parts)) as Record<string, unknown>;
    expect(value).toEqual({
      n: expect.any(Number),
      kind: expect.stringMatching(/^[ab]$/),
      list: [{ on: "2026-01-01" }],
    });
    expect([3, 4, 5]).toContain(value["n"]);
    expect(JSON.parse(textOf((await answer({ output: { kind: "json" } })).parts))).toMatchObject({ simulated: true });
  });

  it("stops at the limit and at a stop sequence", async () => {
    const short = await answer({ maxOutputTokens: 5 });
    expect(short.finish).toBe("length");
    expect(short.usage!.output).toBe(5);
    const stopped = await answer({ stop: ["zzz", "answer"] });
    expect(textOf(stopped.parts)).not.toContain("answer");
    expect(stopped.choices[0]).toMatchObject({ finish: "stop_sequence", stopSequence: "answer" });
  });

  it("reasons where it is asked to, and gives several answers where several are wanted", async () => {
    const reasoned = await answer({ reasoning: { effort: "low", budgetTokens: null, includeText: null } });
    expect(reasoned.parts.map(({ kind }) => kind)).toEqual(["reasoning", "text"]);
    expect(reasoned.usage!.reasoning).toBe(25);
    const hidden = await answer({ reasoning: { effort: "low", budgetTokens: null, includeText: false } });
    expect(hidden.parts.map(({ kind }) => kind)).toEqual(["text"]);
    const three = await answer({ count: 3, topLogprobs: 1 });
    expect(new Set(three.choices.map(({ parts }) => textOf(parts))).size).toBe(3);
    expect(three.choices[0]!.logprobs).toHaveLength(three.choices[0]!.logprobs!.length);
  });

  it("fails before the answer as a fault, within it as an event", async () => {
    const before = run({}, { errorShare: 1, errorKind: "overloaded" });
    await expect(before).rejects.toThrow(UpstreamFaultError);
    await expect(before).rejects.toMatchObject({ fault: { kind: "overloaded", status: 503 } });
    const within = await run({}, { errorShare: 1, errorKind: "connection", errorAfterTokens: 4 });
    expect(brokenOrder(within)).toBeNull();
    expect(within.filter(({ type }) => type === "delta")).toHaveLength(4);
    expect(within.at(-1)).toMatchObject({ type: "error", error: { kind: "connection" } });
  });

  it("fails the share of requests that it is told to", async () => {
    let failed = 0;
    for (let i = 0; i < 100; i++) await run(ask(`f${i}`), { errorShare: 0.5, answerTokens: 1 }).catch(() => failed++);
    // 100 draws at one half: 50, with a standard deviation of 5.
    expect(failed).toBeGreaterThan(30);
    expect(failed).toBeLessThan(70);
  });

  it("limits requests by the minute, each model on its own, and says how long to wait", async () => {
    const options = simulated.options.parse({ requestsPerMinute: 2, answerTokens: 1 });
    const call = async (model: string) => {
      for await (const _event of simulated.simulate!(plainRequest, model, options, calm));
    };
    await call("a");
    await call("a");
    await expect(call("a")).rejects.toMatchObject({ fault: { kind: "rate_limited", status: 429 } });
    const { fault } = (await call("a").catch((error: unknown) => error)) as UpstreamFaultError;
    expect(fault.retryAfterMs).toBeGreaterThan(0);
    expect(fault.retryAfterMs).toBeLessThanOrEqual(60_000);
    await call("b");
  });

  it("refuses an input beyond its context", async () => {
    await expect(run(ask("word ".repeat(500)), { contextTokens: 100 })).rejects.toMatchObject({
      fault: { kind: "context_length" },
    });
  });

  it("takes its time, and stops at once when the caller leaves", async () => {
    const controller = new AbortController();
    const options = { firstTokenMs: 1, tokenMs: 3_600_000 };
    const events: ChatEvent[] = [];
    for await (const event of simulated.simulate!(
      plainRequest,
      "small",
      simulated.options.parse(options),
      controller.signal,
    )) {
      events.push(event);
      if (event.type === "delta") controller.abort();
    }
    expect(events.at(-1)).toMatchObject({ type: "delta" });
  });

  it("embeds texts as unit vectors, those that share words nearer than others", () => {
    const request = {
      model: "e",
      inputs: ["the red house", "a red house", "tax law"],
      dimensions: 64,
      purpose: null,
      title: null,
      user: null,
      extras: {},
    };
    const { vectors, usage } = simulated.simulateEmbed!(request, "e");
    const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    expect(vectors.map((vector) => vector.length)).toEqual([64, 64, 64]);
    expect(dot(vectors[0]!, vectors[0]!)).toBeCloseTo(1, 12);
    expect(dot(vectors[0]!, vectors[1]!)).toBeGreaterThan(dot(vectors[0]!, vectors[2]!));
    expect(usage!.inputUncached).toBeGreaterThan(0);
    expect(simulated.simulateCount!(plainRequest).inputTokens).toBeGreaterThan(5);
  });
});
