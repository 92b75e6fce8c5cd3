import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { cacheClear, cacheStats } from "../cache-command.ts";
import { buildTestApp, TEST_ADMIN_KEY, type TestApp } from "../testing/build-test-app.ts";
import { type FaultUpstream, startFaultUpstream } from "../testing/fault-upstream.ts";

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
      model: "gpt-4o",
      choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
      usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 },
    },
  });
  test = await buildTestApp({
    config: `
upstreams: { openai: { provider: openai, baseUrl: "${vendor.url}/v1", apiKey: sk } }
candidates:
  - { id: openai/gpt-4o, upstream: openai, resembles: large, price: { inputUsdPerMTok: 2.5, outputUsdPerMTok: 10 } }
routes: { default: { incumbent: openai/gpt-4o, candidates: [openai/gpt-4o], mode: active, activation: { override: test } } }
auth: { required: false }
`,
  });
  await test.app.listen({ port: 0, host: "127.0.0.1" });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await test.close();
  await vendor.close();
});

const admin = { authorization: `Bearer ${TEST_ADMIN_KEY}` };
async function ask(tenant: string) {
  const response = await test.app.inject({
    method: "POST",
    url: "/v1/chat/completions",
    headers: { "x-weir-metadata": JSON.stringify({ tenant }) },
    payload: { model: "openai/gpt-4o", messages: [{ role: "user", content: "hi" }], temperature: 0 },
  });
  return response.headers["x-weir-cache"];
}
const statsOf = async () => (await test.app.inject({ url: "/admin/cache", headers: admin })).json();

it("shows what the cache holds and saved, in JSON and metrics, and clears one tenant's answers alone", async () => {
  for (const tenant of ["a", "a", "b"]) await ask(tenant);
  expect(await statsOf()).toMatchObject({
    memory: { entries: 2 },
    outcomes: { hit: 1, miss: 2 },
    // by hand: 10 x $2.5/M + 2 x $10/M
    saved_usd: 0.000045,
    under_way: { calls: 0, clients: 0 },
  });
  const metrics = (await test.app.inject({ url: "/metrics" })).body;
  expect(metrics).toContain('weir_cache_requests_total{outcome="hit"} 1');
  expect(metrics).toContain('weir_cache_entries{tier="memory"} 2');
  const cleared = await test.app.inject({ method: "DELETE", url: "/admin/cache?tenant=a", headers: admin });
  expect(cleared.json()).toEqual({ cleared: 1 });
  expect([await ask("b"), await ask("a")]).toEqual(["hit", "miss"]);
  expect(
    (await test.app.inject({ method: "DELETE", url: "/admin/cache?tenant=a&key_id=k", headers: admin })).statusCode,
  ).toBe(400);
  expect((await test.app.inject({ url: "/admin/cache" })).statusCode).toBe(401);
});

it("is asked from the command line", async () => {
  vi.stubEnv("WEIR_ADMIN_KEY", TEST_ADMIN_KEY);
  const { port } = test.app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const written: string[] = [];
  const spy = vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
  try {
    await ask("c");
    await cacheStats({ url });
    await cacheClear({ url, route: "nowhere" });
    await cacheClear({ url });
    await cacheStats({ url, json: true });
  } finally {
    spy.mockRestore();
  }
  expect(written[0]).toMatch(/^memory +\d+ answers/);
  expect(written.join("")).toContain("\n0 answers forgotten\n");
  expect(JSON.parse(written.at(-1)!)).toMatchObject({ memory: { entries: 0, bytes: 0 } });
  await expect(cacheStats({ url: "http://127.0.0.1:9" })).rejects.toThrow("no server answers");
});
