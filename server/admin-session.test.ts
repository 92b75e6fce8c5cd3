import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openAdminSessions } from "./admin-session.ts";
import { buildTestApp, TEST_ADMIN_KEY, type TestApp } from "./testing/build-test-app.ts";

describe("the dashboard's session", () => {
  let weir: TestApp;
  beforeAll(async () => {
    weir = await buildTestApp();
  });
  afterAll(() => weir.close());

  const logIn = (key: string, extra: object = {}) =>
    weir.app.inject({ method: "POST", url: "/admin/session", payload: { key }, ...extra });
  const cookieOf = (response: Awaited<ReturnType<typeof logIn>>) =>
    String(response.headers["set-cookie"]).split(";")[0]!;

  it("opens /admin to the browser that was given the cookie, which no script can read", async () => {
    const response = await logIn(TEST_ADMIN_KEY);
    expect(response.json()).toEqual({ signed_in: true, mode: "configured" });
    expect(response.headers["set-cookie"]).toMatch(/HttpOnly; SameSite=Strict/);
    const headers = { cookie: `theme=dark; ${cookieOf(response)}` };
    expect((await weir.app.inject({ url: "/admin/settings", headers })).statusCode).toBe(200);
    expect((await weir.app.inject({ url: "/admin/session", headers })).json().signed_in).toBe(true);
  });

  it("refuses a change that another site could have sent", async () => {
    const cookie = cookieOf(await logIn(TEST_ADMIN_KEY));
    const create = (headers: Record<string, string>) =>
      weir.app.inject({ method: "POST", url: "/admin/keys", payload: { name: "a" }, headers: { cookie, ...headers } });
    expect((await create({})).statusCode).toBe(403);
    expect((await create({ "x-weir-csrf": "1" })).statusCode).toBe(201);
  });

  it("lets an explicit key win over the cookie", async () => {
    const cookie = cookieOf(await logIn(TEST_ADMIN_KEY));
    const headers = { cookie, authorization: "Bearer wrong" };
    expect((await weir.app.inject({ url: "/admin/settings", headers })).statusCode).toBe(401);
  });

  it("refuses a forged, a cut and an ended cookie", async () => {
    const cookie = cookieOf(await logIn(TEST_ADMIN_KEY));
    const forged = cookie.replace(/=\d+/, (end) => `=${Number(end.slice(1)) + 1e9}`);
    for (const wrong of [forged, cookie.slice(0, -2), "weir_session=", "weir_session=a.b.c"]) {
      expect((await weir.app.inject({ url: "/admin/settings", headers: { cookie: wrong } })).statusCode).toBe(401);
    }
    weir.advance(13 * 3_600_000);
    expect((await weir.app.inject({ url: "/admin/settings", headers: { cookie } })).statusCode).toBe(401);
  });

  it("ends when the admin key changes", async () => {
    const { storage } = weir.service;
    const open = (fingerprint: string) => openAdminSessions(storage, fingerprint, () => 0);
    const cookie = (await open("a")).open(false).split(";")[0];
    expect((await open("a")).holds(cookie)).toBe(true);
    expect((await open("b")).holds(cookie)).toBe(false);
  });

  it("marks the cookie secure behind TLS", async () => {
    const response = await logIn(TEST_ADMIN_KEY, { headers: { "x-forwarded-proto": "https" } });
    expect(response.headers["set-cookie"]).toMatch(/; Secure/);
  });

  it("stops guessing after ten wrong keys, for whoever guessed", async () => {
    const from = (remoteAddress: string, key: string) => logIn(key, { remoteAddress });
    for (let i = 0; i < 10; i++) expect((await from("203.0.113.7", `guess-${i}`)).statusCode).toBe(401);
    const refused = await from("203.0.113.7", TEST_ADMIN_KEY);
    expect(refused.statusCode).toBe(429);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect((await from("203.0.113.8", TEST_ADMIN_KEY)).statusCode).toBe(200);
  });
});

describe("the demo's session", () => {
  it("opens to the demo key at the machine itself, and to nobody else", async () => {
    const demo = await buildTestApp({ config: null });
    const logIn = (extra: object) =>
      demo.app.inject({ method: "POST", url: "/admin/session", payload: { key: "weir-demo" }, ...extra });
    expect((await logIn({ headers: { host: "127.0.0.1:8080" } })).statusCode).toBe(200);
    expect((await logIn({ headers: { host: "rebound.example" } })).statusCode).toBe(401);
    expect((await logIn({ headers: { host: "localhost" }, remoteAddress: "192.0.2.1" })).statusCode).toBe(401);
    await demo.close();
  });
});
