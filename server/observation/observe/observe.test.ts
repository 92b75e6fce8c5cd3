import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { thisWriter, writerName } from "../../log/segment-name.ts";
import { TEST_ADMIN_KEY, type TestApp } from "../../testing/build-test-app.ts";
import { type FaultUpstream, startFaultUpstream } from "../../testing/fault-upstream.ts";
import { commitmentOf } from "../audit-design.ts";
import { ask, buildObservedApp, DAY_MS, observedConfig } from "../testing/observed-app.ts";
import type { reportBody } from "./report-body.ts";

type Body = ReturnType<typeof reportBody>;

const admin = { authorization: `Bearer ${TEST_ADMIN_KEY}` };
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function start(config: string, options: Parameters<typeof buildObservedApp>[1] = {}): Promise<TestApp> {
  const host = await buildObservedApp(config, options);
  open.push(host);
  return host;
}

async function startUpstream(): Promise<FaultUpstream> {
  const upstream = await startFaultUpstream();
  open.push(upstream);
  return upstream;
}

async function report({ app }: TestApp, query = ""): Promise<Body> {
  const answer = await app.inject({ url: `/admin/observation${query}`, headers: admin });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json();
}

async function askMany(host: TestApp, count: number, name = "question"): Promise<void> {
  for (let i = 0; i < count; i++) expect((await ask(host, `${name} ${i}`)).statusCode).toBe(200);
}

/** Rows of the log, newest first. */
async function logged(host: TestApp, query: string): Promise<Record<string, unknown>[]> {
  await host.service.requestLog.flush(5_000);
  const answer = await host.app.inject({ url: `/admin/requests?${query}`, headers: admin });
  return answer.json<{ rows: Record<string, unknown>[] }>().rows;
}

