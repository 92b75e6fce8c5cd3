import { afterAll, beforeAll, expect, it } from "vitest";
import { buildTestApp, TEST_ADMIN_KEY, type TestApp } from "./testing/build-test-app.ts";
import { type FaultUpstream, startFaultUpstream } from "./testing/fault-upstream.ts";

let vendor: FaultUpstream;
let test: TestApp;

beforeAll(async () => {
  vendor = await startFaultUpstream();
  vendor.behave({
    kind: "json",
    body: {
      id: "c",
      object: "chat.completion",
      created: 1,
      model: "m",
      choices: [{ index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" }],
      usage: { prompt_tokens: 20, completion_tokens: 3, total_tokens: 23 },
    },
  });
  test = await buildTestApp({ config: config("allow") });
});
afterAll(async () => {
  await test.close();
  await vendor.close();
});

function config(whenUnpriced: string): string {
  return `
upstreams: { up: { provider: openai-compatible, baseUrl: "${vendor.url}/v1" } }
candidates:
  - { id: up/free-of-price, upstream: up, resembles: small }
  - { id: up/large, upstream: up, resembles: large, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 10 } }
routes: { default: { incumbent: up/large, candidates: [up/large], mode: active, activation: { override: test } } }
auth: { required: false }
gateway: { retries: 0, whenUnpriced: ${whenUnpriced} }
`;
}

function chat(model: string) {
  return test.app.inject({
    method: "POST",
    url: "/v1/chat/completions",
    headers: { "content-type": "application/json" },
    payload: JSON.stringify({ model, messages: [{ role: "user", content: "hi" }] }),
  });
}

async function admin(url: string) {
  const response = await test.app.inject({ url, headers: { authorization: `Bearer ${TEST_ADMIN_KEY}` } });
  return response.json();
}

it("counts a model without a price as unpriced, at no cost of 0, and tells of it", async () => {
  const response = await chat("up/free-of-price");
  expect([response.statusCode, response.headers["x-weir-cost-usd"]]).toEqual([200, undefined]);
  const record = await admin(`/admin/requests/${response.headers["x-weir-request-id"]}`);
  expect([record.cost_usd, record.input_tokens]).toEqual([null, 20]);
  const { rows } = await admin("/admin/usage?group_by=model&filter.model=up/free-of-price");
  expect(rows).toMatchObject([{ cost_usd: null, unpriced_requests: 1, input_tokens: 20 }]);
  expect(test.logged.some(({ msg }) => String(msg).includes("cost that is not known"))).toBe(true);
});

it("refuses it after a reload that says so, and goes on serving models with a price", async () => {
  test.setConfig(config("refuse"));
  await test.service.reload();
  const refused = await chat("up/free-of-price");
  expect([refused.statusCode, refused.json().error.message]).toEqual([
    422,
    expect.stringContaining("no price is known"),
  ]);
  expect((await chat("up/large")).statusCode).toBe(200);
});

it("takes a new price over on reload", async () => {
  test.setConfig(config("allow").replace("inputUsdPerMTok: 1,", "inputUsdPerMTok: 2,"));
  await test.service.reload();
  // 20 x 2 + 3 x 10 = 70 micro-USD.
  expect((await chat("up/large")).headers["x-weir-cost-usd"]).toBe("0.00007");
});
