import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildTestApp, TEST_ADMIN_KEY, type TestApp } from "../testing/build-test-app.ts";
import { type FaultUpstream, startFaultUpstream } from "../testing/fault-upstream.ts";

const admin = { authorization: `Bearer ${TEST_ADMIN_KEY}` };
const ANSWER = {
  id: "c",
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
};

let cheap: FaultUpstream;
let dear: FaultUpstream;
let slow: Server;
let host: TestApp | null = null;
beforeEach(async () => {
  cheap = await startFaultUpstream();
  dear = await startFaultUpstream();
  for (const upstream of [cheap, dear]) upstream.behave({ kind: "json", body: ANSWER });
  slow = createServer((_, response) => {
    setTimeout(() => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(ANSWER));
    }, delayMs);
  }).listen(0, "127.0.0.1");
  await once(slow, "listening");
});
afterEach(async () => {
  await host?.close();
  host = null;
  await cheap.close();
  await dear.close();
  slow.closeAllConnections();
  slow.close();
});

/** Far over twice what the other upstream takes, also on a busy machine. */
const SLOW_MS = 2_000;
let delayMs = 0;
const slowUrl = () => `http://127.0.0.1:${(slow.address() as AddressInfo).port}`;

async function start(cheapUrl: string, holdout = 0.5) {
  host = await buildTestApp({
    config: `
upstreams:
  cheap: { provider: openai-compatible, baseUrl: "${cheapUrl}/v1" }
  dear: { provider: openai-compatible, baseUrl: "${dear.url}/v1" }
candidates:
  - { id: cheap/small, upstream: cheap, resembles: small, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } }
  - { id: dear/large, upstream: dear, resembles: large, price: { inputUsdPerMTok: 10, outputUsdPerMTok: 20 } }
routes:
  default:
    incumbent: dear/large
    candidates: [cheap/small, dear/large]
    mode: active
    policy: { name: always, candidate: cheap/small }
    holdout: ${holdout}
    activation: { override: a trial, ramp: { stages: [0.9, 1], hours: 0, requests: 1000 } }
auth: { required: false }
router: { timeoutMs: 2000 }
gateway: { retries: 0 }
`,
  });
  return host;
}

async function ask({ app }: TestApp) {
  const payload = { model: "weir/auto", messages: [{ role: "user", content: "hello there" }] };
  const answer = await app.inject({ method: "POST", url: "/v1/chat/completions", payload });
  expect(answer.statusCode).toBe(200);
  return answer.headers["x-weir-activation"];
}

async function standing({ app }: TestApp) {
  const { routes, alarms } = (await app.inject({ url: "/admin/activation", headers: admin })).json();
  return { ...routes[0], alarms };
}

/** Asks, some at once, until the route is rolled back; how many requests were routed before it was held and before it was rolled back. */
async function untilRolledBack(app: TestApp, most: number, atOnce: number) {
  let [routed, heldAt] = [0, null as number | null];
  for (let asked = 0; asked < most; asked += atOnce) {
    const because = await Promise.all(Array.from({ length: atOnce }, () => ask(app)));
    routed += because.filter((one) => one === "override").length;
    const { ramp } = await standing(app);
    if (ramp.held !== null) heldAt ??= routed;
    if (ramp.rolled_back !== null) return { routed, heldAt, ramp };
  }
  return { routed, heldAt, ramp: (await standing(app)).ramp };
}

describe("a route whose routed model", () => {
  it("fails is held and rolled back to its incumbent within thirty routed requests, and clients see no error", async () => {
    const app = await start(cheap.url);
    cheap.behave({ kind: "json", status: 500, body: { error: { message: "no" } } });
    const { routed, heldAt, ramp } = await untilRolledBack(app, 400, 1);
    expect(ramp.rolled_back).toMatchObject({ signal: "errors" });
    expect(heldAt).toBeLessThan(routed);
    expect(routed).toBeLessThanOrEqual(30);
    expect(await standing(app)).toMatchObject({ standing: "rolled_back", share: 0, alarms: [{ signal: "errors" }] });
    const asked = cheap.received.length;
    for (let i = 0; i < 20; i++) expect(await ask(app)).toBe("rolled_back");
    expect(cheap.received.length).toBe(asked);
    cheap.behave({ kind: "json", body: ANSWER });
    const payload = { route: "default" };
    const resumed = await app.app.inject({ method: "POST", url: "/admin/activation/resume", headers: admin, payload });
    expect(resumed.json()).toMatchObject({ standing: "override", ramp: { stage: 0, rolled_back: null } });
  });

  it("fails seldom, within what is allowed, goes on being routed", async () => {
    const app = await start(cheap.url);
    const fine = { kind: "json", body: ANSWER } as const;
    const fails = { kind: "json", status: 500, body: { error: { message: "no" } } } as const;
    cheap.behave(...Array.from({ length: 120 }, (_, i) => (i % 40 === 20 ? fails : fine)));
    const { ramp } = await untilRolledBack(app, 300, 5);
    expect(ramp).toMatchObject({ rolled_back: null });
  });

  it("is slow is rolled back within forty routed requests", async () => {
    delayMs = 0;
    const app = await start(slowUrl(), 0.3);
    // The incumbent's usual time is learnt from fifty answers.
    await untilRolledBack(app, 240, 4);
    delayMs = SLOW_MS;
    const { routed, ramp } = await untilRolledBack(app, 200, 10);
    expect(ramp.rolled_back, JSON.stringify((await standing(app)).signals)).toMatchObject({ signal: "latency" });
    expect(routed).toBeLessThanOrEqual(40);
    expect(await ask(app)).toBe("rolled_back");
  });
});