describe("a route that observes", () => {
  it("draws, replays and judges requests that the client never hears of", async () => {
    const host = await start(observedConfig("{ auditRate: 1, noiseShare: 1 }"));
    for (let i = 0; i < 10; i++) {
      expect((await ask(host, `question ${i}`)).headers["x-weir-model"]).toBe("dear/large-1");
    }
    await host.service.observer.settled();
    const body = await report(host);
    expect(body.audits).toMatchObject({ drawn: 10, done: 10, queued: 0, lost: 0, unjudged: 0, note: null });
    expect(body.audits.replay_usd).toBeGreaterThan(0);
    expect(body.audits.judge_usd).toBeGreaterThan(0);
    expect(body).toMatchObject({ day: 1, days: 14, state: "running", salt: null });
    expect(body.traffic).toMatchObject({ requests: 10, eligible: 10, excluded_share: 0 });
    expect(body.judged_by).toEqual([{ name: "judges/umpire", audits: 10 }]);
    // The incumbent says the same to the same request.
    expect(body.noise_floor).toMatchObject({ audits: 10, discordant_share: 0 });
    expect(body.envelope).toMatchObject([
      { model: "cheap/small-1", name: "price-only upper bound, quality unmeasured" },
    ]);
  });

  it("logs what audits call as audits, on nobody's account and past every limit", async () => {
    const host = await start(observedConfig("{ auditRate: 1, noiseShare: 0 }"));
    await askMany(host, 2);
    await host.service.observer.settled();
    const audits = await logged(host, "filter.arm=audit&limit=50");
    // A replay and two orders of a verdict each.
    expect(audits.map(({ model }) => model).sort()).toEqual([
      "cheap/small-1",
      "cheap/small-1",
      ...Array<string>(4).fill("judges/umpire"),
    ]);
    for (const row of audits) expect(row).toMatchObject({ arm: "audit", key_id: null, route: "default", status: 200 });
    expect((await logged(host, "limit=50")).filter(({ arm }) => arm !== "audit")).toHaveLength(2);
  });

  it("publishes the commitment to its salt before, and the salt when nothing more is drawn with it", async () => {
    const host = await start(observedConfig("{ auditRate: 1, days: 2 }"));
    await askMany(host, 1);
    const before = await report(host);
    host.advance(2 * DAY_MS);
    await host.service.observer.tick();
    await askMany(host, 3);
    await host.service.observer.settled();
    const after = await report(host);
    expect(after).toMatchObject({ state: "complete", day: 2, commitment: before.commitment });
    expect(commitmentOf(after.salt!)).toBe(before.commitment);
    expect(after.traffic.requests).toBe(1);
  });

  it("leaves out by rule what has side effects, is private or excluded, and says how much of each", async () => {
    const host = await start(observedConfig("{ auditRate: 1, exclude: [{ when: { metadata.feature: payroll } }] }"));
    await askMany(host, 4);
    const tools = [{ type: "function", function: { name: "pay", parameters: { type: "object" } } }];
    await ask(host, "pay him", { more: { tools } });
    await ask(host, "a secret", { metadata: { private: true } });
    await ask(host, "wages", { metadata: { feature: "payroll" } });
    await ask(host, "none", { more: { messages: [] } });
    await host.service.observer.settled();
    const body = await report(host);
    expect(body.audits).toMatchObject({ drawn: 4, done: 4 });
    expect(Object.fromEntries(body.traffic.excluded.map(({ reason, requests }) => [reason, requests]))).toEqual({
      tools: 1,
      private: 1,
      rule: 1,
      failed: 1,
    });
    expect(body.traffic.excluded_share).toBeCloseTo(4 / 8, 12);
  });

  it("counts what is audited, what is not and why, and what it costs", async () => {
    const host = await start(observedConfig("{ auditRate: 1 }", { judge: "no verdict at all" }));
    await ask(host, "one");
    await ask(host, "a secret", { metadata: { private: true } });
    await host.service.observer.settled();
    const { body } = await host.app.inject({ url: "/metrics", headers: admin });
    expect(body).toContain('weir_observed_requests_total{route="default",outcome="drawn"} 1');
    expect(body).toContain('weir_observed_requests_total{route="default",outcome="private"} 1');
    expect(body).toContain('weir_audits_total{route="default",state="unjudged",reason="judge_nonsense"} 1');
    expect(body).toMatch(/weir_audit_usd_total\{route="default",on="judge"\} 0\.000/);
  });

  it("goes on in mode active while nothing may be routed, and begins the audit that never ends once something may", async () => {
    const text = observedConfig("{ auditRate: 1 }", { mode: "active" });
    const host = await start(text);
    await ask(host, "one");
    await host.service.observer.settled();
    expect(await report(host)).toMatchObject({ kind: "observe", days: 14, audits: { done: 1 } });
    host.setConfig(text.replace("mode: active", "mode: active\n    activation: { override: a trial }"));
    await host.service.reload();
    await host.service.observer.tick();
    expect(await report(host)).toMatchObject({ kind: "active", days: null });
  });

  it("is not taken over by another server of the same process while it is open", async () => {
    const folder = mkdtempSync(join(tmpdir(), "weir-two-"));
    open.push({ close: () => rmSync(folder, { recursive: true, force: true }) });
    const storage = `sqlite:${join(folder, "weir.db")}`;
    const text = observedConfig("{ auditRate: 1 }");
    const first = await start(text, { storage });
    await ask(first, "waits in memory");
    const second = await start(text, { storage });
    await second.service.observer.tick();
    await first.service.observer.settled();
    expect((await report(first)).audits).toMatchObject({ drawn: 1, done: 1, lost: 0 });
  });

  it("with an audit budget of zero audits nothing and says that nothing can be certified", async () => {
    const host = await start(observedConfig("{ auditRate: 1, dailyUsd: 0 }"));
    await askMany(host, 5);
    await host.service.observer.settled();
    const body = await report(host);
    expect(body.audits).toMatchObject({ drawn: 0, note: "no audits, nothing can be certified" });
    expect(body).toMatchObject({ projected: null, certifiable: { refusal: "no_audits" } });
    expect(body.traffic.requests).toBe(5);
    expect(await logged(host, "filter.arm=audit")).toEqual([]);
  });

  it("without the section audits nothing, and still says what prices alone would save", async () => {
    const config = observedConfig("{}").replace("    observation: {}\n", "");
    const host = await start(config);
    await askMany(host, 5);
    await host.service.observer.settled();
    const body = await report(host);
    expect(body.audits.drawn).toBe(0);
    expect(body.envelope[0]!.high).toBeGreaterThan(0.9);
  });

  it("queues what the day's budget does not allow, and loses none of it", async () => {
    const host = await start(observedConfig("{ auditRate: 1, noiseShare: 0, dailyUsd: 0.000001, parallel: 1 }"));
    await askMany(host, 4);
    await host.service.observer.settled();
    const first = (await report(host)).audits;
    expect(first).toMatchObject({ drawn: 4, lost: 0 });
    expect(first.done).toBeGreaterThanOrEqual(1);
    expect(first.queued).toBe(4 - first.done);
    for (let day = 0; day < 4; day++) {
      host.advance(DAY_MS);
      await host.service.observer.tick();
      await host.service.observer.settled();
    }
    expect((await report(host)).audits).toMatchObject({ done: 4, queued: 0, lost: 0 });
  });
});

