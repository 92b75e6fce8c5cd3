import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { certifyRoute } from "../observation/certificates/certify-route-command.ts";
import { createLedgerCheck } from "../savings/ledger.ts";
import type { LedgerRow } from "../savings/ledger-row.ts";
import { buildTestApp, TEST_ADMIN_KEY, type TestApp } from "../testing/build-test-app.ts";
import { seedObservation } from "./testing/seed-observation.ts";

const admin = { authorization: `Bearer ${TEST_ADMIN_KEY}` };
const HOUR_MS = 3_600_000;

function config(route = "", policy = "{ name: always, candidate: up/small }"): string {
  return `
upstreams: { up: { provider: simulated } }
candidates:
  - { id: up/small, upstream: up, resembles: small, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } }
  - { id: up/large, upstream: up, resembles: large, price: { inputUsdPerMTok: 10, outputUsdPerMTok: 20 } }
routes:
  default: { incumbent: up/large, candidates: [up/small, up/large], mode: active, policy: ${policy}${route === "" ? "" : `, ${route}`} }
auth: { required: false }
router: { timeoutMs: 2000 }
`;
}

const FULL_RAMP = "activation: { ramp: { stages: [1], hours: 0, requests: 0 } }";

let folder: string;
const hosts: TestApp[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "weir-active-"));
});
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(text: string): Promise<TestApp> {
  const host = await buildTestApp({ config: text, storage: `sqlite:${join(folder, "weir.db")}` });
  hosts.push(host);
  return host;
}

async function stop(host: TestApp): Promise<void> {
  hosts.splice(hosts.indexOf(host), 1);
  await host.close();
}

async function ask({ app }: TestApp, session: string | null = null, body: object = {}) {
  const answer = await app.inject({
    method: "POST",
    url: "/v1/chat/completions",
    headers: session === null ? {} : { "x-weir-session": session },
    payload: { model: "weir/auto", messages: [{ role: "user", content: "hello there" }], ...body },
  });
  expect(answer.statusCode, answer.body).toBe(200);
  return {
    model: answer.headers["x-weir-model"],
    because: answer.headers["x-weir-activation"],
    id: answer.headers["x-request-id"],
  };
}

async function get({ app }: TestApp, url: string) {
  return (await app.inject({ url, headers: admin })).json();
}

async function post({ app }: TestApp, url: string, payload: object) {
  const answer = await app.inject({ method: "POST", url, headers: admin, payload });
  return { status: answer.statusCode, body: answer.json() };
}

async function certified(text = config(`holdout: 0, ${FULL_RAMP}`), seeded = {}): Promise<TestApp> {
  const host = await start(text);
  await seedObservation(host, seeded);
  const { status, body } = await post(host, "/admin/certificate", { route: "default", max_quality_loss: 0.05 });
  expect(status, JSON.stringify(body)).toBe(200);
  expect(body.certified).toBe(true);
  return host;
}

const standing = async (host: TestApp) => (await get(host, "/admin/activation")).routes[0];

