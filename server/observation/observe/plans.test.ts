import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TEST_ADMIN_KEY, type TestApp } from "../../testing/build-test-app.ts";
import { type EchoUpstream, startEchoUpstream } from "../../testing/echo-upstream.ts";
import { ask, buildObservedApp, DAY_MS } from "../testing/observed-app.ts";

const REQUESTS = 260;
const ADMIN = { authorization: `Bearer ${TEST_ADMIN_KEY}` };
/** Share of the questions that each answers right; two cheap ones that are wrong never say the same. */
const MODELS = { one: 0.75, two: 0.75, dear: 0.9 } as const;
type Model = keyof typeof MODELS;
const WRONG_BY: Readonly<Record<Model, number>> = { one: 1, two: 2, dear: 3 };
/** By hand: 10 tokens of input and 5 of output, as every answer here has. */
const CALL_USD: Readonly<Record<Model, number>> = { one: 15e-7, two: 15e-7, dear: 15e-5 };

const questionOf = (i: number) => `Ann has ${i + 3} pens and buys ${2 * i + 4} more. How many pens has she now?`;
const resultOf = (i: number) => 3 * i + 7;

function isRight(model: Model, i: number): boolean {
  const hash = createHash("sha256").update(`${model} ${i}`).digest().readUInt32LE(0);
  return hash / 2 ** 32 < MODELS[model];
}

function says(model: Model, asked: string): string {
  const i = Number(/has (\d+) pens/.exec(asked)?.[1] ?? 3) - 3;
  return `The answer is ${resultOf(i) + (isRight(model, i) ? 0 : WRONG_BY[model])}.`;
}

/** What the plan comes to: what both say, else the dear one's answer. */
function planned(i: number): { readonly isRight: boolean; readonly costUsd: number } {
  const agree = isRight("one", i) && isRight("two", i);
  const cost = CALL_USD.one + CALL_USD.two;
  return agree ? { isRight: true, costUsd: cost } : { isRight: isRight("dear", i), costUsd: cost + CALL_USD.dear };
}

/** A route whose choice is a plan: all that certificates say of it is true of the plan as a whole. */
describe("a route with plans of several calls", () => {
  let host: TestApp;
  let upstreams: EchoUpstream[];

  const config = (mode: string) => `
upstreams:
${Object.keys(MODELS)
  .map((name, at) => `  ${name}: { provider: openai-compatible, baseUrl: "${upstreams[at]!.url}/v1" }`)
  .join("\n")}
  judges: { provider: simulated, options: { answer: '{"better": "tie"}' } }
candidates:
  - { id: one/m, upstream: one, model: m, resembles: small, price: { inputUsdPerMTok: 0.1, outputUsdPerMTok: 0.1 } }
  - { id: two/m, upstream: two, model: m, resembles: medium, price: { inputUsdPerMTok: 0.1, outputUsdPerMTok: 0.1 } }
  - { id: dear/m, upstream: dear, model: m, resembles: large, price: { inputUsdPerMTok: 10, outputUsdPerMTok: 10 } }
  - { id: judges/umpire, upstream: judges, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 4 } }
routes:
  default:
    incumbent: dear/m
    candidates: [one/m, two/m, dear/m]
    mode: ${mode}
    policy: { name: cascade, agreement: { ask: [one/m, two/m], else: dear/m } }
    observation: { auditRate: 1, perTask: 0, dailyUsd: 50, noiseShare: 0, parallel: 8, verifiers: [{ use: exact, match: contains }] }
    certificate: { maxQualityLoss: 0.1, confidence: 0.9 }
    activation: { ramp: { stages: [1], hours: 0, requests: 0 } }
    holdout: 0
auth: { required: false }
router: { timeoutMs: 2000 }
gateway: { retries: 0, backoffMs: 1, maxBackoffMs: 2 }
`;

  const post = (i: number) =>
    ask(host, questionOf(i), { session: `s-${i}`, metadata: { expected: `is ${resultOf(i)}.` } });
  const get = async (url: string) => (await host.app.inject({ url, headers: ADMIN })).json();

  beforeAll(async () => {
    upstreams = await Promise.all(Object.keys(MODELS).map(startEchoUpstream));
    upstreams.forEach((upstream, at) => {
      upstream.answer = (asked) => says(Object.keys(MODELS)[at] as Model, asked);
    });
    host = await buildObservedApp(config("observe"));
    for (let i = 0; i < REQUESTS; i++) {
      const answer = await post(i);
      expect(answer.headers["x-weir-model"], answer.body).toBe("dear/m");
    }
    await host.service.observer.settled();
    // Fixes the thresholds, as the minute does.
    await host.service.observer.tick();
  });
  afterAll(async () => {
    await host.close();
    await Promise.all(upstreams.map((upstream) => upstream.close()));
  });

  it("audits plans as they would have gone, with the bill of all their calls", async () => {
    const body = await get("/admin/observation");
    expect(body.traffic).toMatchObject({ requests: REQUESTS, excluded_share: 0 });
    expect(body.audits).toMatchObject({ done: REQUESTS, lost: 0, unjudged: 0 });
    const all = Array.from({ length: REQUESTS }, (_, i) => planned(i));
    const spent = all.reduce((sum, { costUsd }) => sum + costUsd, 0);
    expect(body.audits.replay_usd).toBeCloseTo(spent, 9);
    const truth =
      all.filter((one) => one.isRight).length / REQUESTS -
      Array.from({ length: REQUESTS }, (_, i) => i).filter((i) => isRight("dear", i)).length / REQUESTS;
    const { quality_difference } = body.projected;
    expect(quality_difference.low).toBeLessThan(truth);
    expect(quality_difference.high).toBeGreaterThan(truth);
    // Every third question or so goes on to the dear model.
    const saved = 1 - spent / (REQUESTS * CALL_USD.dear);
    expect(body.projected.saving.low).toBeLessThan(saved);
    expect(body.projected.saving.high).toBeGreaterThan(saved);
  });

  it("certifies plans, and follows them under the certificate: calls, bill and arm on record", async () => {
    host.advance(15 * DAY_MS);
    await host.service.observer.tick();
    const payload = { route: "default" };
    const issued = await host.app.inject({ method: "POST", url: "/admin/certificate", headers: ADMIN, payload });
    expect(issued.json().certificate, issued.body).toMatchObject({
      binding: { route: "default", policy: { name: "cascade" } },
    });

    host.setConfig(config("active"));
    await host.service.reload();
    await host.service.activation.tick();
    const answer = await post(1);
    expect(answer.headers).toMatchObject({
      "x-weir-activation": "certified",
      "x-weir-plan": expect.stringContaining("agreement; first=one/m+two/m"),
    });
    await host.service.requestLog.flush(5_000);
    const record = await get(`/admin/requests/${answer.headers["x-weir-request-id"]}`);
    expect(record.plan).toMatchObject({ followed: true, rule: "agreement", calls: expect.any(Array) });
    expect(record.cost_usd).toBeCloseTo(planned(1).costUsd, 9);
  });
});
