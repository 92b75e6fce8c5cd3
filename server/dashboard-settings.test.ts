import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { buildTestApp, TEST_ADMIN_KEY, type TestApp } from "./testing/build-test-app.ts";
import { chromiumPath } from "./testing/open-browser.ts";
import { type OpenedDashboard, openDashboard } from "./testing/open-dashboard.ts";

const HOSTILE = "<img src=x onerror=window.hacked=1>";
const CONFIG = `# ours
upstreams:
  up: { provider: simulated }
candidates:
  # small
  - { id: up/small, upstream: up, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 1 } } # cheap
  - { id: up/large, upstream: up, price: { inputUsdPerMTok: 2, outputUsdPerMTok: 2 } }
routes:
  default: { incumbent: up/large, candidates: [up/large, up/small], mode: "off" }
auth: { required: false }
router: { timeoutMs: 2000 }
budgets:
  - { scope: team, subject: web, usd: 10, window: 1mo } # of the web team
limits:
  # people first
  - { scope: team, subject: web, rpm: 60 }
`;

describe.skipIf(chromiumPath === null)("weir.yaml on the pages", () => {
  let weir: TestApp;
  let dashboard: OpenedDashboard;
  let page: Page;
  const open = (title: string) => dashboard.open(title);
  const api = (path: string) => dashboard.api(path);
  const text = () => readFileSync(weir.configPath, "utf8");
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const dialog = () => page.getByRole("dialog");
  const saved = () => page.getByRole("status").filter({ hasText: "Saved" }).waitFor();
  /** What a table shows, row by row, without the buttons. */
  const rows = async (caption: string) => {
    const all = await page.getByRole("table", { name: caption }).locator("tbody tr").all();
    return Promise.all(all.map(async (row) => (await row.locator("td:not(.weir-action)").allTextContents()).join("|")));
  };

  beforeAll(async () => {
    weir = await buildTestApp({ config: CONFIG, onDisk: true });
    dashboard = await openDashboard(weir);
    ({ page } = dashboard);
    await dashboard.signIn(TEST_ADMIN_KEY);
  });
  afterAll(async () => {
    await dashboard?.close();
    await weir?.close();
  });

  async function ask(content: string) {
    const payload = { model: "up/large", messages: [{ role: "user", content }] };
    return weir.app.inject({ method: "POST", url: "/v1/chat/completions", payload });
  }

  async function choose(label: string, option: string): Promise<void> {
    await dialog()
      .getByRole("combobox", { name: label })
      .or(dialog().getByLabel(label, { exact: true }))
      .first()
      .click();
    await page.getByRole("option", { name: option }).first().click();
  }

  it("adds a limit with a hostile name by the keyboard alone, and the file keeps its comments", async () => {
    await open("Limits");
    await button("Add a limit").focus();
    await page.keyboard.press("Enter");
    await dialog().getByLabel("Which one").focus();
    await page.keyboard.type(HOSTILE);
    await page.keyboard.press("Tab");
    await page.keyboard.type("7");
    await page.keyboard.press("Enter");
    await saved();
    expect(await rows("Limits of the configuration")).toEqual(["team web|60|—|—|—|—", `team ${HOSTILE}|7|—|—|—|—`]);
    expect((await api("/admin/settings")).limits[1]).toEqual({ scope: "team", subject: HOSTILE, rpm: 7 });
    expect(text()).toContain("  # people first\n  - { scope: team, subject: web, rpm: 60 }\n");
    expect(await page.evaluate("window.hacked")).toBeUndefined();
  });

  it("says at the field what is wrong with it, keeps what was typed, and goes there", async () => {
    await button("Edit: team web").click();
    const amount = dialog().getByLabel("Requests a minute");
    await amount.fill("0");
    await button("Save the limit").click();
    await dialog().getByRole("alert").waitFor();
    await expect.poll(() => amount.getAttribute("aria-invalid")).toBe("true");
    await expect.poll(() => page.evaluate("document.activeElement.value")).toBe("0");
    const told = (await amount.getAttribute("aria-describedby"))!.split(" ").map((id) => `[id="${id}"]`);
    expect((await page.locator(told.join(",")).allTextContents()).join(" ")).toContain("too small");
    expect(await amount.inputValue()).toBe("0");
    dashboard.faults.length = 0; // The browser tells of every 400.
    await amount.fill("90");
    await button("Save the limit").click();
    await saved();
    expect((await api("/admin/settings")).limits[0]).toEqual({ scope: "team", subject: "web", rpm: 90 });
  });

  it("says that somebody else changed the same, shows both, and lets one decide", async () => {
    await button("Edit: team web").click();
    await dialog().getByLabel("Requests a minute").fill("100");
    weir.setConfig(text().replace("rpm: 90", "rpm: 95"));
    await button("Save the limit").click();
    await dialog().getByText("What the file has there now").waitFor();
    expect(await dialog().locator("pre").textContent()).toContain('"rpm": 95');
    expect(await dialog().getByLabel("Requests a minute").inputValue()).toBe("100");
    dashboard.faults.length = 0; // The browser tells of every 409.
    await button("Save mine in its place").click();
    await saved();
    expect((await api("/admin/settings")).limits[0].rpm).toBe(100);
  });

  it("saves without a word when somebody changed another section meanwhile", async () => {
    await button("Edit: team web").click();
    await dialog().getByLabel("Requests a minute").fill("101");
    weir.setConfig(text().replace("# ours", "# all of ours"));
    await button("Save the limit").click();
    await saved();
    expect(text()).toContain("# all of ours");
    expect((await api("/admin/settings")).limits[0].rpm).toBe(101);
    dashboard.faults.length = 0;
  });

  it("shows what to write by hand where the file cannot be written, and keeps what was typed", async () => {
    chmodSync(weir.configPath, 0o444);
    await button("Edit: team web").click();
    await dialog().getByLabel("Requests a minute").fill("102");
    await button("Save the limit").click();
    await dialog().getByRole("alert").getByText("To write it by hand").waitFor();
    const shown = (await dialog().locator("pre").textContent())!;
    expect(parse(shown).limits[0]).toEqual({ scope: "team", subject: "web", rpm: 102 });
    expect(await dialog().getByLabel("Requests a minute").inputValue()).toBe("102");
    chmodSync(weir.configPath, 0o644);
    await page.keyboard.press("Escape");
    await dialog().waitFor({ state: "detached" });
    dashboard.faults.length = 0;
  });

  it("removes a limit after asking", async () => {
    await button(`Remove: team ${HOSTILE}`).click();
    expect((await api("/admin/settings")).limits).toHaveLength(2);
    await dialog().getByRole("button", { name: "Remove" }).click();
    await saved();
    await expect.poll(() => rows("Limits of the configuration")).toEqual(["team web|101|—|—|—|—"]);
    expect((await api("/admin/settings")).limits).toHaveLength(1);
  });

  it("tries a guardrail before it is there, makes it, and the next request is refused", async () => {
    await open("Guardrails");
    await button("Add a guardrail").click();
    await dialog().getByLabel("Name").fill("words");
    await choose("Check", "deny-list");
    await choose("What follows when it finds something", "refuse it");
    await dialog().getByLabel("Longest that it may take, ms").fill("30000");
    await dialog().getByLabel("terms").fill("nightfall");
    await dialog().getByLabel("A text").fill("Is nightfall near?");
    await button("Try").click();
    await dialog().getByRole("status").getByText("words: blocked 1 denied").waitFor();
    expect((await ask("Is nightfall near?")).statusCode).toBe(200);
    await button("Save the guardrail").click();
    await saved();
    const [guardrail] = (await api("/admin/settings")).guardrails;
    expect(guardrail).toMatchObject({
      name: "words",
      check: "deny-list",
      action: "block",
      options: { terms: ["nightfall"] },
    });
    expect((await ask("Is nightfall near?")).json().error.code).toBe("blocked_by_guardrail");
    await weir.service.requestLog.flush(10_000);
    await page.reload();
    await dashboard.settled();
    const late = (await api("/admin/guardrails/outcomes")).guardrails[0].outcomes;
    const row = `words|deny-list|input|refused|the request is refused|everyone|${late.blocked} blocked`;
    await expect.poll(async () => (await rows("Guardrails"))[0]).toBe(row);
  });

  it("edits a guardrail and removes it after asking, from the next request on", async () => {
    await button("Edit: words").click();
    await choose("What follows when it finds something", "note it");
    await button("Save the guardrail").click();
    await saved();
    expect((await api("/admin/settings")).guardrails[0].action).toBe("flag");
    expect((await ask("Is nightfall near?")).statusCode).toBe(200);
    await button("Remove: words").click();
    await dialog().getByRole("button", { name: "Remove" }).click();
    await page.getByText("None yet. A guardrail redacts", { exact: false }).waitFor();
    expect((await api("/admin/settings")).guardrails).toEqual([]);
  });

  it("edits a price and takes it back, and the API's figures are on the page", async () => {
    await open("Prices");
    await button("Edit: up/small").click();
    await dialog().getByRole("textbox", { name: "Input", exact: true }).fill("3.5");
    await button("Save the price").click();
    await saved();
    const { candidates } = await api("/admin/prices");
    expect(candidates[0]).toMatchObject({ price: { input_usd_per_mtok: 3.5 }, price_source: "weir.yaml" });
    expect((await rows("USD a million tokens"))[0]).toContain("up/small|up|$3.500|$1.000|—|—|weir.yaml");
    expect(text()).toContain("# cheap");
    await button("Reset: up/small").click();
    await dialog().getByRole("button", { name: "Reset" }).click();
    await expect.poll(async () => (await rows("USD a million tokens"))[0]).toContain("up/small|up|unknown|");
    expect((await api("/admin/prices")).candidates[0]).toMatchObject({ price: null, price_source: null });
  });

  it("edits a section field by field, and says what waits for a restart", async () => {
    await open("Cache");
    await button("Edit: Cache").click();
    await dialog().getByLabel("ttlSeconds", { exact: true }).fill("60");
    await dialog().getByLabel("memoryMb").fill("32");
    await button("Save").click();
    await saved();
    await page.getByRole("status").getByText("cache.memoryMb").waitFor();
    expect((await api("/admin/settings")).cache).toMatchObject({ ttlSeconds: 60, memoryMb: 32 });
    expect(text()).toContain("ttlSeconds: 60");
  });

  it("forgets answers of one route after asking", async () => {
    await button("Forget answers").click();
    await choose("Whose", "of a route");
    await choose("Route", "default");
    await dialog().getByRole("button", { name: "Forget answers" }).click();
    await page.getByRole("status").getByText("0 answers are forgotten.").waitFor();
  });

  it("edits a section as text: what changes is shown and checked first, then saved, and can be put back", async () => {
    await open("Settings");
    await page
      .getByRole("navigation", { name: "sections" })
      .getByRole("button", { name: /^Limits/ })
      .click();
    await button("Edit: Limits").click();
    const field = dialog().getByLabel("limits in weir.yaml");
    const before = await field.inputValue();
    await field.fill(before.replace("rpm: 101", "rpm: -1"));
    expect(await button("Save").isDisabled()).toBe(true);
    await button("Check and show what changes").click();
    await dialog().getByRole("alert").getByText("limits.0.rpm").waitFor();
    dashboard.faults.length = 0;
    await field.fill(before.replace("rpm: 101", "rpm: 102"));
    await button("Check and show what changes").click();
    await dialog().locator(".weir-diff [data-kind=in]").getByText("rpm: 102").waitFor();
    expect((await api("/admin/settings")).limits[0].rpm).toBe(101);
    await button("Save").click();
    await saved();
    expect((await api("/admin/settings")).limits[0].rpm).toBe(102);
    const { revision } = (await api("/admin/settings/revisions?limit=1"))[0];
    await button(`Show: change ${revision}`).click();
    await dialog().locator(".weir-diff [data-kind=out]").getByText("rpm: 101").waitFor();
    await page.keyboard.press("Escape");
    await button(`Restore: limits before change ${revision}`).click();
    await dialog().getByRole("button", { name: "Restore" }).click();
    await dialog().waitFor({ state: "detached" });
    expect((await api("/admin/settings")).limits[0].rpm).toBe(101);
    expect(text()).toContain("  # people first\n");
  });

  it("edits a budget of the file in the file", async () => {
    await open("Budgets");
    await button("Edit: team web").click();
    await dialog().getByLabel("USD", { exact: true }).fill("25");
    await button("Save the budget").click();
    await saved();
    expect((await api("/admin/budgets")).budgets[0]).toMatchObject({ usd: 25, of_file: true });
    expect(text()).toContain("usd: 25, window: 1mo } # of the web team");
  });

  it("reads the file again, and says what is wrong with it", async () => {
    const good = text();
    await open("Settings");
    writeFileSync(weir.configPath, `${good}limitz: []\n`);
    await button("Read weir.yaml again").click();
    await page.getByRole("alert").getByText("limitz", { exact: false }).waitFor();
    writeFileSync(weir.configPath, good);
    await button("Read weir.yaml again").click();
    await page.getByText("In effect.", { exact: true }).waitFor();
    dashboard.faults.length = 0;
  });

  it("has no fault that axe finds serious in forms, light and dark, and none needs sideways scrolling at 380 pixels", async () => {
    const found: string[] = [];
    const forms = [
      ["Limits", "Add a limit"],
      ["Guardrails", "Add a guardrail"],
      ["Prices", "Edit: up/large"],
      ["Cache", "Edit: Cache"],
      ["Keys", "New key"],
    ] as const;
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      for (const [title, name] of forms) {
        await open(title);
        await button(name).click();
        await dialog().waitFor();
        const axe = new AxeBuilder({ page }).include("[role=dialog]");
        const { violations } = await (colorScheme === "light" ? axe : axe.withRules(["color-contrast"])).analyze();
        const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
        found.push(...serious.map(({ id, nodes }) => `${title} (${colorScheme}): ${id} at ${nodes[0]?.html}`));
        await page.setViewportSize({ width: 380, height: 800 });
        const wide =
          "(() => { const one = document.querySelector('[role=dialog]'); return one.scrollWidth - one.clientWidth })()";
        await expect.poll(() => page.evaluate(wide), { message: title }).toBeLessThanOrEqual(0);
        await page.setViewportSize({ width: 1440, height: 900 });
        await page.keyboard.press("Escape");
        await dialog().waitFor({ state: "detached" });
      }
    }
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    expect(found).toEqual([]);
  });

  it("made no error and asked nobody else, all along", () => {
    expect(dashboard.faults).toEqual([]);
  });
});

