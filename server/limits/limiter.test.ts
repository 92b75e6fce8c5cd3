import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Counters } from "./counters.ts";
import { limitHeaders } from "./limit-headers.ts";
import { createLimiter, type Limiter, type LimitState, limitsFor, type Passage, type Refused } from "./limiter.ts";
import { openCounters } from "./open-counters.ts";

let counters: Counters;
let limiter: Limiter;
beforeEach(async () => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
  counters = await openCounters("memory:");
  limiter = createLimiter(counters, () => performance.now());
});
afterEach(async () => {
  await counters.close();
  vi.useRealTimers();
});

const NONE = { input: 0, output: 0 };

function passed(result: Passage | Refused): Passage {
  if ("refusedBy" in result) throw new Error(`refused by ${result.refusedBy.measure}`);
  return result;
}

function refused(result: Passage | Refused): Refused {
  if (!("refusedBy" in result)) throw new Error("not refused");
  return result;
}

describe("requests a minute", () => {
  const limited = [{ scope: "key", subject: "k", limits: { rpm: 3 } }] as const;

  it("start with the first request, end a minute later, and start again", async () => {
    for (let i = 0; i < 3; i++) passed(await limiter.pass(limited, NONE));
    vi.advanceTimersByTime(59_999);
    const { refusedBy } = refused(await limiter.pass(limited, NONE));
    expect(refusedBy).toMatchObject({ measure: "requests", limit: 3, remaining: 0, resetsInMs: 1 });
    vi.advanceTimersByTime(1);
    for (let i = 0; i < 3; i++) passed(await limiter.pass(limited, NONE));
    refused(await limiter.pass(limited, NONE));
  });

  it("let through exactly the limit of those that come at once", async () => {
    const results = await Promise.all(Array.from({ length: 50 }, () => limiter.pass(limited, NONE)));
    expect(results.filter((result) => !("refusedBy" in result))).toHaveLength(3);
  });

  it("do not count what was refused by another limit", async () => {
    const both = [
      { scope: "key", subject: "k", limits: { rpm: 3 } },
      { scope: "team", subject: "t", limits: { rpm: 1 } },
    ] as const;
    passed(await limiter.pass(both, NONE));
    for (let i = 0; i < 10; i++) expect(refused(await limiter.pass(both, NONE)).refusedBy.scope).toBe("team");
    for (let i = 0; i < 2; i++) passed(await limiter.pass(limited, NONE));
  });

  it("count once where two rules hold for the same one, by the lower limit", async () => {
    const twice = [...limited, { scope: "key", subject: "k", limits: { rpm: 2, tpm: 10 } }] as const;
    for (let i = 0; i < 2; i++) passed(await limiter.pass(twice, NONE));
    expect(refused(await limiter.pass(twice, NONE)).refusedBy).toMatchObject({ limit: 2, remaining: 0 });
  });

  it("end in time when the clock is set back", async () => {
    for (let i = 0; i < 3; i++) passed(await limiter.pass(limited, NONE));
    vi.setSystemTime(1_800_000_000_000 - 3_600_000);
    expect(refused(await limiter.pass(limited, NONE)).refusedBy.resetsInMs).toBeLessThanOrEqual(60_000);
    vi.advanceTimersByTime(60_000);
    passed(await limiter.pass(limited, NONE));
  });
});

