import { chmodSync, existsSync, readFileSync } from "node:fs";
import { get } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import {
  buildTestApp,
  TEST_ADMIN_KEY,
  TEST_CONFIG,
  type TestApp,
  type TestAppOptions,
} from "../testing/build-test-app.ts";

const ADMIN = { "x-weir-key": TEST_ADMIN_KEY };
const LIMIT = [{ scope: "key", subject: "*", rpm: 9 }];

describe("where settings can be changed", () => {
  let weir: TestApp;
  afterEach(() => weir.close());

  async function build(options: TestAppOptions): Promise<void> {
    weir = await buildTestApp(options);
  }
  const read = async (url: string, headers: Record<string, string> = ADMIN) =>
    (await weir.app.inject({ url, headers })).json();
  async function put(url: string, body: object, headers: Record<string, string> = ADMIN) {
    const { etag } = (await read("/admin/settings")).file;
    const response = await weir.app.inject({ method: "PUT", url, headers, payload: { etag, ...body } });
    return { status: response.statusCode, error: response.json().error, body: response.json() };
  }

  it("makes a file in demo mode, which stays a demo, and takes it away again", async () => {
    await build({ config: null, onDisk: true });
    expect((await read("/admin/settings")).file).toMatchObject({
      exists: false,
      writable: true,
      path: weir.configPath,
    });
    expect(await put("/admin/settings/limits", { value: LIMIT })).toMatchObject({
      status: 200,
      body: { effective: LIMIT },
    });
    expect(readFileSync(weir.configPath, "utf8")).toBe('limits:\n  - scope: key\n    subject: "*"\n    rpm: 9\n');
    const settings = await read("/admin/settings");
    expect(settings).toMatchObject({ mode: "demo", file: { exists: true }, guardrails: [{ name: "customer-data" }] });
  });

  it("says of a demo's models, and of their prices, why they are not changed and what to do", async () => {
    await build({ config: null, onDisk: true });
    for (const url of ["/admin/settings/routes", "/admin/settings/upstreams", "/admin/prices/openai%2Fgpt-4o"]) {
      const { status, error } = await put(url, url.includes("prices") ? { price: null } : { value: {} });
      expect([status, error.code]).toEqual([409, "settings_not_writable"]);
      expect(error.message).toContain("weir init");
    }
    expect(await read("/admin/settings/routes")).toMatchObject({
      editable: false,
      reason: expect.stringContaining("weir init"),
    });
    expect(existsSync(weir.configPath)).toBe(false);
  });

  it("changes nothing of a configuration that is in no file, or in one that is marked read-only", async () => {
    await build({});
    expect((await read("/admin/settings")).file).toMatchObject({ path: "", writable: false });
    expect((await put("/admin/settings/limits", { value: LIMIT })).error.code).toBe("settings_not_writable");
    await weir.close();
    await build({ onDisk: true });
    chmodSync(weir.configPath, 0o444);
    const { status, error } = await put("/admin/settings/limits", { value: LIMIT });
    expect([status, error.code]).toEqual([409, "settings_not_writable"]);
    expect(error.message).toContain("marked read-only");
  });

  it("names the line of a file that somebody broke meanwhile", async () => {
    await build({ onDisk: true });
    weir.setConfig(`${TEST_CONFIG}limits: [\n`);
    expect((await put("/admin/settings/cache", { value: {} })).error.message).toMatch(/no valid YAML \(line \d+:/);
  });

  it("asks the admin key, and of a session the header that no other site can send", async () => {
    await build({ onDisk: true });
    const payload = { key: TEST_ADMIN_KEY };
    const opened = await weir.app.inject({
      method: "POST",
      url: "/admin/session",
      headers: { "x-weir-csrf": "1" },
      payload,
    });
    const cookie = String(opened.headers["set-cookie"]).split(";")[0] ?? "";
    const url = "/admin/settings/limits";
    expect((await put(url, { value: LIMIT }, {})).status).toBe(401);
    expect((await put(url, { value: LIMIT }, { cookie })).status).toBe(403);
    expect((await put(url, { value: LIMIT }, { cookie, "x-weir-csrf": "1" })).status).toBe(200);
    const [revision] = await read("/admin/settings/revisions", { cookie });
    expect(revision.by).toBe("a session of the dashboard");
    const large = await put(url, { value: ["x".repeat(1_100_000)] });
    expect([large.status, large.error.code]).toEqual([413, "body_too_large"]);
  });

  it("tells open pages, so that they ask again", async () => {
    await build({ onDisk: true });
    const address = await weir.app.listen({ port: 0, host: "127.0.0.1" });
    const told = new Promise<string>((resolve, reject) => {
      const request = get(`${address}/admin/live`, { headers: ADMIN }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
          if (chunk.includes("retry:")) put("/admin/settings/limits", { value: LIMIT }).catch(reject);
          if (!text.includes("event: settings")) return;
          resolve(text);
          request.destroy();
        });
      }).on("error", reject);
    });
    expect(await told).toContain('event: settings\ndata: {"reloads":1}');
  });
});
