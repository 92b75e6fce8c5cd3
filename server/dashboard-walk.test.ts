import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTestApp, type TestApp } from "./testing/build-test-app.ts";
import { chromiumPath } from "./testing/open-browser.ts";
import { type OpenedDashboard, openDashboard, PAGE_TITLES } from "./testing/open-dashboard.ts";

const HOSTILE = `<img src=x onerror="window.hacked=1">"'><script>window.hacked=1</script>`;

if (chromiumPath === null)
  console.warn("no Chromium: the dashboard's walk is skipped (Debian: apt-get install chromium)");

describe.skipIf(chromiumPath === null)("the dashboard in a browser", () => {
  let weir: TestApp;
  let dashboard: OpenedDashboard;
  let page: Page;
  let origin: string;
  let faults: string[];
  const open = (title: string) => dashboard.open(title);
  const figure = (label: string) => dashboard.figure(label);
  const api = (path: string) => dashboard.api(path);

  beforeAll(async () => {
    weir = await buildTestApp({ config: null });
    for (const [i, feature] of ["search", "search", "chat", HOSTILE].entries()) await ask(`question ${i}`, feature);
    await weir.service.requestLog.flush(10_000);
    dashboard = await openDashboard(weir);
    ({ page, origin, faults } = dashboard);
  });
  afterAll(async () => {
    await dashboard?.close();
    await weir?.close();
  });

  async function ask(content: string, feature: string): Promise<void> {
    const answer = await weir.app.inject({
      method: "POST",
      url: "/v1/chat/completions",
      headers: { "x-weir-metadata": JSON.stringify({ feature, team: "web" }) },
      payload: { model: "weir/auto", messages: [{ role: "user", content }] },
    });
    expect(answer.statusCode).toBe(200);
  }

  it("asks for the key, keeps what was typed when it is refused, and lets the right one in by keyboard alone", async () => {
    await page.goto(origin);
    const key = page.getByLabel("Demo key");
    await key.fill("not the key");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    expect(await key.inputValue()).toBe("not the key");
    faults.length = 0; // The browser tells of every 401.
    await key.fill("weir-demo");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  });

  it("says on every page that the demo is simulated, in colours whose contrast axe finds enough, in light and dark", async () => {
    const found: string[] = [];
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      for (const title of PAGE_TITLES) {
        await open(title);
        expect(await page.getByText("simulated", { exact: true }).first().isVisible()).toBe(true);
        const { violations } = await new AxeBuilder({ page }).withRules(["color-contrast"]).analyze();
        const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
        found.push(...serious.map(({ id, nodes }) => `${title} (${colorScheme}): ${id} at ${nodes[0]?.html}`));
      }
    }
    expect(found).toEqual([]);
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  }, 900_000);

  it("needs no sideways scrolling at 380 pixels", async () => {
    await page.setViewportSize({ width: 380, height: 800 });
    for (const title of PAGE_TITLES) {
      await page.goto(`${origin}/#/${title.toLowerCase()}`);
      await page.getByRole("heading", { level: 1, name: title }).waitFor();
      const overflow = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth");
      expect(overflow, title).toBeLessThanOrEqual(0);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it("shows the figures that the API answers", async () => {
    await open("Overview");
    const { total } = await api("/admin/usage?from=14d");
    expect(await figure("Requests")).toBe(String(total.requests));
    const shown = Number((await figure("Spend")).replace(/[$,]/g, ""));
    expect(Math.abs(shown - total.cost_usd) / total.cost_usd).toBeLessThan(0.01);
  });

  it("answers in two clicks which calls cost the most last week", async () => {
    await open("Costs");
    await page.getByRole("table", { name: "Cost by model" }).getByRole("link").first().waitFor();
    await page.getByRole("link", { name: "Most costly requests" }).click();
    await page.getByRole("table", { name: "Requests" }).waitFor();
    const { rows } = await api("/admin/requests?sort=cost&limit=1&from=7d");
    const first = page.getByRole("table", { name: "Requests" }).getByRole("link").first();
    await first.click();
    await page.getByText(rows[0].id).waitFor();
    await page.getByRole("button", { name: "Decide again" }).click();
    await page.getByText("The same decision.").waitFor();
    await page.getByRole("button", { name: "Good answer" }).click();
    await page.getByText("user: 1.00").waitFor();
  });

  it("makes a key that works, shows it once, and revokes it after asking", async () => {
    await open("Keys");
    await page.getByRole("button", { name: "New key" }).click();
    await page.getByLabel("Name").fill("mobile app");
    await page.getByLabel("Team").fill("mobile");
    await page.getByRole("button", { name: "Make the key" }).click();
    const key = await figure("key");
    const headers = { authorization: `Bearer ${key}` };
    const listed = async () => (await weir.app.inject({ url: "/v1/models", headers })).statusCode;
    expect(key).toMatch(/^sk-weir-/);
    expect(await listed()).toBe(200);
    await page.getByRole("button", { name: "Revoke: mobile app" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await page.getByText("No key yet").waitFor();
    expect((await api("/admin/keys")).keys).toEqual([]);
  });

  it("says why a budget is refused and keeps what was typed", async () => {
    await open("Budgets");
    await page.getByRole("button", { name: "New budget" }).click();
    await page.getByLabel("USD").fill("99999999");
    await page.getByRole("button", { name: "Make the budget" }).click();
    await page.getByRole("dialog").getByRole("alert").waitFor();
    expect(await page.getByLabel("USD").inputValue()).toBe("99999999");
    await page.getByLabel("USD").fill("20");
    await page.getByRole("button", { name: "Make the budget" }).click();
    await page.getByText("$20.00 a month").waitFor();
    faults.length = 0;
  });

  it("decides while a prompt is typed and shows answers side by side", async () => {
    await open("Playground");
    await page.getByLabel("Prompt").fill("What is 2 + 2?");
    await page.getByRole("table", { name: "Candidates" }).waitFor();
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByRole("region", { name: "answer of weir/assistant" }).getByText("$").waitFor();
  });

  it("shows hostile text as text", async () => {
    await page.goto(`${origin}/#/requests?q=onerror`);
    await page.getByText(HOSTILE, { exact: true }).first().waitFor();
    expect(await page.evaluate("window.hacked")).toBeUndefined();
  });

  it("made no error and asked nobody else, all along", () => {
    expect(faults).toEqual([]);
  });

  it("keeps head and navigation, and says what failed, when a page's file cannot be fetched, and loads it again", async () => {
    await page.goto(`${origin}/#/overview`);
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    await page.route("**/assets/budgets-*.js", (route) => route.abort());
    const link = page.getByRole("navigation", { name: "pages" }).getByRole("link", { name: "Budgets", exact: true });
    await link.click();
    await page.getByRole("alert").getByText("This page could not be loaded").waitFor();
    await page.unroute("**/assets/budgets-*.js");
    await page.getByRole("button", { name: "Load again" }).click();
    await page.getByRole("heading", { level: 1, name: "Budgets" }).waitFor();
  });
});
