import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildTestApp, TEST_ADMIN_KEY, TEST_CONFIG, type TestApp } from "./testing/build-test-app.ts";
import { watchFile } from "./watch-files.ts";

const ADMIN = { "x-weir-key": TEST_ADMIN_KEY };

describe("reload", () => {
  let test: TestApp;
  beforeEach(async () => {
    test = await buildTestApp();
  });
  afterEach(() => test.close());

  async function route(payload: object = { prompt: "Hello" }) {
    const response = await test.app.inject({ method: "POST", url: "/route", payload });
    return { status: response.statusCode, body: response.json() };
  }

  it("serves new routes without a restart", async () => {
    expect((await route({ prompt: "a", route: "new" })).status).toBe(404);
    test.setConfig(`${TEST_CONFIG.replace("  fixed:", "  new:")}`);
    const response = await test.app.inject({ method: "POST", url: "/admin/reload", headers: ADMIN });
    expect(response.json()).toMatchObject({ status: "reloaded" });
    expect((await route({ prompt: "a", route: "new" })).status).toBe(200);
    expect((await route({ prompt: "a", route: "fixed" })).status).toBe(404);
  });

  it("keeps the old configuration when the new one is bad, and lists every problem", async () => {
    test.setConfig(TEST_CONFIG.replace("incumbent: openai/gpt-4o\n", "incumbent: lost\n    holdout: 7\n"));
    const response = await test.app.inject({ method: "POST", url: "/admin/reload", headers: ADMIN });
    expect(response.statusCode).toBe(400);
    expect(response.json().error).toMatchObject({ code: "config_invalid" });
    expect(response.json().error.message).toContain("routes.default.holdout");
    expect((await route()).status).toBe(200);
    expect(test.logged.some(({ msg }) => String(msg).includes("the old one stays in effect"))).toBe(true);
    const metrics = (await test.app.inject({ url: "/metrics" })).body;
    expect(metrics).toContain('weir_config_reloads_total{outcome="refused"} 1');
  });

  it("says which changes wait for a restart", async () => {
    test.setConfig(`${TEST_CONFIG}\nserver: { port: 9999 }\n`);
    await test.service.reload();
    expect(test.logged.find(({ path }) => path === "server.port")?.msg).toMatch(/next start/);
  });

  it("promotes and rolls back a router while it serves, without an error", async () => {
    await test.addVersion("2", 2);
    let isRunning = true;
    const statuses = new Set<number>();
    const versions = new Set<string>();
    const traffic = (async () => {
      while (isRunning) {
        const answers = await Promise.all(Array.from({ length: 8 }, () => route()));
        for (const { status, body } of answers) {
          statuses.add(status);
          versions.add(body.router.version);
          expect(["scorer_failed"]).not.toContain(body.reason);
        }
      }
    })();
    const post = (url: string, payload?: object) =>
      test.app.inject({ method: "POST", url, headers: ADMIN, ...(payload === undefined ? {} : { payload }) });
    expect((await post("/admin/routers/default/promote", { version: "2" })).json()).toEqual({
      name: "default",
      from: "2",
      to: "2",
    });
    await expect.poll(() => versions.has("2")).toBe(true);
    expect((await post("/admin/routers/default/promote", { version: "1" })).json()).toMatchObject({ to: "1" });
    expect((await post("/admin/routers/default/rollback")).json()).toMatchObject({ from: "1", to: "2" });
    isRunning = false;
    await traffic;
    expect([...statuses]).toEqual([200]);
    const { serving, routers } = (await test.app.inject({ url: "/admin/routers", headers: ADMIN })).json();
    expect(serving).toEqual({ name: "default", version: "2", degraded: null });
    expect(routers[0]).toMatchObject({ name: "default", current: "2", promoted: true });
  });

  it("refuses to promote a version that does not open, and points to the old one", async () => {
    await test.addVersion("2", 2);
    writeFileSync(join(test.folder, "models", "default", "2", "router.onnx"), "not a graph");
    const payload = { version: "2" };
    const url = "/admin/routers/default/promote";
    const response = await test.app.inject({ method: "POST", url, headers: ADMIN, payload });
    expect(response.statusCode).toBe(409);
    expect(response.json().error.code).toBe("artifact_corrupt");
    expect(test.service.routers.identity.version).toBe("1");
    const missing = await test.app.inject({ method: "POST", url, headers: ADMIN, payload: { version: "9" } });
    expect(missing.statusCode).toBe(404);
  });

  it("follows a promotion that another process made", async () => {
    await test.addVersion("2", 2);
    writeFileSync(join(test.folder, "models", "default", "current"), "2\n1\n");
    expect(await test.service.routers.followPromotion()).toBe(true);
    expect((await route()).body.router.version).toBe("2");
    expect(await test.service.routers.followPromotion()).toBe(false);
  });

  it("keeps what serves when the promoted version is broken", async () => {
    mkdirSync(join(test.folder, "models", "default", "3"));
    writeFileSync(join(test.folder, "models", "default", "3", "manifest.json"), "{}");
    writeFileSync(join(test.folder, "models", "default", "current"), "3\n");
    await expect(test.service.routers.followPromotion()).rejects.toThrow();
    expect((await route()).body.router.version).toBe("1");
  });
});

describe("without a router", () => {
  it("starts, gives every request to its incumbent, and says so", async () => {
    const test = await buildTestApp({ withArtifact: false });
    const { statusCode, body } = await test.app.inject({ method: "POST", url: "/route", payload: { prompt: "a" } });
    expect(statusCode).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ model: "openai/gpt-4o", reason: "scorer_failed", complexity: null });
    const again = await test.app.inject({ url: `/decisions/${JSON.parse(body).decision_id}` });
    expect(again.json()).toEqual(JSON.parse(body));
    const ready = (await test.app.inject({ url: "/readyz" })).json();
    expect(ready).toMatchObject({ status: "ready", router: { status: "degraded" } });
    await test.addVersion("1", 1);
    await test.service.reload();
    expect((await test.app.inject({ url: "/readyz" })).json().router).toEqual({ status: "ok", message: null });
    await test.close();
  });

  it("tells of a fault of every request once and not a thousand times", async () => {
    const test = await buildTestApp({ withArtifact: false });
    for (let i = 0; i < 50; i++) await test.app.inject({ method: "POST", url: "/route", payload: { prompt: "a" } });
    expect(test.logged.filter(({ msg }) => msg === "router fell back")).toHaveLength(1);
    await test.close();
  });
});

describe("watchFile", () => {
  it("tells once of a change that is written in steps, of a replaced file, and not of its neighbours", async () => {
    const folder = mkdtempSync(join(tmpdir(), "weir-watch-"));
    const file = join(folder, "weir.yaml");
    let changes = 0;
    const watching = watchFile(
      file,
      () => changes++,
      (error) => expect.unreachable(String(error)),
    );
    writeFileSync(join(folder, "other.yaml"), "x");
    writeFileSync(file, "a");
    writeFileSync(file, "ab");
    await expect.poll(() => changes).toBe(1);
    writeFileSync(`${file}.new`, "c");
    renameSync(`${file}.new`, file);
    await expect.poll(() => changes).toBe(2);
    watching.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("tells when there is nothing to watch", () => {
    const faults: unknown[] = [];
    watchFile(
      "/nowhere/at/all/weir.yaml",
      () => {},
      (error) => faults.push(error),
    ).close();
    expect(faults).toHaveLength(1);
  });
});