describe("mode active", () => {
  it("serves as while it observes when there is neither certificate nor override, and says so", async () => {
    const host = await start(config());
    expect(await ask(host)).toMatchObject({ model: "up/large", because: "no_certificate" });
    expect(await standing(host)).toMatchObject({ standing: "no_certificate", share: 0, certificate: null, ramp: null });
    expect(
      host.logged.some(
        ({ msg, stopped }) => msg === "active route stays on its incumbent" && stopped === "no_certificate",
      ),
    ).toBe(true);
  });

  it("follows decisions under an override, and shows it", async () => {
    const host = await start(config('activation: { override: "a trial" }'));
    expect(await ask(host)).toMatchObject({ model: "up/small", because: "override" });
    expect(await standing(host)).toMatchObject({ standing: "override", override: "a trial", share: 1, holdout: null });
  });

  it("refuses an override without a reason, and a holdout of everybody", async () => {
    await expect(start(config('activation: { override: " " }'))).rejects.toThrow(/override/);
    await expect(start(config("holdout: 1"))).rejects.toThrow(/holdout/);
    await expect(start(config("activation: { ramp: { stages: [0.5, 0.1, 1] } }"))).rejects.toThrow(/stages/);
  });

  it("follows decisions from the certificate's threshold on", async () => {
    const host = await certified();
    expect(await ask(host)).toMatchObject({ model: "up/small", because: "certified" });
    expect(await standing(host)).toMatchObject({
      standing: "certified",
      share: 1,
      certificate: { valid: true, void_because: [] },
    });
  });

  it("keeps requests below the threshold on the incumbent", async () => {
    const host = await certified(undefined, { thresholds: [0.9999, 0.9998], score: 1 });
    expect(await ask(host)).toMatchObject({ model: "up/large", because: "below_threshold" });
  });

  it("keeps what no audit speaks of on the incumbent: tools and private content", async () => {
    const host = await certified();
    const tools = [{ type: "function", function: { name: "send", parameters: { type: "object" } } }];
    expect(await ask(host, null, { tools })).toMatchObject({ model: "up/large", because: "not_eligible" });
    for (const metadata of [{ private: "true" }, { private: true }]) {
      const answer = await host.app.inject({
        method: "POST",
        url: "/v1/chat/completions",
        headers: metadata.private === true ? { "x-weir-metadata": JSON.stringify(metadata) } : {},
        payload: {
          model: "weir/auto",
          messages: [{ role: "user", content: "hello there" }],
          ...(metadata.private === true ? {} : { metadata }),
        },
      });
      expect(answer.headers).toMatchObject({ "x-weir-model": "up/large", "x-weir-activation": "not_eligible" });
    }
  });

  it("keeps strata that were not certified on the incumbent", async () => {
    const host = await start(config(`holdout: 0, ${FULL_RAMP}`));
    await seedObservation(host, { stratum: (i) => (i % 2 === 0 ? "unheard-of" : "another") });
    const { body } = await post(host, "/admin/certificate", {
      route: "default",
      max_quality_loss: 0.1,
      scope: "strata",
    });
    expect(body.certified).toBe(true);
    expect(await ask(host)).toMatchObject({ model: "up/large", because: "not_certified" });
  });
});

describe("a certificate", () => {
  it("is void once prices, policy or router change, and holds again when they are as they were", async () => {
    const text = config(`holdout: 0, ${FULL_RAMP}`);
    const host = await certified(text);
    host.setConfig(text.replace("inputUsdPerMTok: 10", "inputUsdPerMTok: 9"));
    await host.service.reload();
    expect(await ask(host)).toMatchObject({ model: "up/large", because: "certificate_void" });
    expect((await get(host, "/admin/certificate?route=default")).void_because).toMatchObject([
      { code: "price_changed" },
    ]);
    host.setConfig(text);
    await host.service.reload();
    expect(await ask(host)).toMatchObject({ because: "certified" });
    await host.addVersion("2", 2);
    await host.service.routers.promote("default", "2");
    expect(await ask(host)).toMatchObject({ because: "certificate_void" });
    expect((await standing(host)).certificate.void_because).toMatchObject([{ code: "router_changed" }]);
  });

  it("is void at its expiry, between two looks as well, and holds again when the clock had only jumped", async () => {
    const host = await certified();
    host.advance(31 * 24 * HOUR_MS);
    expect(await ask(host)).toMatchObject({ model: "up/large", because: "certificate_void" });
    host.advance(-31 * 24 * HOUR_MS);
    host.service.activation.tick();
    expect((await standing(host)).certificate.valid).toBe(true);
  });

  it("is not issued where too little was seen, and says how many audits are missing", async () => {
    const host = await start(config());
    await seedObservation(host, { audits: 20 });
    const { status, body } = await post(host, "/admin/certificate", { route: "default" });
    expect(status).toBe(200);
    expect(body).toMatchObject({ certified: false, certificate: null, strata: [{ stratum: null, n: 20 }] });
    expect(body.strata[0].samples_missing).toBeGreaterThan(50);
    expect(await ask(host)).toMatchObject({ because: "no_certificate" });
  });

  it.each([
    ["has no audits", null, /no observation with audits/],
    ["has audits under way", { queued: 3 }, /3 audits are not over/],
    ["lost more than one in a hundred", { lost: 10 }, /were lost/],
  ])("is refused when the observation %s", async (_, seeded, message) => {
    const host = await start(config());
    if (seeded !== null) await seedObservation(host, seeded);
    const { status, body } = await post(host, "/admin/certificate", { route: "default" });
    expect(status).toBe(409);
    expect(body.error).toMatchObject({ code: "not_certifiable", message: expect.stringMatching(message) });
  });

  it("is refused when the route changed since it was observed", async () => {
    const host = await start(config());
    await seedObservation(host);
    host.setConfig(config("", "{ name: always, candidate: up/large }"));
    await host.service.reload();
    const { status, body } = await post(host, "/admin/certificate", { route: "default" });
    expect(status).toBe(409);
    expect(body.error.message).toMatch(/changed since it was observed/);
  });

  it("tests an observation once with its whole confidence; earlier looks share theirs out", async () => {
    const host = await start(config());
    await seedObservation(host, { isOver: false });
    const terms = (loss: number) => ({ route: "default", max_quality_loss: loss });
    expect((await post(host, "/admin/certificate", terms(0.05))).body).toMatchObject({
      test: 1,
      confidence_used: 0.975,
    });
    expect((await post(host, "/admin/certificate", terms(0.05))).body).toMatchObject({
      test: 1,
      confidence_used: 0.975,
    });
    expect((await post(host, "/admin/certificate", terms(0.04))).body).toMatchObject({
      test: 2,
      confidence_used: 0.9875,
    });
    await host.service.storage.audits.end("obs_seeded", host.now(), "completed");
    expect((await post(host, "/admin/certificate", terms(0.05))).body).toMatchObject({
      test: 3,
      confidence_used: 0.9875,
    });
    const again = await post(host, "/admin/certificate", terms(0.02));
    expect(again.status).toBe(409);
    expect(again.body.error.message).toMatch(/tested under other terms/);
  });

  it("refuses terms that make no sense, and routes that there are not", async () => {
    const host = await start(config());
    expect((await post(host, "/admin/certificate", { route: "default", confidence: 1 })).status).toBe(400);
    expect((await post(host, "/admin/certificate", { route: "lost" })).status).toBe(404);
    expect((await post(host, "/admin/activation/kill", { route: "lost" })).status).toBe(404);
    expect((await host.app.inject({ url: "/admin/savings?month=2026-13", headers: admin })).statusCode).toBe(400);
  });
});

