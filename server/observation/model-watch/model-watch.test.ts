import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { seedObservation } from "../../activation/testing/seed-observation.ts";
import { createLedgerCheck } from "../../savings/ledger.ts";
import type { LedgerRow } from "../../savings/ledger-row.ts";
import { buildTestApp, TEST_ADMIN_KEY, type TestApp } from "../../testing/build-test-app.ts";
import { type FaultUpstream, startFaultUpstream } from "../../testing/fault-upstream.ts";
import type { SeenAnswer } from "./model-state.ts";

const admin = { authorization: `Bearer ${TEST_ADMIN_KEY}` };
const DAY_MS = 86_400_000;

let folder: string;
let upstream: FaultUpstream;
const hosts: TestApp[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "weir-drift-"));
  upstream = await startFaultUpstream();
});
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
  await upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

function config({ drift = "{}", mode = "active", largeUsd = 10, more = "" } = {}): string {
  return `
upstreams: { up: { provider: openai-compatible, baseUrl: "${upstream.url}/v1" } }
candidates:
  - { id: up/small, upstream: up, resembles: small, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } }
  - { id: up/large, upstream: up, resembles: large, price: { inputUsdPerMTok: ${largeUsd}, outputUsdPerMTok: 20 } }
routes:
  default:
    incumbent: up/large
    candidates: [up/small, up/large]
    mode: ${mode}
    policy: { name: always, candidate: up/small }
    activation: { ramp: { stages: [1], hours: 0, requests: 0 } ${more} }
drift: ${drift}
auth: { required: false }
router: { timeoutMs: 2000 }
gateway: { retries: 0 }
`;
}

async function start(text: string): Promise<TestApp> {
  const host = await buildTestApp({ config: text, storage: `sqlite:${join(folder, "weir.db")}` });
  hosts.push(host);
  return host;
}

async function restart(host: TestApp, text: string): Promise<TestApp> {
  hosts.splice(hosts.indexOf(host), 1);
  await host.close();
  return start(text);
}

function answers(version: string, { fingerprint = "fp_1", text = "an answer", finish = "stop" } = {}): void {
  const message = { role: "assistant", content: text };
  upstream.behave({
    kind: "json",
    body: {
      id: "a",
      model: version,
      system_fingerprint: fingerprint,
      choices: [{ index: 0, message, finish_reason: finish }],
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    },
  });
}

async function ask({ app }: TestApp, model = "weir/auto") {
  const payload = { model, messages: [{ role: "user", content: "hello there" }] };
  return app.inject({ method: "POST", url: "/v1/chat/completions", payload });
}

async function get({ app }: TestApp, url: string) {
  return (await app.inject({ url, headers: admin })).json();
}

async function post({ app }: TestApp, url: string, payload: object) {
  const answer = await app.inject({ method: "POST", url, headers: admin, payload });
  return { status: answer.statusCode, body: answer.json() };
}

async function certified(text = config()): Promise<TestApp> {
  const host = await start(text);
  answers("small-2026-01-01");
  await ask(host, "up/small");
  host.service.modelWatch.watch.flush();
  await seedObservation(host);
  const { body } = await post(host, "/admin/certificate", { route: "default", max_quality_loss: 0.05 });
  expect(body.certified, JSON.stringify(body)).toBe(true);
  return host;
}

const standing = async (host: TestApp) => (await get(host, "/admin/activation")).routes[0].standing;

function seen(fields: Partial<SeenAnswer>): SeenAnswer {
  return {
    model: "up/small",
    source: "traffic",
    atMs: 1_800_000_000_000,
    version: null,
    fingerprint: null,
    isRefused: false,
    outputTokens: 100,
    expectedTokens: 100,
    hasPassed: null,
    costNanoUsd: 0,
    ...fields,
  };
}

