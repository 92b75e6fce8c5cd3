import type { Browser } from "playwright-core";
import { TEST_ADMIN_KEY, type TestApp } from "./build-test-app.ts";
import { openBrowser } from "./open-browser.ts";

/** Every page by its heading, in the order of the navigation. */
export const PAGE_TITLES = [
  "Overview",
  "Costs",
  "Requests",
  "Playground",
  "Routing",
  "Observation",
  "Savings",
  "Drift",
  "Routers",
  "Keys",
  "Budgets",
  "Limits",
  "Guardrails",
  "Cache",
  "Prices",
  "Settings",
] as const;

/** The dashboard of a server in a browser, and what is asked of it all along. */
export type OpenedDashboard = Awaited<ReturnType<typeof openDashboard>>;

/** Listens on a free port; the browser's clock stands at the server's. */
export async function openDashboard(weir: TestApp) {
  const origin = await weir.app.listen({ port: 0, host: "127.0.0.1" });
  const browser: Browser = await openBrowser();
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" });
  await context.clock.setFixedTime(weir.now());
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith("data:"))
      faults.push(`outside: ${request.url()}`);
  });
  const settled = () => page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
  return {
    page,
    origin,
    /** Errors on the console, in the page, and requests to anybody else. */
    faults,
    /** Waits until nothing on the page is loading. */
    settled,
    /** By the navigation, until the page has loaded. */
    async open(title: string): Promise<void> {
      await page.getByRole("navigation", { name: "pages" }).getByRole("link", { name: title, exact: true }).click();
      await page.getByRole("heading", { level: 1, name: title }).waitFor();
      await settled();
    },
    /** Text of the figure with this name. */
    async figure(label: string): Promise<string> {
      return (await page.locator(`[data-figure="${label}"]`).textContent())!.trim();
    },
    /** What the admin API answers at the same time. */
    api: async (url: string) => (await weir.app.inject({ url, headers: { "x-weir-key": TEST_ADMIN_KEY } })).json(),
    async signIn(key = "weir-demo"): Promise<void> {
      await page.goto(origin);
      await page.getByLabel(/^(Demo|Admin) key/).fill(key);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    },
    close: (): Promise<void> => browser.close(),
  };
}
