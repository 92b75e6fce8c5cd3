import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { buildTestApp, TEST_ADMIN_KEY, type TestApp } from "../testing/build-test-app.ts";
import { type Behaviour, type FaultUpstream, startFaultUpstream } from "../testing/fault-upstream.ts";

const SCHEMA = "{ type: object, required: [n], properties: { n: { type: number } } }";
const price = (usd: number) => `price: { inputUsdPerMTok: ${usd}, outputUsdPerMTok: ${usd} }`;

/** $10 and $1 a million tokens; a call of `max_tokens: 100` is bound by some $0.001, one that mends its answer by $0.013. */
const config = (dear: string, cheap: string) => `
upstreams:
  dear: { provider: openai-compatible, baseUrl: "${dear}/v1" }
  cheap: { provider: openai-compatible, baseUrl: "${cheap}/v1" }
candidates:
  - { id: dear/m, upstream: dear, ${price(10)} }
  - { id: cheap/m, upstream: cheap, ${price(1)} }
routes:
  json: { incumbent: dear/m, candidates: [dear/m], fallbacks: [cheap/m], mode: "off" }
gateway: { retries: 0, requestTimeoutMs: 60000, budgetWaitMs: 0 }
guardrails:
  - { name: shape, check: json-schema, on: output, timeoutMs: 30000, for: { routes: [json] }, options: { repair: true, schema: ${SCHEMA} } }
`;

let dear: FaultUpstream;
let cheap: FaultUpstream;
let host: TestApp;

beforeAll(async () => {
  [dear, cheap] = await Promise.all([startFaultUpstream(), startFaultUpstream()]);
  host = await buildTestApp({ config: config(dear.url, cheap.url) });
});
afterAll(async () => {
  await host.close();
  await Promise.all([dear.close(), cheap.close()]);
});
beforeEach(() => {
  for (const { received } of [dear, cheap]) received.length = 0;
});

/** An answer that used so many tokens. */
const said = (content: string, input: number, output: number): Behaviour => ({
  kind: "json",
  body: {
    id: "c",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
  },
});
const FAULT: Behaviour = { kind: "json", status: 500, body: { error: { message: "boom" } } };
const ADMIN = { "x-weir-key": TEST_ADMIN_KEY };

async function ask(usd: number) {
  const budget = { usd, window: "1d" };
  const made = await host.app.inject({
    method: "POST",
    url: "/admin/keys",
    headers: ADMIN,
    payload: { name: "k", budget },
  });
  const { id, key, budget: own } = made.json();
  const answer = await host.app.inject({
    method: "POST",
    url: "/v1/chat/completions",
    headers: { authorization: `Bearer ${key}` },
    payload: { model: "weir/json", max_tokens: 100, messages: [{ role: "user", content: "count" }] },
  });
  const get = async (url: string) => (await host.app.inject({ url, headers: ADMIN })).json();
  const standing = () => get(`/admin/budgets/${own.id}`);
  await expect.poll(async () => (await standing()).reserved).toBe(0);
  const { spent } = await standing();
  const rows = async () => (await get(`/admin/requests?filter.key=${id}`)).rows;
  await expect.poll(async () => (await rows()).length).toBe(1);
  const [row] = await rows();
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers, spent, row };
}

it("prices each call by the model that answered it, and books both", async () => {
  dear.behave(said('{"n":"one"}', 10, 5), FAULT);
  cheap.behave(said('{"n":1}', 40, 3));
  const { status, body, headers, spent, row } = await ask(1);
  expect([status, body.choices[0].message.content]).toEqual([200, '{"n":1}']);
  // 15 tokens at $10 a million and 43 at $1
  expect([headers["x-weir-cost-usd"], spent, row.cost_usd]).toEqual(["0.000193", 0.000193, 0.000193]);
  expect([row.model, row.input_tokens, row.output_tokens]).toEqual(["cheap/m", 40, 3]);
  const tries = row.attempts.map(({ upstream, outcome }: { upstream: string; outcome: string }) => [upstream, outcome]);
  expect(tries).toEqual([
    ["dear", "ok"],
    ["dear", "server_error"],
    ["cheap", "ok"],
  ]);
});

it("asks the model that gave the answer first, whoever comes before it", async () => {
  dear.behave(FAULT);
  cheap.behave(said('{"n":"one"}', 10, 5), said('{"n":1}', 40, 3));
  const { headers } = await ask(1);
  expect([headers["x-weir-cost-usd"], dear.received.length, cheap.received.length]).toEqual(["0.000058", 1, 2]);
});

it("pays for the first answer also where nobody mends it", async () => {
  dear.behave(said('{"n":"one"}', 10, 5), FAULT);
  cheap.behave(FAULT);
  const { status, spent, row } = await ask(1);
  expect([status, spent, row.cost_usd, row.attempts.length]).toEqual([500, 0.00015, 0.00015, 3]);
});

it("asks nobody again where a budget has room for one call alone", async () => {
  dear.behave(said('{"n":"one"}', 10, 5));
  const { status, body, headers, spent } = await ask(0.005);
  expect([status, body.choices[0].finish_reason, spent]).toEqual([200, "content_filter", 0.00015]);
  expect(headers["x-weir-guardrails"]).toBe("shape:output=blocked(not_in_schema 1)");
  expect([dear.received.length, cheap.received.length]).toEqual([1, 0]);
});

it("is refused where a budget has no room for the first call either", async () => {
  const { status, spent } = await ask(0.0005);
  expect([status, spent, dear.received.length]).toEqual([402, 0, 0]);
});
