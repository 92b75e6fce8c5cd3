import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTestApp, TEST_ADMIN_KEY, type TestApp } from "./testing/build-test-app.ts";
import { chromiumPath } from "./testing/open-browser.ts";
import { type OpenedDashboard, openDashboard } from "./testing/open-dashboard.ts";

const CONFIG = `
upstreams: { up: { provider: simulated } }
candidates:
  - { id: up/small, upstream: up, resembles: small, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 } }
  - { id: up/large, upstream: up, resembles: large, price: { inputUsdPerMTok: 10, outputUsdPerMTok: 20 } }
routes:
  default:
    incumbent: up/large
    candidates: [up/small, up/large]
    mode: observe
    policy: { name: always, candidate: up/small }
`;

describe.skipIf(chromiumPath === null)("activating a route from its page", () => {
  let weir: TestApp;
  let dashboard: OpenedDashboard;
  beforeAll(async () => {
    weir = await buildTestApp({ config: CONFIG });
    dashboard = await openDashboard(weir);
    await dashboard.signIn(TEST_ADMIN_KEY);
    await dashboard.open("Observation");
  });
  afterAll(async () => {
    await dashboard?.close();
    await weir?.close();
  });

  const routes = async () => (await dashboard.api("/admin/activation")).routes;

  it("asks, says why it is refused without a reason, and keeps the dialog", async () => {
    const { page } = dashboard;
    await page.getByRole("button", { name: "Activate: default" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Activate" }).click();
    await page
      .getByRole("dialog")
      .getByRole("alert")
      .getByText(/no certificate of "default" holds/)
      .waitFor();
    expect(await routes()).toEqual([]);
    dashboard.faults.length = 0; // The browser tells of the 409.
  });

  it("begins the ramp with a reason, which the page then shows", async () => {
    const { page } = dashboard;
    await page.getByLabel("Reason").fill("a trial");
    await page.getByRole("dialog").getByRole("button", { name: "Activate" }).click();
    await page.getByText("Routed without a certificate", { exact: true }).waitFor();
    await page.getByText("a trial", { exact: true }).waitFor();
    expect(await page.getByRole("list", { name: "ramp" }).getByRole("listitem").allTextContents()).toEqual([
      "1%",
      "10%",
      "50%",
      "100%",
    ]);
    expect(await routes()).toMatchObject([{ standing: "override", override: "a trial", share: 0.01 }]);
  });

  it("is stopped by the kill switch after asking, resumed, and taken back", async () => {
    const { page } = dashboard;
    await page.getByRole("button", { name: "Kill switch: default" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Kill switch" }).click();
    await page.getByText("The kill switch is on", { exact: true }).waitFor();
    expect((await routes())[0].killed).not.toBeNull();
    await page.getByRole("button", { name: "Resume: default" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Resume" }).click();
    await page.getByText("The kill switch is on", { exact: true }).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Deactivate: default" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Deactivate" }).click();
    await page.getByRole("button", { name: "Activate: default" }).waitFor();
    expect(await routes()).toEqual([]);
  });
});