describe("versions", () => {
  it("are recorded of every answer, in the log and by day, whole and streamed", async () => {
    const host = await start(config());
    answers("large-2026-01-01");
    const { headers } = await ask(host);
    await host.service.requestLog.flush(5_000);
    const story = await get(host, `/admin/requests/${headers["x-request-id"]}`);
    expect(story.attempts[0]).toMatchObject({ outcome: "ok", version: "large-2026-01-01 fp_1" });
    const chunk = (delta: object, finish: string | null) =>
      `data: ${JSON.stringify({ id: "a", model: "large-2026-01-01", system_fingerprint: "fp_2", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
    upstream.behave({ kind: "sse", frames: [chunk({ content: "hi" }, null), chunk({}, "stop"), "data: [DONE]\n\n"] });
    const streamed = { model: "weir/auto", stream: true, messages: [{ role: "user", content: "hello there" }] };
    await host.app.inject({ method: "POST", url: "/v1/chat/completions", payload: streamed });
    const { models } = await get(host, "/admin/drift");
    expect(models).toMatchObject([
      {
        model: "up/large",
        version: "large-2026-01-01",
        versions: expect.arrayContaining([
          expect.objectContaining({ kind: "model", name: "large-2026-01-01", answers: 2 }),
          expect.objectContaining({ kind: "fingerprint", name: "fp_1", answers: 1 }),
          expect.objectContaining({ kind: "fingerprint", name: "fp_2", answers: 1 }),
        ]),
      },
    ]);
  });

  it("bind certificates: another one voids them, and tells webhook, metric and dashboard", async () => {
    const told: unknown[] = [];
    const webhook = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        told.push(JSON.parse(Buffer.concat(chunks).toString("utf8")));
        response.end();
      });
    }).listen(0, "127.0.0.1");
    await once(webhook, "listening");
    const hook = `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/`;
    const host = await certified(config({ drift: `{ webhook: "${hook}" }` }));
    const { certificate } = await get(host, "/admin/certificate?route=default");
    expect(certificate.binding.models).toMatchObject([
      { model: "up/large", version: null },
      { model: "up/small", version: "small-2026-01-01" },
    ]);
    expect(await standing(host)).toBe("certified");
    answers("small-2026-06-01");
    await ask(host, "up/small");
    host.service.modelWatch.watch.flush();
    host.service.activation.tick();
    expect(await standing(host)).toBe("certificate_void");
    const because = "up/small answers as small-2026-06-01 and was small-2026-01-01 before";
    const alarm = { route: "default", model: "up/small", signal: "version", because };
    expect((await get(host, "/admin/drift?route=default")).alarms).toMatchObject([alarm]);
    await expect.poll(() => told).toMatchObject([{ type: "route.alarm", ...alarm }]);
    const metrics = (await host.app.inject({ url: "/metrics", headers: admin })).body;
    expect(metrics).toContain('weir_alarms_total{route="default",signal="version"} 1');
    webhook.close();
    const again = await restart(host, config());
    expect(await standing(again)).toBe("certificate_void");
    expect((await get(again, "/admin/drift")).alarms).toMatchObject([alarm]);
  });

  it("refuse a certificate when they changed while the route was observed", async () => {
    const host = await start(config());
    for (const version of ["small-1", "small-2"]) {
      answers(version);
      await ask(host, "up/small");
      host.service.modelWatch.watch.flush();
    }
    await seedObservation(host);
    const { status, body } = await post(host, "/admin/certificate", { route: "default" });
    expect(status).toBe(409);
    expect(body.error.message).toMatch(/up\/small changed while it was observed/);
  });

  it("let a new fingerprint of the same name be, unless it is said to alarm", async () => {
    const noting = await certified();
    answers("small-2026-01-01", { fingerprint: "fp_9" });
    await ask(noting, "up/small");
    noting.service.modelWatch.watch.flush();
    expect(await standing(noting)).toBe("certified");
    const strict = await restart(noting, config({ drift: "{ fingerprints: alarm }" }));
    answers("small-2026-01-01", { fingerprint: "fp_10" });
    await ask(strict, "up/small");
    strict.service.modelWatch.watch.flush();
    expect(await standing(strict)).toBe("certificate_void");
    expect((await get(strict, "/admin/drift")).alarms).toMatchObject([{ signal: "fingerprint" }]);
  });
});

describe("signals", () => {
  it.each([
    ["refusals", (i: number) => seen({ isRefused: i >= 600 && i % 3 === 0 })],
    ["length", (i: number) => seen({ outputTokens: i < 400 ? 90 + (i % 21) : 400 })],
    ["canary", (i: number) => seen({ source: "canary", hasPassed: i < 60 })],
  ])("void the certificate that they touch: %s", async (signal, answer) => {
    const host = await certified();
    for (let i = 0; i < 900; i++) host.service.modelWatch.watch.take(answer(i));
    host.service.modelWatch.watch.flush();
    expect(await standing(host)).toBe("certificate_void");
    const { alarms, models } = await get(host, "/admin/drift?route=default");
    expect(alarms).toMatchObject([{ model: "up/small", signal }]);
    expect(models[1]?.signals ?? models[0].signals).toHaveLength(3);
    expect((await post(host, "/admin/certificate", { route: "default" })).status).toBe(409);
  });

  it("touch no certificate of a route without the model", async () => {
    const host = await certified();
    for (let i = 0; i < 900; i++)
      host.service.modelWatch.watch.take(seen({ model: "up/other", isRefused: i >= 600 && i % 3 === 0 }));
    host.service.modelWatch.watch.flush();
    expect(await standing(host)).toBe("certified");
    expect((await get(host, "/admin/drift?route=default")).alarms).toEqual([]);
  });

  it("add up what two processes saw", async () => {
    const first = await start(config());
    const second = await start(config());
    for (let i = 0; i < 250; i++) {
      first.service.modelWatch.watch.take(seen({}));
      second.service.modelWatch.watch.take(seen({}));
    }
    first.service.modelWatch.watch.flush();
    second.service.modelWatch.watch.flush();
    const [{ signals }] = (await get(first, "/admin/drift")).models;
    expect(signals[0]).toMatchObject({ signal: "refusals", state: "watching", looks: 0 });
  });
});

describe("canaries", () => {
  const PROMPTS = 'prompts: [{ id: one, prompt: "one?", expect: "^right$" }, { id: two, prompt: "two?" }]';

  it("are asked once a slot by one of all processes, logged apart and kept in the ledger", async () => {
    const text = config({ drift: `{ canaries: { ${PROMPTS} } }`, more: ", override: a trial }\n    holdout: 0.2 #" });
    const host = await start(text);
    const other = await start(text);
    answers("v1", { text: "right" });
    await ask(host);
    const before = upstream.received.length;
    await Promise.all([host.service.modelWatch.canaries.tick(), other.service.modelWatch.canaries.tick()]);
    await host.service.modelWatch.canaries.tick();
    expect(upstream.received.length - before).toBe(4);
    expect(upstream.received.slice(before).map(({ body }) => JSON.parse(body))).toMatchObject(
      ["one?", "two?", "one?", "two?"].map((content) => ({ temperature: 0, messages: [{ content }] })),
    );
    for (const one of [host, other]) {
      one.service.modelWatch.watch.flush();
      await one.service.requestLog.flush(5_000);
    }
    const { models } = await get(host, "/admin/drift");
    expect(models.flatMap((model: { canaries: object[] }) => model.canaries)).toMatchObject([
      { asked: 2, passed: 2, cost_usd: 0.0004 },
      { asked: 2, passed: 2, cost_usd: 0.00004 },
    ]);
    const { rows: logged } = await get(host, "/admin/requests");
    expect(logged.map(({ arm }: { arm: string }) => arm)).toContain("canary");
    host.service.activation.close();
    const ledger = createLedgerCheck();
    const rows = host.service.storage.ledger
      .lines("default", { fromSeq: 0, limit: 100 })
      .map((line) => ledger.take(line) ?? (JSON.parse(line) as LedgerRow));
    const spent = rows.flatMap(({ fact }) => (fact.kind === "overhead" && fact.source === "canary" ? [fact] : []));
    expect(spent.length).toBeGreaterThan(0);
    const asked = upstream.received.length;
    host.advance(DAY_MS);
    await host.service.modelWatch.canaries.tick();
    expect(upstream.received.length - asked).toBe(4);
  });

  it("cost no more than the day may, and say what was not asked", async () => {
    const host = await start(config({ drift: `{ canaries: { dailyUsd: 0.0003, ${PROMPTS} } }` }));
    answers("v1", { text: "wrong" });
    const { status, body } = await post(host, "/admin/drift/canaries", {});
    expect(status).toBe(200);
    // Models in order of name: two of the dear one exhaust the day.
    expect(body).toMatchObject({ asked: 2, passed: 1, skipped: 2, cost_usd: 0.0004 });
    expect((await post(host, "/admin/drift/canaries", {})).body).toMatchObject({ asked: 0, skipped: 4 });
  });

  it("tell nothing of a model when nobody is reached", async () => {
    const host = await start(config({ drift: `{ canaries: { ${PROMPTS} } }` }));
    upstream.behave({ kind: "reset" });
    expect((await post(host, "/admin/drift/canaries", {})).body).toMatchObject({ asked: 0, unreached: 4 });
    expect((await get(host, "/admin/drift")).models).toEqual([]);
  });

  it("are refused where none are configured, and at start where no route has their model", async () => {
    const host = await start(config());
    expect((await post(host, "/admin/drift/canaries", {})).status).toBe(400);
    await expect(start(config({ drift: "{ canaries: { models: [up/none] } }" }))).rejects.toThrow(
      /drift\.canaries\.models\.0/,
    );
    await expect(
      start(config({ drift: '{ canaries: { prompts: [{ id: a, prompt: b, expect: "(" }] } }' })),
    ).rejects.toThrow(/regular expression/);
  });
});

describe("prices", () => {
  it("alarm when they change, also over a restart, and void only for as long", async () => {
    const host = await certified();
    const dearer = await restart(host, config({ largeUsd: 12 }));
    // Its clock begins anew, a little before the certificate was issued.
    dearer.advance(1_000);
    dearer.service.activation.tick();
    expect((await get(dearer, "/admin/drift")).alarms).toMatchObject([{ model: "up/large", signal: "price" }]);
    const [{ standing: stands, certificate }] = (await get(dearer, "/admin/activation")).routes;
    expect([stands, certificate.void_because]).toEqual([
      "certificate_void",
      [expect.objectContaining({ code: "price_changed" })],
    ]);
    dearer.setConfig(config());
    await dearer.service.reload();
    expect((await get(dearer, "/admin/drift")).alarms).toHaveLength(2);
    expect(await standing(dearer)).toBe("certified");
  });
});
