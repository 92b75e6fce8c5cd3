import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTestApp, TEST_ADMIN_KEY, type TestApp } from "./testing/build-test-app.ts";
import { chromiumPath } from "./testing/open-browser.ts";
import { type OpenedDashboard, openDashboard, PAGE_TITLES } from "./testing/open-dashboard.ts";

const headers = { "x-weir-key": TEST_ADMIN_KEY };
const SCRIPT = `<img src=x onerror="window.hacked=1">"'><script>window.hacked=1</script>`;
const LONG_ROUTE = `route-${"of-a-name-that-does-not-end-".repeat(5)}`;
const MODEL = "up/<b onmouseover=window.hacked=1>model</b>";
const CONFIG = `
upstreams: { up: { provider: simulated } }
candidates:
  - { id: ${JSON.stringify(MODEL)}, upstream: up, model: small, resembles: small, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } }
  - { id: up/large, upstream: up, resembles: large, price: { inputUsdPerMTok: 10, outputUsdPerMTok: 20 } }
routes:
  default:
    incumbent: up/large
    candidates: [${JSON.stringify(MODEL)}, up/large]
  ${LONG_ROUTE}:
    incumbent: up/large
    candidates: [${JSON.stringify(MODEL)}, up/large]
    mode: active
    activation: { override: ${JSON.stringify(SCRIPT)} }
auth: { required: false }
router: { timeoutMs: 2000 }
`;

describe.skipIf(chromiumPath === null)("the dashboard, shown what clients and vendors make up", () => {
  let weir: TestApp;
  let dashboard: OpenedDashboard;
  let page: Page;
  let settled: OpenedDashboard["settled"];

  beforeAll(async () => {
    weir = await buildTestApp({ config: CONFIG });
    dashboard = await openDashboard(weir);
    ({ page, settled } = dashboard);
    await dashboard.signIn(TEST_ADMIN_KEY);
  });
  afterAll(async () => {
    await dashboard?.close();
    await weir?.close();
  });

  const goTo = async (title: string) => {
    await page.goto(`${dashboard.origin}/#/${title.toLowerCase()}?route=${LONG_ROUTE}`);
    await page.getByRole("heading", { level: 1, name: title }).waitFor();
    await settled();
  };

  it.each([
    ["Overview", "No request in this time"],
    ["Costs", "No request in this time"],
    ["Requests", "No request like this"],
    ["Routing", "No decision in this time"],
    ["Savings", "Nothing is verified on this route"],
    ["Drift", "No model has answered yet"],
    ["Keys", "No key yet"],
    ["Budgets", "No budget yet"],
  ])("says on %s what is not there, before anybody asked anything", async (title, empty) => {
    await goTo(title);
    await page.getByRole("heading", { name: empty }).waitFor();
  });

  it("shows how the first request is sent, with this server's address", async () => {
    await goTo("Overview");
    await page.getByText(`curl ${dashboard.origin}/v1/chat/completions`).waitFor();
  });

  it("shows hostile and endless names as text on every page, at 1440 and 380 pixels, and is no wider for them", async () => {
    const key = await weir.app.inject({
      method: "POST",
      url: "/admin/keys",
      headers,
      payload: {
        name: `${SCRIPT}${"x".repeat(100)}`,
        team: SCRIPT,
        tags: [SCRIPT],
        budget: { usd: 1, window: "1d", hard: true },
      },
    });
    expect(key.statusCode).toBe(201);
    for (const model of [`weir/${LONG_ROUTE}`, "weir/auto"]) {
      const answer = await weir.app.inject({
        method: "POST",
        url: "/v1/chat/completions",
        headers: {
          authorization: `Bearer ${key.json().key}`,
          "x-weir-metadata": JSON.stringify({ feature: SCRIPT, tenant: SCRIPT, user: SCRIPT, tag: SCRIPT }),
        },
        payload: { model, messages: [{ role: "user", content: SCRIPT }] },
      });
      expect(answer.statusCode).toBe(200);
    }
    await weir.service.requestLog.flush(10_000);
    weir.service.storage.models.putAlarm({
      route: LONG_ROUTE,
      model: MODEL,
      signal: "length",
      atMs: weir.now(),
      because: SCRIPT,
    });
    for (const width of [1440, 380]) {
      await page.setViewportSize({ width, height: 900 });
      for (const title of PAGE_TITLES) {
        await goTo(title);
        const overflow = () => page.evaluate("document.documentElement.scrollWidth - window.innerWidth");
        await expect.poll(overflow, { message: `${title} at ${width}` }).toBeLessThanOrEqual(0);
      }
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    expect(await page.evaluate("window.hacked")).toBeUndefined();
  }, 900_000);

  it.each(["Drift", "Routing"])("shows a drift alarm on %s, its reason as text", async (title) => {
    await goTo(title);
    const alarm = page.getByRole("alert").filter({ hasText: "Provider: answers are of another length" });
    await alarm.waitFor();
    expect(await alarm.textContent()).toContain(SCRIPT);
    expect(await alarm.textContent()).toContain(MODEL);
  });

  it.each([
    ["Overview", "**/admin/budgets*", "Spend by day"],
    ["Overview", "**/admin/certificate*", "Cost by team"],
    ["Drift", "**/admin/drift/input*", "What is watched"],
    ["Routing", "**/admin/observation*", "Complexity"],
    ["Observation", "**/admin/activation*", "Where this route stands"],
  ])("keeps the rest of %s where %s fails", async (title, failing, kept) => {
    await page.route(failing, (route) =>
      route.fulfill({ status: 500, json: { error: { message: "out of order", code: "internal" } } }),
    );
    await goTo("Costs");
    await page.reload();
    await goTo(title);
    await page.getByText("out of order").first().waitFor();
    await page.getByRole("heading", { name: kept }).waitFor();
    await page.unroute(failing);
    // The browser tells of every 500, and of nothing else.
    expect(dashboard.faults.filter((fault) => !fault.includes("500"))).toEqual([]);
  });
});