describe("a judge", () => {
  it("that answers nonsense is asked once more, and then the audit is counted as not judged", async () => {
    const host = await start(observedConfig("{ auditRate: 1, noiseShare: 0 }", { judge: "as an AI I cannot say" }));
    await askMany(host, 3);
    await host.service.observer.settled();
    const body = await report(host);
    expect(body.audits).toMatchObject({ drawn: 3, done: 0, unjudged: 3, lost: 0, unjudged_share: 1 });
    // The first order alone, twice.
    expect((await logged(host, "filter.arm=audit&filter.model=judges/umpire&limit=50")).length).toBe(6);
  });

  it("that never answers holds up nothing for longer than its time", async () => {
    const silent = await startUpstream();
    silent.behave({ kind: "stall" });
    const config = observedConfig("{ auditRate: 1, noiseShare: 0, judge: { timeoutMs: 40 } }").replace(
      /judges: \{.*\}\n/,
      `judges: { provider: openai-compatible, baseUrl: "${silent.url}/v1" }\n`,
    );
    const host = await start(config);
    await askMany(host, 1);
    await host.service.observer.settled();
    expect((await report(host)).audits).toMatchObject({ unjudged: 1, queued: 0 });
    const verdicts = (await logged(host, "filter.arm=audit&limit=50")).filter(({ error }) => error === "timeout");
    expect(verdicts).toHaveLength(2);
  });

  it("that always names the first answer has seen no difference", async () => {
    const host = await start(observedConfig("{ auditRate: 1, noiseShare: 0 }", { judge: '{"better": "a"}' }));
    await askMany(host, 5);
    await host.service.observer.settled();
    const { certifiable, audits } = await report(host);
    expect(audits.done).toBe(5);
    expect(certifiable.overall).toMatchObject({ audits: 5 });
  });
});

describe("a restart in the middle", () => {
  it("goes on with what waited in the database and draws by the same salt", async () => {
    const folder = mkdtempSync(join(tmpdir(), "weir-observe-"));
    open.push({ close: () => rmSync(folder, { recursive: true, force: true }) });
    const silent = await startUpstream();
    silent.behave({ kind: "stall" });
    const storage = `sqlite:${join(folder, "weir.db")}`;
    const config = observedConfig("{ auditRate: 1, noiseShare: 0, auditPrivate: true }");
    const stalled = config.replace(
      /cheap: \{.*\}\n/,
      `cheap: { provider: openai-compatible, baseUrl: "${silent.url}/v1" }\n`,
    );
    const first = await buildObservedApp(stalled, { storage });
    await askMany(first, 5);
    await first.service.observer.tick();
    const before = await report(first);
    expect(before.audits).toMatchObject({ drawn: 5, queued: 5, done: 0 });
    await first.close();

    const second = await start(config, { storage });
    second.advance(1_000);
    await second.service.observer.settled();
    const after = await report(second);
    expect(after).toMatchObject({ observation: before.observation, commitment: before.commitment });
    expect(after.audits).toMatchObject({ drawn: 5, done: 5, lost: 0 });
    const texts = await second.service.storage.audits.textOf("any");
    expect(texts).toBeNull();
  });

  it("takes over what a process that was killed had under way", async () => {
    const host = await start(
      observedConfig("{ auditRate: 1, noiseShare: 0, auditPrivate: true, dailyUsd: 0.0000001, parallel: 1 }"),
    );
    const { audits } = host.service.storage;
    await askMany(host, 3);
    await host.service.observer.settled();
    const taken = await audits.take({
      routes: ["default"],
      // No process has so high a number here.
      holder: writerName({ ...thisWriter(0), pid: 2 ** 22 + 1 }),
      nowMs: host.now(),
      limit: 9,
    });
    expect(taken.length).toBeGreaterThan(0);
    host.advance(DAY_MS);
    await host.service.observer.settled();
    expect((await report(host)).audits).toMatchObject({ queued: taken.length });
    for (let day = 0; day < 4; day++) {
      host.advance(DAY_MS);
      await host.service.observer.tick();
      await host.service.observer.settled();
    }
    expect((await report(host)).audits).toMatchObject({ done: 3, queued: 0, lost: 0 });
  });

  it("loses audits whose texts may wait in memory only, and counts them as lost", async () => {
    const folder = mkdtempSync(join(tmpdir(), "weir-observe-"));
    open.push({ close: () => rmSync(folder, { recursive: true, force: true }) });
    const storage = `sqlite:${join(folder, "weir.db")}`;
    const config = observedConfig("{ auditRate: 1, noiseShare: 0, dailyUsd: 0.0000001, parallel: 1 }");
    const first = await buildObservedApp(config, { storage });
    await askMany(first, 5);
    await first.service.observer.settled();
    const { done, queued } = (await report(first)).audits;
    expect(done + queued).toBe(5);
    expect(queued).toBeGreaterThan(0);
    await first.close();

    const second = await start(config, { storage });
    const body = await report(second);
    expect(body.audits).toMatchObject({ drawn: 5, done, lost: queued, queued: 0 });
    expect(body.certifiable.refusal).toBe("too_many_lost");
  });
});

