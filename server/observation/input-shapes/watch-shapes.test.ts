import { afterEach, describe, expect, it } from "vitest";
import { nextNormal, seededRng } from "../../../engine/rng.ts";
import { seedObservation } from "../../activation/testing/seed-observation.ts";
import { buildTestApp, TEST_ADMIN_KEY, type TestApp } from "../../testing/build-test-app.ts";
import { shapeOf } from "./shape-of.ts";

const headers = { authorization: `Bearer ${TEST_ADMIN_KEY}` };
const DAY_MS = 86_400_000;
const CONFIG = `
upstreams: { up: { provider: simulated } }
candidates:
  - { id: up/small, upstream: up, resembles: small, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } }
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

let host: TestApp;
const hosts: TestApp[] = [];
afterEach(async () => {
  for (const one of hosts.splice(0)) await one.close();
});

async function start(): Promise<void> {
  host = await buildTestApp({ config: CONFIG });
  hosts.push(host);
}

const standing = async () => (await host.app.inject({ url: "/admin/activation", headers })).json().routes[0].standing;

/** A sample of every day of the last two weeks, and one of yesterday that is shifted by so much. */
async function certifiedWith(shift: number): Promise<void> {
  await start();
  const rng = seededRng(4);
  const today = Math.floor(host.now() / DAY_MS);
  const sample = (day: number, centre: number) =>
    Array.from({ length: 60 }, (_, i) => ({
      route: "default",
      day,
      kind: "features",
      lot: rng.next(),
      requestId: `r${day}-${i}`,
      numbers: Float32Array.from({ length: 10 }, () => centre + nextNormal(rng)),
    }));
  for (let day = today - 13; day <= today; day++) host.service.storage.shapes.add(sample(day, 0), 100);
  await seedObservation(host);
  const payload = { route: "default", max_quality_loss: 0.05 };
  await host.app.inject({ method: "POST", url: "/admin/certificate", headers, payload });
  expect(await standing()).toBe("certified");
  host.advance(3 * DAY_MS);
  host.service.storage.shapes.add(sample(today + 2, shift), 100);
}

describe("requests of an active route", () => {
  it("are sampled as numbers, once they are settled", async () => {
    await start();
    for (const content of ["hello there", "what is 2 + 2?"]) {
      const payload = { model: "weir/auto", messages: [{ role: "user", content }] };
      await host.app.inject({ method: "POST", url: "/v1/chat/completions", payload });
    }
    host.service.shapes.flush();
    const day = Math.floor(host.now() / DAY_MS);
    const rows = host.service.storage.shapes.read("default", day, day);
    expect(rows).toHaveLength(2);
    expect(rows[0]!.numbers.length).toBeLessThan(200);
    expect(rows[0]!.numbers).not.toEqual(rows[1]!.numbers);
  });

  it("void a certificate when they are other ones than it was made from", async () => {
    await certifiedWith(2);
    await host.service.shapes.look();
    expect(await standing()).toBe("certificate_void");
    const { alarms } = (await host.app.inject({ url: "/admin/drift", headers })).json();
    expect(alarms).toMatchObject([{ route: "default", signal: "input", because: expect.stringMatching(/unlike/) }]);
  });

  it("let it stand while they are alike, and look once a day", async () => {
    await certifiedWith(0);
    await host.service.shapes.look();
    await host.service.shapes.look();
    expect(await standing()).toBe("certified");
  });

  it("are known by the encoder where there is one, thrown onto directions that keep what is far apart", () => {
    const router = { name: "default", version: "2" };
    const reading = (scale: number) => ({
      embedding: Float32Array.from({ length: 384 }, (_, i) => scale * Math.sin(i)),
    });
    const [near, far] = [1, 3].map((scale) => shapeOf({ router, reading: reading(scale) as never })!);
    expect(near!.kind).toBe("encoder of default@2");
    expect(near!.numbers).toHaveLength(32);
    const ratio = far!.numbers[0]! / near!.numbers[0]!;
    expect(ratio).toBeCloseTo(3, 4);
    expect(shapeOf({ router, reading: null })).toBeNull();
  });
});