describe.skipIf(chromiumPath === null)("the pages where nothing is configured", () => {
  let weir: TestApp;
  let dashboard: OpenedDashboard;
  beforeAll(async () => {
    weir = await buildTestApp({ config: null, onDisk: true });
    dashboard = await openDashboard(weir);
    await dashboard.signIn();
  });
  afterAll(async () => {
    await dashboard?.close();
    await weir?.close();
  });

  it("keep the demo's guardrail when another one is made, in a file that is made for it; and it stays the demo", async () => {
    const { page, api } = dashboard;
    await dashboard.open("Guardrails");
    await page.getByRole("button", { name: "Add a guardrail" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("mine");
    await page.getByRole("button", { name: "Save the guardrail" }).click();
    await page.getByRole("status").filter({ hasText: "Saved" }).waitFor();
    const settings = await api("/admin/settings");
    expect(settings.guardrails.map(({ name }: { name: string }) => name)).toEqual(["customer-data", "mine"]);
    expect(settings.mode).toBe("demo");
    expect(readFileSync(weir.configPath, "utf8")).toMatch(/^guardrails:/m);
  });

  it("say of prices why they are not edited, and what to do", async () => {
    await dashboard.open("Prices");
    await dashboard.page.getByText("weir init", { exact: false }).waitFor();
    expect(await dashboard.page.getByRole("button", { name: /^Edit/ }).count()).toBe(0);
    expect(dashboard.faults).toEqual([]);
  });
});
