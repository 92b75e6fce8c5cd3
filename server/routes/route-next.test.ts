import { afterAll, beforeAll, expect, it } from "vitest";
import { buildTestApp, TEST_CONFIG, type TestApp } from "../testing/build-test-app.ts";

const PROMPT = "Ann has 3 apples and buys 4 more. How many apples has she?";
let host: TestApp;

beforeAll(async () => {
  const policy =
    "policy: { name: cascade, agreement: { ask: [openai/gpt-4o-mini, openai/gpt-4-turbo], else: openai/gpt-4o } }";
  host = await buildTestApp({ config: TEST_CONFIG.replace("mode: active", `mode: active\n    ${policy}`) });
});
afterAll(() => host.close());

async function post(url: string, body: object) {
  const answer = await host.app.inject({ method: "POST", url, payload: body });
  return { status: answer.statusCode, body: answer.json() };
}

const decide = async (prompt = PROMPT) => (await post("/route", { prompt })).body;
const next = (decision_id: string, answers: readonly object[], more = {}) =>
  post("/route/next", { decision_id, answers, ...more });

it("tells the plan, and after the answers to stop or to call another", async () => {
  const { decision_id, plan, model } = await decide();
  expect(model).toBe("openai/gpt-4o-mini");
  expect(plan).toEqual({
    rule: "agreement",
    first: ["openai/gpt-4o-mini", "openai/gpt-4-turbo"],
    may_call: ["openai/gpt-4o"],
    max_calls: 3,
    answer_kind: "number",
    quality: null,
    cost_usd: null,
  });
  const texts = (a: string, b: string) => [
    { model: plan.first[0], text: a },
    { model: plan.first[1], text: b },
  ];
  expect((await next(decision_id, texts("3 + 4 = 7", "The answer is 7."))).body).toMatchObject({
    action: "stop",
    model: plan.first[0],
    reason: "agreed",
  });
  const other = await next(decision_id, texts("The answer is 8", "The answer is 7"), { prompt: PROMPT });
  expect(other.body).toMatchObject({ action: "call", model: "openai/gpt-4o", reason: "disagreed" });
});

it("takes what answers show of themselves in place of their texts, and calls that failed", async () => {
  const { decision_id, plan } = await decide();
  const count = {
    characters: 20,
    words: 4,
    lines: 1,
    steps: 1,
    reason_characters: 10,
    equations: 0,
    wrong_equations: 0,
  };
  const hedges = { contrasts: 0, approximations: 0, conjectures: 0, denials: 0, rechecks: 0 };
  const rest = {
    stated: 1,
    options_seen: null,
    truncated: false,
    refusal: false,
    supported: null,
    numbers_used: 1,
    numbers: 2,
  };
  const measures = { answer: "7", found: true, ...count, ...hedges, ...rest };
  const answers = plan.first.map((model: string) => ({ model, measures }));
  expect((await next(decision_id, answers)).body).toMatchObject({ action: "stop", reason: "agreed" });
  const failed = plan.first.map((model: string) => ({ model, failed: true }));
  expect((await next(decision_id, failed)).body).toMatchObject({ action: "call", model: "openai/gpt-4o" });
});

it("asks nobody beyond the request's own ceilings of cost and time, nor one who was asked", async () => {
  const { decision_id, plan } = await decide();
  const differ = [
    { model: plan.first[0], text: "The answer is 8" },
    { model: plan.first[1], text: "The answer is 7" },
  ];
  expect((await next(decision_id, differ, { may_call: false })).body).toMatchObject({
    action: "stop",
    reason: "out_of_time",
  });
  expect((await next(decision_id, differ, { max_cost_usd: 1e-9 })).body).toMatchObject({
    action: "stop",
    reason: "over_max_cost",
  });
  const third = { model: "openai/gpt-4o", text: "The answer is 9" };
  expect((await next(decision_id, [...differ, third])).body).toMatchObject({ action: "stop", model: "openai/gpt-4o" });
});

it.each([
  ["decision_id", { decision_id: "" }],
  ["answers", { answers: [] }],
  ["answers", { answers: Array.from({ length: 4 }, () => ({ model: "m", text: "x" })) }],
  ["answers.0.model", { answers: [{ model: "openai/gpt-9", text: "7" }] }],
  ["answers.0.text", { answers: [{ model: "openai/gpt-4o-mini" }] }],
  ["answers.0.text", { answers: [{ model: "openai/gpt-4o-mini", text: "x".repeat(200_001) }] }],
  ["answers.0.measures.answer", { answers: [{ model: "openai/gpt-4o-mini", measures: { answer: 7 } }] }],
  ["max_cost_usd", { max_cost_usd: -1 }],
  ["may_call", { may_call: "no" }],
])("names the field that is wrong: %s", async (field, more) => {
  const { decision_id } = await decide();
  const answers = [{ model: "openai/gpt-4o-mini", text: "The answer is 7" }];
  const { status, body } = await post("/route/next", { decision_id, answers, ...more });
  expect({ status, param: body.error.param }).toEqual({ status: 400, param: field });
});

it("says what is wrong: no such decision, no plan, nobody of the plan, an answer without anything", async () => {
  const { decision_id } = await decide();
  expect((await next("dec_none", [{ model: "x", text: "y" }])).status).toBe(404);
  expect((await next(decision_id, [{ model: "openai/gpt-9", text: "7" }])).status).toBe(400);
  expect((await next(decision_id, [{ model: "openai/gpt-4o-mini" }])).status).toBe(400);
  const fixed = (await post("/route", { prompt: PROMPT, route: "fixed" })).body;
  expect(fixed.plan).toBeNull();
  const { status, body } = await next(fixed.decision_id, [{ model: "openai/gpt-4o", text: "7" }]);
  expect({ status, says: JSON.stringify(body) }).toMatchObject({
    status: 400,
    says: expect.stringContaining("one call"),
  });
});

it("answers the same plan when the decision is replayed", async () => {
  const { decision_id } = await decide();
  const answer = await host.app.inject({ url: `/decisions/${decision_id}` });
  expect(answer.headers["x-weir-replay"]).toBe("same");
});