describe("weir certify --route", () => {
  it("issues from the database, and the server that shares it takes the certificate up", async () => {
    const host = await start(config(`holdout: 0, ${FULL_RAMP}`));
    await seedObservation(host);
    const flags = {
      maxQualityLoss: 0.05,
      confidence: 0.95,
      loss: "harm",
      scope: "overall",
      days: 30,
      goldShare: 0,
    } as const;
    const { certificate } = await certifyRoute(
      { route: "default", storage: `sqlite:${join(folder, "weir.db")}`, ...flags },
      host.now(),
    );
    expect(certificate?.binding.route).toBe("default");
    host.service.activation.tick();
    expect(await ask(host)).toMatchObject({ model: "up/small", because: "certified" });
  });
});

describe("kill switch", () => {
  it("acts on the next request, in another process too, outlasts a restart and is taken back", async () => {
    const text = config('activation: { override: "a trial" }');
    const host = await start(text);
    const other = await start(text);
    expect(await ask(other)).toMatchObject({ because: "override" });
    const { body } = await post(host, "/admin/activation/kill", { route: "default", because: "it is wrong" });
    expect(body).toMatchObject({ standing: "killed", share: 0, killed: { because: "it is wrong" } });
    expect(await ask(host)).toMatchObject({ model: "up/large", because: "killed" });
    other.service.activation.tick();
    expect(await ask(other)).toMatchObject({ model: "up/large", because: "killed" });
    await stop(host);
    const third = await start(text);
    expect(await ask(third)).toMatchObject({ because: "killed" });
    await post(third, "/admin/activation/resume", { route: "default" });
    expect(await ask(third)).toMatchObject({ because: "override" });
  });

  it("is a line of the configuration as well", async () => {
    const host = await start(config('activation: { override: "a trial" }'));
    host.setConfig(config('activation: { override: "a trial", kill: true }'));
    await host.service.reload();
    expect(await ask(host)).toMatchObject({ because: "killed" });
    expect((await standing(host)).killed).toEqual({ at: null, because: "configuration" });
  });
});

