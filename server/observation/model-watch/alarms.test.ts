import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { seedObservation } from "../../activation/testing/seed-observation.ts";
import { buildTestApp, TEST_ADMIN_KEY, type TestApp } from "../../testing/build-test-app.ts";
import { type FaultUpstream, startFaultUpstream } from "../../testing/fault-upstream.ts";

const headers = { authorization: `Bearer ${TEST_ADMIN_KEY}` };
const DAY_MS = 86_400_000;

let upstream: FaultUpstream;
let webhook: Server;
let told: Record<string, unknown>[];
let host: TestApp;
beforeEach(async () => {
  told = [];
  upstream = await startFaultUpstream();
  webhook = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      told.push(JSON.parse(Buffer.concat(chunks).toString("utf8")) as Record<string, unknown>);
      response.end();
    });
  }).listen(0, "127.0.0.1");
  await once(webhook, "listening");
  host = await buildTestApp({ config: config(10) });
});
afterEach(async () => {
  await host.close();
  await upstream.close();
  webhook.close();
});

function config(largeUsd: number): string {
  const { port } = webhook.address() as AddressInfo; // it listens on TCP
  const prompts = Array.from({ length: 10 }, (_, i) => `{ id: q${i}, prompt: "Question ${i}?", expect: "^right" }`);
  return `
upstreams: { up: { provider: openai-compatible, baseUrl: "${upstream.url}/v1" } }
candidates:
  - { id: up/small, upstream: up, resembles: small, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } }
  - { id: up/large, upstream: up, resembles: large, price: { inputUsdPerMTok: ${largeUsd}, outputUsdPerMTok: 20 } }
routes:
  default:
    incumbent: up/large
    candidates: [up/small, up/large]
    mode: active
    policy: { name: always, candidate: up/small }
    activation: { ramp: { stages: [1], hours: 0, requests: 0 } }
drift: { falseAlarmRate: 0.2, webhook: "http://127.0.0.1:${port}/", canaries: { dailyUsd: 50, prompts: [${prompts.join(", ")}] } }
auth: { required: false }
router: { timeoutMs: 20000 }
gateway: { retries: 0 }
`;
}

function answers({ text = "right, an answer", finish = "stop", tokens = 5, version = "v1" } = {}): void {
  const message = { role: "assistant", content: text };
  upstream.behave({
    kind: "json",
    body: {
      id: "a",
      model: version,
      choices: [{ index: 0, message, finish_reason: finish }],
      usage: { prompt_tokens: 10, completion_tokens: tokens, total_tokens: 10 + tokens },
    },
  });
}

async function ask(times: number, model = "up/small", contentOf = (_: number) => "hello there"): Promise<void> {
  for (let i = 0; i < times; i++) {
    const payload = { model, messages: [{ role: "user", content: contentOf(i) }] };
    await host.app.inject({ method: "POST", url: "/v1/chat/completions", payload });
  }
  host.service.modelWatch.watch.flush();
}

const get = async (url: string) => (await host.app.inject({ url, headers })).json();
const post = async (url: string, payload: object) =>
  (await host.app.inject({ method: "POST", url, headers, payload })).json();
const standing = async () => (await get("/admin/activation")).routes[0].standing;

async function certify(): Promise<void> {
  await seedObservation(host);
  const body = await post("/admin/certificate", { route: "default", max_quality_loss: 0.05 });
  expect(body.certified, JSON.stringify(body)).toBe(true);
  expect(await standing()).toBe("certified");
}

/** What clients, vendors and operators do, over HTTP; each changes one thing after the certificate. */
const CHANGES: Readonly<Record<string, { before(): Promise<void>; after(): Promise<void> }>> = {
  version: {
    before: () => ask(1),
    async after() {
      answers({ version: "v2" });
      await ask(1);
    },
  },
  refusals: {
    before: () => ask(520),
    async after() {
      answers({ text: "", finish: "content_filter" });
      await ask(60);
    },
  },
  length: {
    before: () => ask(1),
    async after() {
      // Beside what the router expects: of requests that it decided.
      await ask(220, "weir/auto");
      answers({ tokens: 900 });
      await ask(150, "weir/auto");
    },
  },
  canary: {
    async before() {
      for (let i = 0; i < 6; i++) await post("/admin/drift/canaries", {});
    },
    async after() {
      answers({ text: "wrong" });
      for (let i = 0; i < 6; i++) await post("/admin/drift/canaries", {});
      host.service.modelWatch.watch.flush();
    },
  },
  price: {
    before: () => ask(1),
    async after() {
      host.setConfig(config(12));
      await host.service.reload();
    },
  },
  input: {
    async before() {
      for (let day = 0; day < 6; day++) {
        await ask(35, "weir/auto", (i) => `What is ${i} + ${day + i}?`);
        host.advance(DAY_MS);
      }
      host.service.shapes.flush();
    },
    async after() {
      host.advance(DAY_MS);
      const letter = "Please write a long and friendly letter to our customers about the new opening hours. ".repeat(
        40,
      );
      await ask(70, "weir/auto", (i) => `${i}: ${letter}`);
      host.advance(DAY_MS);
      await host.service.shapes.look();
    },
  },
};

it.each(Object.keys(CHANGES))(
  "a certificate is void once its %s changed, and webhook, metric and page say so",
  async (signal) => {
    const { before, after } = CHANGES[signal]!;
    answers();
    await before();
    await certify();
    expect(told).toEqual([]);
    await after();
    host.service.activation.tick();
    expect(await standing()).toBe("certificate_void");
    const { alarms } = await get("/admin/drift?route=default");
    const ofSignal = alarms.filter((alarm: { signal: string }) => alarm.signal === signal);
    expect(ofSignal.length).toBeGreaterThan(0);
    const event = { type: "route.alarm", route: "default", signal, because: ofSignal[0].because };
    await expect.poll(() => told).toContainEqual(expect.objectContaining(event));
    const metrics = (await host.app.inject({ url: "/metrics", headers })).body;
    expect(metrics).toContain(`weir_alarms_total{route="default",signal="${signal}"} ${ofSignal.length}`);
    // The client is served all the same, by the incumbent.
    answers();
    const payload = { model: "weir/auto", messages: [{ role: "user", content: "hello there" }] };
    const served = await host.app.inject({ method: "POST", url: "/v1/chat/completions", payload });
    expect(served.headers["x-weir-model"]).toBe("up/large");
  },
);
