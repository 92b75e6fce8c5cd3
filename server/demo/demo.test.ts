import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededRng } from "../../engine/rng.ts";
import { buildTestApp, TEST_ADMIN_KEY, type TestApp, testPolicies } from "../testing/build-test-app.ts";
import { playDemo } from "./play-demo.ts";
import { trafficBetween } from "./traffic.ts";

const DAY_MS = 86_400_000;
const HEADERS = { "x-weir-key": TEST_ADMIN_KEY };

describe("the company's traffic", () => {
  const asked = (seed: number) => trafficBetween(0, 7 * DAY_MS, seededRng(seed));

  it("is the same for the same seed and another for another", () => {
    expect(asked(1)).toEqual(asked(1));
    expect(asked(1)).not.toEqual(asked(2));
  });

  it("rises by time, lies between its ends and has every team and dialect", () => {
    const turns = asked(1);
    expect(turns.every(({ atMs }, i) => i === 0 || atMs >= turns[i - 1]!.atMs)).toBe(true);
    expect(turns.every(({ atMs }) => atMs >= 0 && atMs < 7 * DAY_MS)).toBe(true);
    expect(new Set(turns.map(({ feature }) => feature.team))).toEqual(
      new Set(["support", "search", "coding", "analytics"]),
    );
    expect(new Set(turns.map(({ feature }) => feature.dialect)).size).toBe(4);
    expect(turns.every(({ text }) => !text.includes("{product}"))).toBe(true);
  });
});

describe("playing it", () => {
  let weir: TestApp;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "weir-demo-test-"));
    weir = await buildTestApp({ config: null, storage: `sqlite:${join(folder, "weir.db")}`, demoVolume: 0.12 });
  });
  afterAll(async () => {
    await weir?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const get = async (url: string) => (await weir.app.inject({ url, headers: HEADERS })).json();
  const play = () => weir.app.inject({ method: "POST", url: "/admin/demo", headers: HEADERS });

  it("is offered while nothing is logged, and begins when it is asked for", async () => {
    expect(await get("/admin/demo")).toMatchObject({ offered: true, playing: false, days: 14 });
    expect((await play()).statusCode).toBe(202);
    expect(await get("/admin/demo")).toMatchObject({ offered: false, playing: true });
  });

  it("ends with what happened in those days", async () => {
    await expect.poll(async () => (await get("/admin/demo")).playing, { timeout: 170_000, interval: 300 }).toBe(false);
    const { played, fault } = await get("/admin/demo");
    expect(fault).toBeNull();
    expect(played).toMatchObject({ days: 14, failed: 0 });
    expect(played.refusedByBudget).toBeGreaterThan(20);
    expect(played.redacted).toBeGreaterThan(5);
    expect(played.fellBack).toBeGreaterThan(0);
  });

  it("leaves the figures of those days in the log, by day and by the same code", async () => {
    const { played } = await get("/admin/demo");
    const usage = await get("/admin/usage?from=15d&interval=day&filter.route=assistant");
    expect(new Set(usage.rows.map(({ bucket }: { bucket: string }) => bucket)).size).toBeGreaterThanOrEqual(14);
    const served = usage.rows.reduce((sum: number, row: { requests: number }) => sum + row.requests, 0);
    expect(served).toBeGreaterThanOrEqual(played.requests);
    const refused = await get("/admin/requests?filter.status=402&limit=200");
    expect(refused.rows).toHaveLength(played.refusedByBudget);
    expect(refused.rows[0].team).toBe("analytics");
  });

  it("leaves an observation, which goes on as one before activation where so little was not certified", async () => {
    const { played } = await get("/admin/demo");
    const { kind, traffic } = await get("/admin/observation?route=assistant");
    expect(kind).toBe(played.certificate.startsWith("certified") ? "active" : "observe");
    expect(traffic.requests).toBeGreaterThan(50);
  });

  it("is not offered again, nor to a log with requests", async () => {
    const answer = await play();
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({ error: { code: "not_empty" } });
  });
});

it("comes to the same figures with the same seed and the same end, ids and lots included", async () => {
  const until = Date.UTC(2027, 0, 15);
  const play = async () => {
    const folder = mkdtempSync(join(tmpdir(), "weir-demo-twice-"));
    const weir = await buildTestApp({ config: null, storage: `sqlite:${join(folder, "weir.db")}` });
    const get = async (url: string) => (await weir.app.inject({ url, headers: HEADERS })).json();
    try {
      const played = await playDemo({
        settings: weir.service.settings,
        policies: await testPolicies(),
        log: pino({ level: "silent" }),
        days: 14,
        seed: 7,
        nowMs: until,
        journal: join(folder, "journal"),
        adminKey: "weir-admin-of-the-test",
        volume: 0.05,
      });
      const usage = await get("/admin/usage?from=2027-01-01&to=2027-01-15&group_by=model,arm,key");
      const { keys } = await get("/admin/keys");
      return { played, rows: usage.rows.map(figuresOf), keys: keys.map(({ id }: { id: string }) => id) };
    } finally {
      await weir.close();
      rmSync(folder, { recursive: true, force: true });
    }
  };
  const first = await play();
  expect(first.rows.length).toBeGreaterThan(3);
  expect(await play()).toEqual(first);
});

/** All but the times that it took. */
function figuresOf({ mean_duration_ms: _, mean_first_token_ms: __, ...figures }: Record<string, unknown>) {
  return figures;
}

it("refuses where the configuration names real upstreams", async () => {
  const weir = await buildTestApp();
  const answer = await weir.app.inject({ method: "POST", url: "/admin/demo", headers: HEADERS });
  expect(answer.statusCode).toBe(403);
  await weir.close();
});