describe("holdout and ledger", () => {
  const text = config('holdout: 0.5, activation: { override: "a trial" }');

  async function ledger({ app }: TestApp): Promise<LedgerRow[]> {
    const answer = await app.inject({ url: "/admin/savings/ledger?route=default", headers: admin });
    const check = createLedgerCheck();
    return answer.body
      .trimEnd()
      .split("\n")
      .map((line) => check.take(line));
  }

  it("keeps a share of the sessions on the incumbent, each in its arm, and writes all of it down", async () => {
    const host = await start(text);
    const arms = new Map<string, unknown>();
    for (let i = 0; i < 40; i++) {
      const { model, because } = await ask(host, `s${i % 20}`);
      expect(because).toBe(model === "up/large" ? "holdout" : "override");
      expect(arms.get(`s${i % 20}`) ?? model).toBe(model);
      arms.set(`s${i % 20}`, model);
    }
    const held = [...arms.values()].filter((model) => model === "up/large").length;
    expect(held).toBeGreaterThan(1);
    expect(held).toBeLessThan(19);
    const rows = await ledger(host);
    const kinds = (kind: string) => rows.filter(({ fact }) => fact.kind === kind).length;
    expect([kinds("terms"), kinds("session"), kinds("request"), kinds("prices")]).toEqual([1, 20, 40, 2]);
    const body = await get(host, "/admin/savings?route=default");
    expect(body).toMatchObject({ rows: rows.length, head: rows.at(-1)!.hash, why_none: null, lost_rows: 0 });
    expect(body.months).toHaveLength(1);
    expect(body.months[0].sessions).toEqual({ treatment: 20 - held, holdout: held });
  });

  it("goes on after a restart: same arms, same chain", async () => {
    const host = await start(text);
    const before = [];
    for (let i = 0; i < 10; i++) before.push((await ask(host, `s${i}`)).model);
    await stop(host);
    const again = await start(text);
    const after = [];
    for (let i = 0; i < 10; i++) after.push((await ask(again, `s${i}`)).model);
    expect(after).toEqual(before);
    const rows = await ledger(again);
    expect(rows.filter(({ fact }) => fact.kind === "session")).toHaveLength(10);
    expect(rows.filter(({ fact }) => fact.kind === "request")).toHaveLength(20);
    expect(rows.filter(({ fact }) => fact.kind === "terms")).toHaveLength(1);
  });

  it("shows its salt when it is asked to, and draws with another one", async () => {
    const host = await start(text);
    for (let i = 0; i < 5; i++) await ask(host, `s${i}`);
    const { body } = await post(host, "/admin/savings/reveal", { route: "default" });
    expect(body).toEqual({ route: "default", revealed_period: 1, period: 2 });
    for (let i = 0; i < 5; i++) await ask(host, `s${i}`);
    const rows = await ledger(host);
    expect(rows.filter(({ fact }) => fact.kind === "reveal")).toHaveLength(1);
    expect(rows.filter(({ fact }) => fact.kind === "session")).toHaveLength(10);
  });

  it("shows the salt of what is over as well: of a route that is not active any more", async () => {
    const host = await start(text);
    for (let i = 0; i < 5; i++) await ask(host, `s${i}`);
    await stop(host);
    const again = await start(text.replace("mode: active", "mode: observe"));
    const { body } = await post(again, "/admin/savings/reveal", { route: "default" });
    expect(body).toEqual({ route: "default", revealed_period: 1, period: 2 });
    expect((await ledger(again)).at(-1)!.fact).toMatchObject({ kind: "reveal" });
    expect((await post(again, "/admin/savings/reveal", { route: "nowhere" })).body.error.code).toBe("unknown_route");
  });

  it("says the arm in the log", async () => {
    const host = await start(text);
    const { model, id } = await ask(host, "one");
    await host.service.requestLog.flush(5_000);
    const record = await get(host, `/admin/requests/${id}`);
    expect(record.arm ?? record.record?.arm).toBe(model === "up/large" ? "holdout" : "treatment");
  });

  it("counts what audits cost as overhead, once", async () => {
    const host = await start(text);
    await ask(host, "one");
    await seedObservation(host, { audits: 3 });
    host.service.activation.countAudits();
    host.service.activation.countAudits();
    const overhead = (await ledger(host)).filter(({ fact }) => fact.kind === "overhead");
    expect(overhead).toHaveLength(6);
  });

  it("has nothing to say where nobody is held back", async () => {
    const host = await start(config('activation: { override: "a trial" }'));
    await ask(host);
    expect(await get(host, "/admin/savings?route=default")).toMatchObject({
      rows: 0,
      months: [],
      why_none: expect.stringMatching(/holdout/),
    });
  });
});

