import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEMO_KEY } from "./demo.ts";
import { buildTestApp, TEST_ADMIN_KEY, TEST_CONFIG, type TestApp } from "./testing/build-test-app.ts";

const PUBLIC = [
  "GET /",
  "GET /healthz",
  "GET /readyz",
  "GET /metrics",
  "GET /docs",
  "GET /docs/openapi.json",
  "GET /admin/session",
  "POST /admin/session",
  "DELETE /admin/session",
  "GET /weir.svg",
  "GET /assets/{file}",
];

interface Documented {
  readonly security: readonly unknown[];
}

async function endpointsOf({ app }: TestApp): Promise<{ method: string; url: string; name: string }[]> {
  const { paths } = (await app.inject({ url: "/docs/openapi.json" })).json() as {
    paths: Record<string, Record<string, Documented>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({
      method: method.toUpperCase(),
      url: path.replace(/\{[^}]+\}/g, "x"),
      name: `${method.toUpperCase()} ${path}`,
    })),
  );
}

describe("who may call what", () => {
  let guarded: TestApp;
  let demo: TestApp;
  beforeAll(async () => {
    guarded = await buildTestApp({ config: TEST_CONFIG.replace("required: false", "required: true") });
    demo = await buildTestApp({ config: null });
  });
  afterAll(async () => {
    await guarded.close();
    await demo.close();
  });

  it("asks a key for every endpoint but the public ones, whatever is added later", async () => {
    const endpoints = await endpointsOf(guarded);
    expect(endpoints.length).toBeGreaterThan(12);
    const open: string[] = [];
    for (const { method, url, name } of endpoints) {
      const { statusCode } = await guarded.app.inject({ method: method as "GET", url });
      if (statusCode !== 401) open.push(name);
    }
    expect(open.sort()).toEqual([...PUBLIC].sort());
  });

  it("refuses an unknown key with 401 and says how to send one", async () => {
    const response = await guarded.app.inject({
      method: "POST",
      url: "/route",
      headers: { authorization: "Bearer no" },
    });
    expect(response.statusCode).toBe(401);
    expect(response.json().error).toMatchObject({ type: "authentication_error", code: "unauthorized" });
    expect(response.json().error.message).toContain("Authorization: Bearer");
  });

  it.each([
    ["Authorization", { authorization: `Bearer ${TEST_ADMIN_KEY}` }, ""],
    ["x-weir-key", { "x-weir-key": TEST_ADMIN_KEY }, ""],
    ["x-api-key", { "x-api-key": TEST_ADMIN_KEY }, ""],
    ["x-goog-api-key", { "x-goog-api-key": TEST_ADMIN_KEY }, ""],
    ["?key=", {}, `?key=${TEST_ADMIN_KEY}`],
  ])("takes a key from %s", async (_, headers, query) => {
    const payload = { prompt: "a" };
    const response = await guarded.app.inject({ method: "POST", url: `/route${query}`, payload, headers });
    expect(response.statusCode).toBe(200);
    const { decision_id: id } = response.json();
    expect((await guarded.app.inject({ url: `/decisions/${id}${query}`, headers })).statusCode).toBe(200);
  });

  it("does not let a caller read the whole body before the key is checked", async () => {
    const payload = { prompt: "x".repeat(5_000_000) };
    expect((await guarded.app.inject({ method: "POST", url: "/route", payload })).statusCode).toBe(401);
  });

  it("asks no key in demo mode, takes the demo key, and keeps /admin shut", async () => {
    const payload = { prompt: "a" };
    const headers = { authorization: `Bearer ${DEMO_KEY}` };
    expect((await demo.app.inject({ method: "POST", url: "/route", payload })).statusCode).toBe(200);
    expect((await demo.app.inject({ method: "POST", url: "/route", payload, headers })).statusCode).toBe(200);
    expect((await demo.app.inject({ url: "/admin/settings" })).statusCode).toBe(401);
    expect((await demo.app.inject({ url: "/admin/settings", headers })).statusCode).toBe(403);
    expect((await demo.app.inject({ url: "/" })).json().notice).toMatch(/simulated/);
  });

  it("does not show a decision of one key to another", async () => {
    const demoHeaders = { "x-weir-key": DEMO_KEY };
    const made = await demo.app.inject({
      method: "POST",
      url: "/route",
      payload: { prompt: "a" },
      headers: demoHeaders,
    });
    const { decision_id: id } = made.json();
    expect((await demo.app.inject({ url: `/decisions/${id}`, headers: demoHeaders })).statusCode).toBe(200);
    expect((await demo.app.inject({ url: `/decisions/${id}` })).statusCode).toBe(404);
    const admin = { "x-weir-key": TEST_ADMIN_KEY };
    expect((await demo.app.inject({ url: `/decisions/${id}`, headers: admin })).statusCode).toBe(200);
  });
});

describe("the admin key", () => {
  it("is made at first start, shown once, and holds after a restart", async () => {
    const storage = "sqlite::memory:";
    const first = await buildTestApp({ storage, environment: { WEIR_ADMIN_KEY: "" } });
    const key = first.service.freshAdminKey;
    expect(key).toMatch(/^weir-admin-[\w-]{32}$/);
    const stored = await first.service.storage.readSetting("admin_key_sha256");
    expect(stored).toMatch(/^[0-9a-f]{64}$/);
    expect((await first.app.inject({ url: "/admin/settings", headers: { "x-weir-key": key! } })).statusCode).toBe(200);
    const { openAdminKey } = await import("./admin-key.ts");
    const again = await openAdminKey(null, first.service.storage);
    expect(again.fresh).toBeNull();
    expect(again.matches(key!)).toBe(true);
    expect(again.matches(`${key}x`)).toBe(false);
    expect(JSON.stringify(first.logged)).not.toContain(key);
    await first.close();
  });
});
