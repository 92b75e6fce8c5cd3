import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildTestApp, TEST_ADMIN_KEY, type TestApp, type TestAppOptions } from "../testing/build-test-app.ts";
import { seedObservation } from "./testing/seed-observation.ts";

const ADMIN = { "x-weir-key": TEST_ADMIN_KEY };
const config = (route = "") => `
upstreams: { up: { provider: simulated } }
candidates:
  - { id: up/small, upstream: up, resembles: small, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } }
  - { id: up/large, upstream: up, resembles: large, price: { inputUsdPerMTok: 10, outputUsdPerMTok: 20 } }
auth: { required: false }
router: { timeoutMs: 2000 }
routes:
  default:
    incumbent: up/large
    candidates: [up/small, up/large]
    mode: observe
    policy: { name: always, candidate: up/small }
    ${route}
`;

describe("activating a route at run time", () => {
  let weir: TestApp;
  const open = async (options: TestAppOptions = {}) => {
    weir = await buildTestApp({ config: config(), ...options });
  };
  beforeEach(() => open());
  afterEach(() => weir.close());

  const post = (path: string, payload: object) =>
    weir.app.inject({ method: "POST", url: `/admin/activation/${path}`, headers: ADMIN, payload });
  const state = async (host = weir) =>
    (await host.app.inject({ url: "/admin/activation/switch?route=default", headers: ADMIN })).json();
  const routes = async (host = weir) =>
    (await host.app.inject({ url: "/admin/activation", headers: ADMIN })).json().routes;

  it("is refused without a certificate and without a reason, and changes nothing", async () => {
    const answer = await post("activate", { route: "default" });
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({ error: { code: "not_certified", param: "override" } });
    expect(await state()).toMatchObject({ configured: "observe", allowed: true, certified: false, switched: null });
    expect(await routes()).toEqual([]);
  });

  it("begins the ramp under a certificate that holds", async () => {
    await seedObservation(weir, { audits: 400 });
    await weir.app.inject({ method: "POST", url: "/admin/certificate", headers: ADMIN, payload: { route: "default" } });
    expect(await state()).toMatchObject({ certified: true });
    expect((await post("activate", { route: "default" })).json()).toMatchObject({ switched: { override: null } });
    expect(await routes()).toMatchObject([
      { route: "default", standing: "certified", share: 0.01, ramp: { stages: [0.01, 0.1, 0.5, 1] } },
    ]);
  });

  it("takes a reason in a certificate's place, which is shown wherever the route is, and begins with a ramp all the same", async () => {
    const override = "a trial on our own traffic";
    expect((await post("activate", { route: "default", override })).statusCode).toBe(200);
    expect(await routes()).toMatchObject([{ standing: "override", override, share: 0.01 }]);
    const settings = (await weir.app.inject({ url: "/admin/settings", headers: ADMIN })).json();
    expect(settings.routes.default).toMatchObject({ mode: "active", activation: { override } });
    expect(settings.notices.join("\n")).toContain(`activated by an administrator`);
    const answer = await weir.app.inject({
      method: "POST",
      url: "/v1/chat/completions",
      payload: { model: "weir/auto", messages: [{ role: "user", content: "hello" }] },
    });
    expect(answer.headers["x-weir-activation"]).toBeDefined();
  });

  it("is taken back: the route is as the configuration has it", async () => {
    await post("activate", { route: "default", override: "a trial" });
    expect((await post("deactivate", { route: "default" })).json()).toMatchObject({ switched: null });
    expect(await routes()).toEqual([]);
  });

  it("is forbidden where the configuration says so, and for a route that it does not observe", async () => {
    weir.setConfig(config("activation: { byAdmin: false }"));
    await weir.service.reload();
    const answer = await post("activate", { route: "default", override: "a trial" });
    expect(answer.statusCode).toBe(403);
    expect(await state()).toMatchObject({ allowed: false });
    expect((await post("activate", { route: "nowhere", override: "a trial" })).statusCode).toBe(404);
  });

  it("ends when the configuration forbids it afterwards", async () => {
    await post("activate", { route: "default", override: "a trial" });
    weir.setConfig(config("activation: { byAdmin: false }"));
    await weir.service.reload();
    expect(await routes()).toEqual([]);
  });

  it("survives a restart, and another process on the storage follows", async () => {
    const storage = `sqlite:${join(weir.folder, "shared.db")}`;
    const other = await buildTestApp({ config: config(), storage });
    const first = weir;
    try {
      await open({ storage });
      await post("activate", { route: "default", override: "a trial" });
      await expect.poll(async () => (await routes(other)).length).toBe(1);
      await weir.close();
      await open({ storage });
      expect(await routes()).toMatchObject([{ standing: "override" }]);
      expect(await state()).toMatchObject({ switched: { override: "a trial" } });
    } finally {
      await other.close();
      await first.close();
    }
  });
});
