import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTestApp, TEST_ADMIN_KEY, type TestApp } from "../../testing/build-test-app.ts";
import { type FaultUpstream, startFaultUpstream } from "../../testing/fault-upstream.ts";

const BASE = "incumbent: openai/gpt-4o, candidates: [openai/gpt-4o], mode: active, activation: { override: test }";
const EAGER = "maxFalseHitRate: 0.3, confidence: 0.8, auditRate: 0.001";

let vendor: FaultUpstream;
let test: TestApp;

beforeAll(async () => {
  vendor = await startFaultUpstream();
  test = await buildTestApp({
    config: `
upstreams: { openai: { provider: openai, baseUrl: "${vendor.url}/v1", apiKey: sk } }
candidates:
  - { id: openai/gpt-4o, upstream: openai, resembles: large, price: { inputUsdPerMTok: 2.5, outputUsdPerMTok: 10 } }
routes:
  default: { ${BASE}, cache: { semantic: { ${EAGER} } } }
  strict: { ${BASE}, cache: { semantic: {} } }
  deep: { ${BASE}, cache: { semantic: { ${EAGER}, multiTurn: true } } }
  plain: { ${BASE}, cache: {} }
auth: { required: false }
`,
  });
});
afterAll(async () => {
  await test.close();
  await vendor.close();
});

function say(content: string): void {
  vendor.behave({
    kind: "json",
    body: {
      id: "c",
      object: "chat.completion",
      created: 1,
      model: "gpt-4o",
      choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
      usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 },
    },
  });
}

interface Asked {
  readonly route?: string;
  readonly tenant?: string;
  readonly turns?: readonly object[];
}

async function ask(content: string, { route = "default", tenant = "a", turns = [] }: Asked = {}) {
  const response = await test.app.inject({
    method: "POST",
    url: "/v1/chat/completions",
    headers: { "x-weir-metadata": JSON.stringify({ tenant }) },
    payload: {
      model: `weir/${route}`,
      messages: [...turns, { role: "user", content }],
      temperature: 0,
    },
  });
  return { outcome: response.headers["x-weir-cache"], headers: response.headers, text: response.body };
}

async function loggedOf({ headers }: { headers: Record<string, unknown> }) {
  await test.service.requestLog.flush(5_000);
  return (await test.service.requestLog.find(String(headers["x-weir-request-id"])))!;
}

const state = () => test.service.gateway.deps.cache!.state.semantic!;
const TOPICS = [
  "Oslo",
  "Lima",
  "Quito",
  "Cairo",
  "Delhi",
  "Seoul",
  "Tunis",
  "Accra",
  "Hanoi",
  "Sofia",
  "Minsk",
  "Riga",
  "Perth",
  "Osaka",
  "Turin",
];

/** Would-be hits whose answers agree. */
async function teach(asked: Asked): Promise<void> {
  for (const city of TOPICS) {
    say(`The population of ${city} is large.`);
    await ask(`What is the population of ${city}?`, asked);
    const before = state().audits;
    if ((await ask(`Tell me the population of ${city}.`, asked)).outcome === "semantic") continue;
    await expect.poll(() => state().audits, { interval: 5 }).toBe(before + 1);
  }
}

describe("the semantic cache", () => {
  it("only compares until it has seen enough, and logs that; then it serves rewordings and no look-alikes", async () => {
    say("Harare");
    await ask("What is the capital of Zimbabwe?");
    const shadow = await ask("Which city is the capital of Zimbabwe?");
    expect(shadow.outcome).toBe("miss");
    expect((await loggedOf(shadow)).cache).toBe("semantic-shadow");
    await teach({});
    say("never to be asked");
    const hit = await ask("Tell me the capital of Zimbabwe.");
    expect(hit).toMatchObject({ outcome: "semantic" });
    expect(hit.text).toContain("Harare");
    expect(hit.headers).toMatchObject({
      "x-weir-cost-usd": "0",
      "x-weir-saved-usd": "0.000045",
      "x-weir-attempts": "0",
    });
    expect(Number(hit.headers["age"])).toBeGreaterThanOrEqual(0);
    expect(await loggedOf(hit)).toMatchObject({ cache: "semantic", costNanoUsd: 0 });
    say("Lusaka");
    expect((await ask("What is the capital of Zambia?")).outcome).toBe("miss");
    expect((await ask("What is not the capital of Zimbabwe?")).outcome).toBe("miss");
  });

  it("never serves another tenant's answer, nor learns from another's audits", async () => {
    say("of another tenant");
    const other = await ask("Tell me the capital of Zimbabwe.", { tenant: "b" });
    expect(other.outcome).toBe("miss");
    expect(other.text).toContain("of another tenant");
    const reworded = await ask("What is the capital of Zimbabwe?", { tenant: "b" });
    expect(reworded.outcome).toBe("miss");
    expect((await loggedOf(reworded)).cache).toBe("semantic-shadow");
  });

  it("keeps conversations, system prompts and routes apart", async () => {
    const system = [{ role: "system", content: "Answer in Shona." }];
    say("in Shona");
    expect((await ask("What is the capital of Zimbabwe?", { turns: system })).text).toContain("in Shona");
    expect((await ask("What is the capital of Zimbabwe?", { route: "plain" })).outcome).toBe("miss");
    const orders = [
      { role: "user", content: "Where is order 7?" },
      { role: "assistant", content: "On its way. Shall I cancel it?" },
    ];
    await teach({ route: "deep" });
    await ask("yes, please cancel it", { route: "deep", turns: orders });
    say("which one?");
    const elsewhere = await ask("yes, cancel it", {
      route: "deep",
      turns: [{ role: "user", content: "And my flight?" }, orders[1]!],
    });
    expect(elsewhere.text).toContain("which one?");
    expect((await ask("yes, cancel it", { route: "deep", turns: orders })).outcome).toBe("semantic");
    expect((await ask("yes, cancel it", { turns: orders })).outcome).toBe("miss");
  });

  it("holds the false-hit rate that it was given: 1 % needs more than it has seen", async () => {
    await teach({ route: "strict" });
    say("Harare");
    await ask("What is the capital of Zimbabwe?", { route: "strict" });
    expect((await ask("Tell me the capital of Zimbabwe.", { route: "strict" })).outcome).toBe("miss");
  });

  it("forgets an answer that was wrong, and closes its neighbourhood", async () => {
    say("Paris");
    await ask("What is the capital of France?");
    const hit = await ask("Tell me the capital of France.");
    expect(hit.outcome).toBe("semantic");
    const before = state().falseHits;
    const told = await test.app.inject({
      method: "POST",
      url: "/feedback",
      payload: { id: hit.headers["x-weir-request-id"], label: "bad", source: "user" },
    });
    expect(told.statusCode).toBe(201);
    await expect.poll(() => state().falseHits, { interval: 5 }).toBe(before + 1);
    say("Paris, once more");
    expect((await ask("Tell me the capital of France.")).text).toContain("once more");
    await ask("What is the capital of France?");
    expect((await ask("Please tell me the capital of France")).outcome).not.toBe("semantic");
  });

  it("is cleared with the rest", async () => {
    const cleared = await test.app.inject({
      method: "DELETE",
      url: "/admin/cache",
      headers: { authorization: `Bearer ${TEST_ADMIN_KEY}` },
    });
    expect(cleared.json<{ cleared: number }>().cleared).toBeGreaterThan(0);
    say("asked anew");
    expect((await ask("Please tell me the capital of Zimbabwe")).text).toContain("asked anew");
  });
});