describe("tokens a minute", () => {
  it("count what is expected, then what was used", async () => {
    const limited = [{ scope: "key", subject: "k", limits: { tpm: 1_000 } }] as const;
    const first = passed(await limiter.pass(limited, { input: 100, output: 800 }));
    const { refusedBy, isTooLarge } = refused(await limiter.pass(limited, { input: 100, output: 100 }));
    expect([refusedBy.remaining, isTooLarge]).toEqual([100, false]);
    first.settle({ input: 100, output: 50 });
    expect(passed(await limiter.pass(limited, { input: 100, output: 700 })).states[0]!.remaining).toBe(50);
    expect(refused(await limiter.pass(limited, { input: 1_001, output: 0 })).isTooLarge).toBe(true);
  });

  it("count input and output apart where the limits do", async () => {
    const limited = [{ scope: "key", subject: "k", limits: { input_tpm: 100, output_tpm: 10 } }] as const;
    const one = passed(await limiter.pass(limited, { input: 60, output: 0 }));
    one.settle({ input: 60, output: 10 });
    // nothing is expected of the output, but nothing is left of it either
    expect(refused(await limiter.pass(limited, { input: 10, output: 0 })).refusedBy.measure).toBe("output_tokens");
  });

  it("give nothing back to a window that has begun since", async () => {
    const limited = [{ scope: "key", subject: "k", limits: { tpm: 1_000 } }] as const;
    const old = passed(await limiter.pass(limited, { input: 0, output: 900 }));
    vi.advanceTimersByTime(60_000);
    passed(await limiter.pass(limited, { input: 0, output: 900 }));
    old.settle({ input: 0, output: 0 });
    refused(await limiter.pass(limited, { input: 0, output: 200 }));
  });
});

describe("requests at once", () => {
  it("give their place back however they end", async () => {
    const limited = [{ scope: "user", subject: "u", limits: { parallel: 2 } }] as const;
    const [first, second] = [passed(await limiter.pass(limited, NONE)), passed(await limiter.pass(limited, NONE))];
    expect(refused(await limiter.pass(limited, NONE)).refusedBy.measure).toBe("parallel");
    first.settle(NONE);
    second.release();
    passed(await limiter.pass(limited, NONE));
    passed(await limiter.pass(limited, NONE));
    refused(await limiter.pass(limited, NONE));
  });
});

describe("limitsFor", () => {
  const configs = [
    { scope: "user", subject: "*", rpm: 1 },
    { scope: "user", subject: "ann", rpm: 9 },
    { scope: "model", subject: "openai/*", rpm: 5 },
  ] as const;

  it("gives each one its own count by *, and one count to all that fit a pattern", () => {
    expect(limitsFor(configs, "user", "ann")).toEqual([
      { scope: "user", subject: "ann", limits: { rpm: 1 } },
      { scope: "user", subject: "ann", limits: { rpm: 9 } },
    ]);
    expect(limitsFor(configs, "model", "openai/gpt-4o", "gpt-4o")).toMatchObject([{ subject: "openai/*" }]);
    expect(limitsFor(configs, "model", "groq/llama", "llama")).toEqual([]);
  });
});

describe("limitHeaders", () => {
  const state = (fields: Partial<LimitState>): LimitState => ({
    scope: "key",
    subject: "k",
    measure: "requests",
    limit: 10,
    remaining: 5,
    resetsInMs: 61_500,
    ...fields,
  });

  it("tell of each measure the limit that is nearest, as OpenAI does", () => {
    const states = [state({}), state({ limit: 3, remaining: 1, resetsInMs: 90 }), state({ measure: "tokens" })];
    expect(limitHeaders("openai-chat", states, 0)).toEqual({
      "x-ratelimit-limit-requests": "3",
      "x-ratelimit-remaining-requests": "1",
      "x-ratelimit-reset-requests": "90ms",
      "x-ratelimit-limit-tokens": "10",
      "x-ratelimit-remaining-tokens": "5",
      "x-ratelimit-reset-tokens": "1m2s",
    });
  });

  it("tell it in Anthropic's words to its clients", () => {
    expect(limitHeaders("anthropic-messages", [state({ measure: "input_tokens" })], 0)).toEqual({
      "anthropic-ratelimit-input-tokens-limit": "10",
      "anthropic-ratelimit-input-tokens-remaining": "5",
      "anthropic-ratelimit-input-tokens-reset": "1970-01-01T00:01:01.500Z",
    });
  });
});

it("shares one counter among the names beyond a bound instead of growing", async () => {
  for (let i = 0; i < 100_000; i++) await counters.add(`n${i}`, 1, 60_000);
  expect((await counters.add("one more", 1, 60_000)).total).toBe(1);
  expect((await counters.add("and another", 1, 60_000)).total).toBe(2);
});
