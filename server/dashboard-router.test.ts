import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, buildObservedApp, observedConfig } from "./observation/testing/observed-app.ts";
import { openWorld, SERVING, type World } from "./retrain/testing/changed-world.ts";
import { TEST_ADMIN_KEY, type TestApp } from "./testing/build-test-app.ts";
import { chromiumPath } from "./testing/open-browser.ts";
import { type OpenedDashboard, openDashboard } from "./testing/open-dashboard.ts";

describe.skipIf(chromiumPath === null)("a router learned anew from its page", () => {
  let world: World;
  let dashboard: OpenedDashboard;
  beforeAll(async () => {
    world = await openWorld({ cheap: 0.4, retrain: '{ schedule: "0 3 * * 1" }' });
    await world.play(400);
    dashboard = await openDashboard(world.host);
    await dashboard.signIn(TEST_ADMIN_KEY);
    await dashboard.open("Routers");
  });
  afterAll(async () => {
    await dashboard?.close();
    await world?.close();
  });

  const serving = async () => (await dashboard.api("/admin/routers")).serving.version;
  const confirm = (label: string) => dashboard.page.getByRole("dialog").getByRole("button", { name: label }).click();

  it("is begun, and its proposal has the API's figures", async () => {
    const { page, api } = dashboard;
    await page.getByText("0 3 * * 1, next", { exact: false }).waitFor();
    await page.getByRole("button", { name: "Start now: default" }).click();
    await confirm("Start now");
    await page.getByRole("table", { name: "Runs" }).getByRole("row").nth(1).waitFor();
    await world.host.service.retrainer.settled();
    // The clock of the page stands: it looks again when it is opened again.
    await page.reload();
    const { proposals, runs } = await api("/admin/retrain");
    const [{ version }] = proposals;
    const { quality_difference: difference } = runs[0].comparison;
    const proposal = page.getByRole("alert", { name: `Proposed for default: default ${version}` });
    await proposal.waitFor();
    expect(await proposal.textContent()).toContain(
      `+${difference.value.toFixed(4)} [+${difference.low.toFixed(4)}, +${difference.high.toFixed(4)}]`,
    );
    expect(await serving()).toBe(SERVING);
  });

  it("serves once it is promoted, after asking, and the one before serves after a roll-back", async () => {
    const { page, api } = dashboard;
    const [{ version }] = (await api("/admin/retrain")).proposals;
    await page
      .getByRole("alert")
      .getByRole("button", { name: `Promote: default ${version}` })
      .click();
    expect(await serving()).toBe(SERVING);
    await confirm("Promote");
    await page.getByRole("alert").getByText("serves", { exact: true }).waitFor();
    expect(await serving()).toBe(version);
    await page.getByRole("button", { name: "Roll back: default" }).click();
    await confirm("Roll back");
    await page
      .getByRole("alert")
      .getByRole("button", { name: `Dismiss: default ${version}` })
      .waitFor();
    expect(await serving()).toBe(SERVING);
    await page.getByRole("button", { name: `Dismiss: default ${version}` }).click();
    await confirm("Dismiss");
    await page.getByRole("alert").waitFor({ state: "detached" });
    expect((await api("/admin/retrain")).proposals).toEqual([]);
    expect(dashboard.faults).toEqual([]);
  });
});

describe.skipIf(chromiumPath === null)("what is watched and what people judge", () => {
  let weir: TestApp;
  let dashboard: OpenedDashboard;
  beforeAll(async () => {
    const drift = "drift: { canaries: { prompts: [{ id: one, prompt: Say one }, { id: two, prompt: Say two }] } }";
    weir = await buildObservedApp(observedConfig("{ auditRate: 1, noiseShare: 0, goldShare: 1 }", { more: drift }));
    for (const name of ["first", "second"]) await ask(weir, `the ${name} <b>question</b>`);
    await weir.service.observer.settled();
    dashboard = await openDashboard(weir);
    await dashboard.signIn(TEST_ADMIN_KEY);
  });
  afterAll(async () => {
    await dashboard?.close();
    await weir?.close();
  });

  it("asks canaries after asking, and shows each model's as the API has them", async () => {
    const { page, api } = dashboard;
    await dashboard.open("Drift");
    await page.getByText("No alarm", { exact: false }).waitFor();
    await page.getByRole("button", { name: "Ask canaries now" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Ask canaries now" }).click();
    await page.getByRole("status").getByText("4 of 4 passed", { exact: false }).waitFor();
    const { models } = await api("/admin/drift?route=default");
    expect(models.map(({ model }: { model: string }) => model)).toEqual(["cheap/small-1", "dear/large-1"]);
    for (const { model, canaries } of models) {
      const cells = page.getByRole("table", { name: `Canaries of ${model}` }).locator("tbody td");
      expect(await cells.nth(1).textContent()).toBe(`${canaries[0].passed} of ${canaries[0].asked}`);
    }
  });

  it("has people label audits without saying whose the answers are, until none waits", async () => {
    const { page, api } = dashboard;
    await dashboard.open("Observation");
    const panel = page.getByRole("region", { name: "Label by people" });
    await panel.getByText("user: the first <b>question</b>").waitFor();
    expect(await panel.textContent()).not.toContain("cheap/");
    await panel.getByRole("button", { name: "A is better" }).click();
    await panel.getByText("user: the second <b>question</b>").waitFor();
    await panel.getByRole("button", { name: "As good as each other" }).click();
    await panel.getByText("No audit waits for a label.").waitFor();
    expect((await api("/admin/observation/labels?route=default")).tasks).toEqual([]);
    expect(dashboard.faults).toEqual([]);
  });
});