describe("ramp", () => {
  const ramp = "holdout: 0, activation: { ramp: { stages: [0.01, 1], hours: 1, requests: 0 } }";

  it("begins with few sessions, goes on by time, and stays where it was after a restart", async () => {
    const text = config(ramp);
    const host = await certified(text);
    const first = [];
    for (let i = 0; i < 10; i++) first.push((await ask(host, `s${i}`)).because);
    expect(first.filter((because) => because === "not_ramped").length).toBeGreaterThan(7);
    host.advance(HOUR_MS);
    host.service.activation.tick();
    expect(await ask(host, "s1")).toMatchObject({ because: "certified" });
    expect((await standing(host)).ramp).toMatchObject({ stage: 1, next: null });
    await stop(host);
    const again = await start(text);
    again.advance(2 * HOUR_MS);
    again.service.activation.tick();
    expect((await standing(again)).ramp).toMatchObject({ stage: 1 });
    expect(await ask(again, "s1")).toMatchObject({ because: "certified" });
  });

  it("rolls back and voids the certificate when audits show harm, for good", async () => {
    const text = config(`holdout: 0, ${FULL_RAMP}`);
    const host = await certified(text);
    await ask(host);
    host.advance(3 * 24 * HOUR_MS);
    await seedObservation(host, { id: "obs_harm", audits: 100, bad: 60, isOver: false });
    // Those of the observation under the certificate come first, and say nothing of how routing goes.
    host.service.activation.countAudits();
    expect(await ask(host)).toMatchObject({ because: "certified" });
    host.service.activation.countAudits();
    expect(await ask(host)).toMatchObject({ model: "up/large", because: "certificate_void" });
    const { routes, alarms } = await get(host, "/admin/activation");
    expect(routes[0].ramp.rolled_back).toMatchObject({ signal: "quality" });
    expect(alarms).toMatchObject([{ route: "default", signal: "quality" }]);
    await stop(host);
    const again = await start(text);
    again.advance(3 * 24 * HOUR_MS);
    again.service.activation.tick();
    expect((await standing(again)).certificate.void_because).toMatchObject([{ code: "drift_alarm" }]);
  });

  it("voids the certificate when the mix of tasks is another one, and tells the webhook", async () => {
    const heard: string[] = [];
    const hook = createServer((request, response) => {
      request.setEncoding("utf8").on("data", (text: string) => heard.push(text));
      request.on("end", () => response.end());
    }).listen(0, "127.0.0.1");
    await once(hook, "listening");
    const { port } = hook.address() as AddressInfo; // it listens on a port
    const ramp = "ramp: { stages: [1], hours: 0, requests: 0 }";
    const text = config(`holdout: 0, activation: { ${ramp}, webhook: "http://127.0.0.1:${port}/" }`);
    const host = await certified(text, { audits: 300, stratum: (i: number) => (i % 2 === 0 ? "code" : "chat") });
    await seedObservation(host, {
      id: "obs_same",
      audits: 300,
      stratum: (i) => (i % 2 === 0 ? "chat" : "code"),
      isOver: false,
    });
    host.service.activation.watchInput();
    expect(await ask(host)).toMatchObject({ because: "certified" });
    await seedObservation(host, {
      id: "obs_other",
      audits: 300,
      stratum: (i) => (i % 20 === 0 ? "chat" : "code"),
      isOver: false,
    });
    host.service.activation.watchInput();
    expect(await ask(host)).toMatchObject({ because: "certificate_void" });
    expect((await standing(host)).certificate.void_because).toMatchObject([
      { code: "drift_alarm", message: expect.stringMatching(/^input: .*chat was 50.0 %|code was 50.0 %/) },
    ]);
    await vi.waitFor(
      () =>
        expect(JSON.parse(heard.join(""))).toMatchObject({ type: "route.alarm", route: "default", signal: "input" }),
      { timeout: 30_000 },
    );
    hook.close();
  });
});
