import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTestApp, type TestApp } from "./testing/build-test-app.ts";
import { chromiumPath } from "./testing/open-browser.ts";
import { type OpenedDashboard, openDashboard, PAGE_TITLES } from "./testing/open-dashboard.ts";

/** The tiny router of other tests knows none of the demo's models. */
const SHIPPED = fileURLToPath(new URL("../models", import.meta.url));
/** Half a minute of work; a machine that does other things takes long for it, and only one that hangs takes so long. */
const LONGEST_PLAY_MS = 600_000;

const usd = (value: number) =>
  new Intl.NumberFormat("en-US", {
    style: "currency",
    currency: "USD",
    signDisplay: "negative",
    ...(value !== 0 && Math.abs(value) < 0.1 ? { maximumSignificantDigits: 3 } : {}),
  })
    .format(value)
    .replace("-", "\u2212\u2060");
const count = (value: number) => new Intl.NumberFormat("en-US").format(value);
const percent = (share: number) =>
  new Intl.NumberFormat("en-US", { style: "percent", maximumFractionDigits: 1, signDisplay: "negative" })
    .format(share)
    .replace("-", "\u2212");

const tenths = (share: number) => `${(100 * share).toFixed(1)}%`;

describe.skipIf(chromiumPath === null)("the dashboard after the demo's days", () => {
  let weir: TestApp;
  let folder: string;
  let dashboard: OpenedDashboard;
  let page: Page;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "weir-dashboard-"));
    weir = await buildTestApp({
      config: null,
      storage: `sqlite:${join(folder, "weir.db")}`,
      demoVolume: 0.25,
      models: SHIPPED,
    });
    dashboard = await openDashboard(weir);
    ({ page } = dashboard);
    await dashboard.signIn();
  });
  afterAll(async () => {
    await dashboard?.close();
    await weir?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const { api, open, figure } = {
    api: (path: string) => dashboard.api(path),
    open: (title: string) => dashboard.open(title),
    figure: (label: string) => dashboard.figure(label),
  };
  const cells = (table: string) =>
    page.getByRole("table", { name: table }).locator("tbody tr").first().locator("td").allTextContents();

  it("plays the days when its offer is clicked, and shows them when they are over", async () => {
    await page.getByRole("button", { name: "Play 14 simulated days" }).click();
    await page.getByText(/day \d+ of 14/).waitFor();
    await page.locator('[data-figure="Spend"]').waitFor({ timeout: LONGEST_PLAY_MS });
    await expect.poll(async () => (await api("/admin/demo")).playing, { timeout: LONGEST_PLAY_MS }).toBe(false);
    expect((await api("/admin/demo")).fault).toBeNull();
    await page.reload();
    await dashboard.settled();
  }, 1_300_000);

  it("says on every page that it is simulated, and axe finds no serious fault there, wide or narrow", async () => {
    const found: string[] = [];
    for (const title of PAGE_TITLES) {
      await open(title);
      expect(await page.getByText("simulated", { exact: true }).first().isVisible()).toBe(true);
      const { violations } = await new AxeBuilder({ page }).analyze();
      const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
      found.push(...serious.map(({ id, nodes }) => `${title}: ${id} at ${nodes[0]?.html}`));
      await page.setViewportSize({ width: 380, height: 800 });
      const overflow = () => page.evaluate("document.documentElement.scrollWidth - window.innerWidth");
      await expect.poll(overflow, { message: title }).toBeLessThanOrEqual(0);
      await page.setViewportSize({ width: 1440, height: 900 });
    }
    expect(found).toEqual([]);
  }, 600_000);

  it("shows the API's figures on the overview", async () => {
    await open("Overview");
    const { total } = await api("/admin/usage?from=14d&interval=day");
    const { from, to } = await periodOf("14d");
    const exact = (await api(`/admin/usage?from=${from}&to=${to}`)).total;
    expect(await figure("Requests")).toBe(count(exact.requests));
    expect(await figure("Spend")).toBe(usd(exact.cost_usd));
    expect(await figure("Errors")).toBe(percent(exact.errors / exact.requests));
    expect(await figure("Saved (projected)")).toBe(usd(exact.saved_usd));
    expect(await figure("Cache hits")).toBe(percent(exact.cache_hits / exact.requests));
    expect(total.requests).toBeGreaterThanOrEqual(exact.requests);
    const byFeature = await api(`/admin/usage?from=${from}&to=${to}&group_by=feature&limit=6`);
    const bars = page.getByRole("list", { name: "Cost by feature" }).getByRole("listitem");
    expect(await bars.count()).toBe(byFeature.rows.length);
    expect(await bars.first().textContent()).toContain(
      `${byFeature.rows[0].feature}${usd(byFeature.rows[0].cost_usd)}`,
    );
  });

  it("shows the API's figures on the costs, by any dimension", async () => {
    await page.goto(`${dashboard.origin}/#/costs?by=team,model`);
    await dashboard.settled();
    const { from, to } = await periodOf("7d");
    const { rows, total } = await api(`/admin/usage?from=${from}&to=${to}&group_by=team,model`);
    expect(await figure("total")).toBe(`${usd(total.cost_usd)} in all`);
    const [team, model, cost, share, requests] = await cells("Cost by team and model");
    expect([team, model, cost, share, requests]).toEqual([
      rows[0].team,
      rows[0].model,
      usd(rows[0].cost_usd),
      tenths(rows[0].cost_usd / total.cost_usd),
      count(rows[0].requests),
    ]);
  });

  it("tells the story of a redacted request and of a refused one as the log has them", async () => {
    const { rows } = await api("/admin/requests?filter.feature=ticket-reply&limit=100");
    const redacted = rows.find(({ guardrails }: { guardrails: unknown[] }) =>
      JSON.stringify(guardrails).includes("redacted"),
    );
    await page.goto(`${dashboard.origin}/#/requests/${redacted.id}`);
    await page.getByText(/customer-data: redacted/).waitFor();
    expect(await page.locator("dd").allTextContents()).toContain(redacted.model);
    const [refused] = (await api("/admin/requests?filter.status=402&limit=1")).rows;
    await page.goto(`${dashboard.origin}/#/requests/${refused.id}`);
    await page.getByText("refused: a budget is used up").waitFor();
  });

  it("shows the API's figures on routing, and its handle moves by the arrow keys", async () => {
    await open("Routing");
    const { from, to } = await periodOf("14d");
    const body = await api(`/admin/routing?route=assistant&from=${from}&to=${to}`);
    await page.getByText(`The newest ${count(body.requests)} decisions`).waitFor();
    const task = await cells("Tasks");
    expect(task.slice(0, 3)).toEqual([
      body.tasks[0].task ?? "unknown",
      count(body.tasks[0].requests),
      percent(body.tasks[0].earlier_share),
    ]);
    const handle = page.getByRole("slider");
    const facts = () => page.getByRole("region", { name: "Quality against cost" }).locator("dd").allTextContents();
    await handle.focus();
    await page.keyboard.press("Home");
    const cheapest = await facts();
    await page.keyboard.press("End");
    const best = await facts();
    expect(best).not.toEqual(cheapest);
    const saved = ([text]: string[]) => Number.parseFloat(text!.replace("\u2212", "-"));
    const lowest = body.frontier.reduce(
      (least: number, { cost_usd: cost }: { cost_usd: number }) => Math.min(least, cost),
      Infinity,
    );
    expect(cheapest[0]).toBe(`${percent(1 - lowest / body.incumbent.cost_usd)} of ${body.incumbent.model}'s cost`);
    expect(saved(best)).toBeLessThan(saved(cheapest));
    // By the mouse: from the right end to the middle of the track.
    const { x, y, width, height } = (await page.locator(".mantine-Slider-trackContainer").boundingBox())!;
    const held = (await handle.boundingBox())!;
    await page.mouse.move(held.x + held.width / 2, held.y + held.height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width / 2, y + height / 2, { steps: 4 });
    await page.mouse.up();
    const middle = await facts();
    expect(saved(middle)).toBeGreaterThan(saved(best));
    expect(saved(middle)).toBeLessThan(saved(cheapest));
    expect(middle[3]).toMatch(/\[.+, .+\]$/);
  });

  it("shows the API's figures on calibration and drift", async () => {
    await open("Routing");
    const current = await api("/admin/observation?route=assistant");
    const isKnown = current.projected !== null && current.projected.saving.method !== "no_audit_bound";
    const earlier = current.previous.find(({ kind }: { kind: string }) => kind === "observe")?.observation;
    const before =
      earlier === undefined ? current : await api(`/admin/observation?route=assistant&observation=${earlier}`);
    const first = isKnown ? current : before;
    const { calibration } = before.calibration.length > first.calibration.length ? before : first;
    expect(calibration.length).toBeGreaterThan(0);
    expect((await cells("Promised and realised"))[0]).toBe(percent(calibration[0].promised));
    const bins = page.getByRole("table", { name: "Promised and realised" }).locator("tbody tr");
    expect(await bins.count()).toBe(calibration.length);
    await open("Drift");
    const { models, alarms } = await api("/admin/drift?route=assistant");
    for (const { model } of models) await page.getByRole("region", { name: model, exact: true }).waitFor();
    const input = await api("/admin/drift/input?route=assistant");
    expect(input.days.length).toBeGreaterThan(7);
    expect(input.prices.map(({ model }: { model: string }) => model)).toContain("openai/gpt-4o");
    for (const name of [
      "Share of prompts far from the router's training, by day",
      "Distance of a day's prompts to those compared with, by day",
      "List prices of each model, then and now",
    ])
      await page.getByRole("img", { name }).waitFor();
    await page.getByText("No price has moved since.").waitFor();
    expect(alarms).toEqual([]);
    await page.getByText("No alarm", { exact: false }).waitFor();
  });

  it("shows the API's figures on observation, with the certificate and the ramp", async () => {
    await open("Observation");
    const current = await api("/admin/observation?route=assistant");
    await page.locator('[data-figure="Audits done"]').waitFor();
    const isEarlier =
      current.kind === "active" && (await page.getByText("before activation", { exact: true }).count()) > 0;
    const earlier = isEarlier ? `&observation=${current.previous[0].observation}` : "";
    const body = await api(`/admin/observation?route=assistant${earlier}`);
    expect(await figure("Audits done")).toBe(count(body.audits.done));
    expect(await figure("Cost of audits")).toBe(usd(body.audits.replay_usd + body.audits.judge_usd));
    const { certificate, valid } = await api("/admin/certificate?route=assistant");
    if (certificate === null) await page.getByText("No certificate was issued for this route.").waitFor();
    else await page.getByText(valid ? "valid" : "void", { exact: true }).waitFor();
  });

  it("shows the API's figures on savings", async () => {
    await open("Savings");
    const { months, rows } = await api("/admin/savings?route=assistant");
    if (months.length === 0) {
      await page.getByText(rows === 0 ? "Nothing is verified on this route" : "No session yet").waitFor();
      return;
    }
    const month = months.at(-1);
    if (month.saved_usd !== null) expect(await figure("Verified saving")).toBe(usd(month.saved_usd));
    expect(await figure("Cost of the holdout")).toBe(usd(month.holdout_cost_usd));
    expect(await page.locator("dd").allTextContents()).toContain(count(rows));
  });

  it("shows keys, budgets, guardrails, cache, routers, prices and settings as the API has them", async () => {
    const { keys } = await api("/admin/keys");
    await open("Keys");
    expect((await cells("Keys"))[0]).toContain(keys[0].name);
    expect(await page.getByRole("table", { name: "Keys" }).locator("tbody tr").count()).toBe(keys.length);
    const { budgets } = await api("/admin/budgets");
    await open("Budgets");
    for (const { spent, cap } of budgets)
      await page
        .getByText(`${usd(spent)} spent (${percent(spent / cap)})`)
        .first()
        .waitFor();
    await open("Guardrails");
    expect((await cells("Guardrails"))[0]).toBe("customer-data");
    await open("Cache");
    const { disk } = await api("/admin/cache");
    expect(await figure("In the storage")).toBe(count(disk.entries));
    await open("Routers");
    const { serving } = await api("/admin/routers");
    await page.getByText(serving.version).first().waitFor();
    await open("Prices");
    const { candidates } = await api("/admin/prices");
    expect((await cells("USD a million tokens"))[0]).toBe(candidates[0].model);
    await open("Settings");
    const settings = await api("/admin/settings");
    expect(JSON.parse((await page.locator("pre").textContent())!)).toEqual(settings.routes);
  });

  it("can be walked by keyboard alone: the link past the navigation, every page, a dialog and back", async () => {
    await page.goto(`${dashboard.origin}/#/overview`);
    await dashboard.settled();
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    await page.keyboard.press("Tab");
    await expect.poll(focused).toBe("Skip to the page");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.evaluate("document.activeElement.id")).toBe("main");
    for (const title of PAGE_TITLES) {
      const link = page.getByRole("navigation", { name: "pages" }).getByRole("link", { name: title, exact: true });
      await link.focus();
      expect(await page.evaluate("document.activeElement.matches(':focus-visible')"), title).toBe(true);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: title }).waitFor();
    }
    await open("Keys");
    await page.getByRole("button", { name: "New key" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await expect
      .poll(() => page.evaluate("document.querySelector('[role=dialog]').contains(document.activeElement)"))
      .toBe(true);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    // The focus goes back a moment after the dialog has gone.
    await expect.poll(focused).toBe("New key");
  });

  it("made no error and asked nobody else, all along", () => {
    expect(dashboard.faults).toEqual([]);
  });

  const focused = () => page.evaluate("document.activeElement.textContent.trim()");

  /** The page's own period, whole days, from its clock. */
  async function periodOf(name: "7d" | "14d"): Promise<{ readonly from: string; readonly to: string }> {
    const dayMs = 86_400_000;
    const nowMs = Number(await page.evaluate("Date.now()"));
    const toMs = Math.floor(nowMs / dayMs) * dayMs + dayMs;
    const days = name === "7d" ? 7 : 14;
    return { from: new Date(toMs - days * dayMs).toISOString(), to: new Date(toMs).toISOString() };
  }
});
