import { afterEach, describe, expect, it } from "vitest";
import { nextNormal, seededRng } from "../../engine/rng.ts";
import { seedObservation } from "../activation/testing/seed-observation.ts";
import { buildTestApp, TEST_ADMIN_KEY, type TestApp } from "../testing/build-test-app.ts";

const headers = { authorization: `Bearer ${TEST_ADMIN_KEY}` };
const DAY_MS = 86_400_000;
const config = (outputUsd: number) => `
upstreams: { up: { provider: simulated } }
candidates:
  - { id: up/small, upstream: up, resembles: small, price: { inputUsdPerMTok: 1, outputUsdPerMTok: ${outputUsd} } }
  - { id: up/large, upstream: up, resembles: large, price: { inputUsdPerMTok: 10, outputUsdPerMTok: 20 } }
routes:
  default:
    incumbent: up/large
    candidates: [up/small, up/large]
    mode: active
    policy: { name: always, candidate: up/small }
    activation: { ramp: { stages: [1], hours: 0, requests: 0 } }
auth: { required: false }
router: { timeoutMs: 2000 }
`;

const hosts: TestApp[] = [];
afterEach(async () => {
  for (const one of hosts.splice(0)) await one.close();
});

async function start(): Promise<TestApp> {
  const host = await buildTestApp({ config: config(2) });
  hosts.push(host);
  return host;
}

const inputOf = async (host: TestApp, route = "default") =>
  (await host.app.inject({ url: `/admin/drift/input?route=${route}`, headers })).json();

describe("GET /admin/drift/input", () => {
  it("counts requests by day, and those far from training as the log has them", async () => {
    const host = await start();
    for (const content of ["hello there", "what is 2 + 2?", "x9 q7 zzkw 00ff"]) {
      const payload = { model: "weir/auto", messages: [{ role: "user", content }] };
      await host.app.inject({ method: "POST", url: "/v1/chat/completions", payload });
    }
    await host.service.requestLog.flush(10_000);
    const { rows } = (await host.app.inject({ url: "/admin/requests", headers })).json();
    const far = rows.filter(
      ({ decision }: { decision: { out_of_distribution: boolean } }) => decision.out_of_distribution,
    );
    const { days, compared_with: base } = await inputOf(host);
    const today = new Date(host.now()).toISOString().slice(0, 10);
    expect(days).toEqual([{ day: today, requests: 3, far_share: far.length / 3, distance: null }]);
    expect(base).toEqual({ basis: "first_days", from: today, to: today });
    // Nothing is counted twice.
    expect((await inputOf(host)).days).toEqual(days);
  });

  it("compares days and prices with those of the certificate, and shows which day and which price is another", async () => {
    const host = await start();
    const { shapes } = host.service.storage;
    const rng = seededRng(4);
    const today = Math.floor(host.now() / DAY_MS);
    const put = (day: number, centre: number, far: number) => {
      shapes.count([{ route: "default", day, requests: 60, far }]);
      shapes.add(
        Array.from({ length: 60 }, (_, i) => ({
          route: "default",
          day,
          kind: "features",
          lot: rng.next(),
          requestId: `r${day}-${i}`,
          numbers: Float32Array.from({ length: 10 }, () => centre + nextNormal(rng)),
        })),
        100,
      );
    };
    for (let day = today - 13; day <= today; day++) put(day, 0, 3);
    await seedObservation(host);
    const payload = { route: "default", max_quality_loss: 0.05 };
    await host.app.inject({ method: "POST", url: "/admin/certificate", headers, payload });
    host.advance(3 * DAY_MS);
    put(today + 2, 2, 30);
    host.setConfig(config(8));
    await host.service.reload();
    const { compared_with: base, days, usual_distance: usual, prices } = await inputOf(host);
    expect(base.basis).toBe("certificate");
    const shifted = days.at(-1);
    expect(shifted).toMatchObject({ requests: 60, far_share: 0.5 });
    expect(days[0].far_share).toBeCloseTo(0.05, 12);
    expect(shifted.distance).toBeGreaterThan(5 * usual);
    expect(prices).toContainEqual({
      model: "up/small",
      before: { input_usd: 1, output_usd: 2 },
      now: { input_usd: 1, output_usd: 8 },
    });
  });

  it("refuses a route that is not there", async () => {
    const host = await start();
    expect((await inputOf(host, "nowhere")).error.code).toBe("unknown_route");
  });
});