describe("things that change under an observation", () => {
  it("a route that changes begins anew, and the old observation is kept", async () => {
    const config = observedConfig("{ auditRate: 1, noiseShare: 0 }");
    const host = await start(config);
    await askMany(host, 3);
    await host.service.observer.settled();
    const before = await report(host);
    host.setConfig(config.replace("candidate: cheap/small-1", "candidate: dear/large-1"));
    await host.service.reload();
    const after = await report(host);
    expect(after.observation).not.toBe(before.observation);
    expect(after.traffic.requests).toBe(0);
    expect(after.previous).toMatchObject([{ observation: before.observation, end_reason: "route_changed" }]);
    host.advance(5_000);
    const old = await report(host, `?observation=${before.observation}`);
    expect(old).toMatchObject({ state: "ended", audits: { done: 3 } });
    expect(commitmentOf(old.salt!)).toBe(before.commitment);
  });

  it("another setting of audits changes nothing of what is observed", async () => {
    const config = observedConfig("{ auditRate: 1 }");
    const host = await start(config);
    const before = await report(host);
    host.setConfig(config.replace("auditRate: 1", "auditRate: 0.5"));
    await host.service.reload();
    expect((await report(host)).observation).toBe(before.observation);
  });

  it("a clock that jumps ahead and comes back ends nothing, and one set back counts as the first day", async () => {
    const host = await start(observedConfig("{ auditRate: 1, noiseShare: 0 }"));
    await askMany(host, 2, "before");
    host.advance(400 * DAY_MS);
    await host.service.observer.tick();
    await askMany(host, 2, "ahead");
    expect((await report(host)).state).toBe("complete");
    host.advance(-400 * DAY_MS);
    await host.service.observer.tick();
    await askMany(host, 2, "back");
    host.advance(-30 * DAY_MS);
    await host.service.observer.tick();
    await askMany(host, 2, "far back");
    await host.service.observer.settled();
    host.advance(30 * DAY_MS);
    await host.service.observer.tick();
    await host.service.observer.settled();
    const body = await report(host);
    expect(body).toMatchObject({ state: "running", day: 1 });
    expect(body.traffic.requests).toBe(6);
    expect(body.audits).toMatchObject({ drawn: 6, done: 6, lost: 0 });
  });

  it("a model that is away for a while is asked again later", async () => {
    const upstream = await startUpstream();
    upstream.behave({ kind: "text", status: 503, body: "busy" });
    const config = observedConfig("{ auditRate: 1, noiseShare: 0 }").replace(
      /cheap: \{.*\}\n/,
      `cheap: { provider: openai-compatible, baseUrl: "${upstream.url}/v1" }\n`,
    );
    const host = await start(config);
    await askMany(host, 1);
    await host.service.observer.settled();
    expect((await report(host)).audits).toMatchObject({ queued: 1, lost: 0 });
    for (let i = 0; i < 6; i++) {
      host.advance(7 * 3_600_000);
      await host.service.observer.settled();
    }
    expect((await report(host)).audits).toMatchObject({ queued: 0, lost: 1 });
  });
});

describe("labels by people", () => {
  it("are asked for without the models' names, and taken once", async () => {
    const host = await start(observedConfig("{ auditRate: 1, noiseShare: 0, goldShare: 1 }"));
    await askMany(host, 2);
    await host.service.observer.settled();
    const list = async () =>
      (await host.app.inject({ url: "/admin/observation/labels", headers: admin })).json<{
        tasks: { request: string; question: string; a: string; b: string }[];
      }>().tasks;
    const tasks = await list();
    expect(tasks.map(({ question }) => question)).toEqual(["user: question 0", "user: question 1"]);
    expect(JSON.stringify(tasks)).not.toContain("cheap/");
    expect(new Set(tasks.flatMap(({ a, b }) => [a, b]).map((text) => text.slice(0, 21)))).toEqual(
      new Set(["[simulated] small-1: ", "[simulated] large-1: "]),
    );
    const label = (request: string) =>
      host.app.inject({
        method: "POST",
        url: "/admin/observation/labels",
        headers: admin,
        payload: { labels: [{ request, better: "tie" }] },
      });
    expect((await label(tasks[0]!.request)).json()).toEqual({ labelled: 1 });
    expect((await list()).map(({ request }) => request)).toEqual([tasks[1]!.request]);
    expect(await host.service.storage.audits.textOf(tasks[0]!.request)).toBeNull();
    expect((await label("req_unknown")).statusCode).toBe(404);
  });
});
