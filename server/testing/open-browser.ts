import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** Debian's, or the one that WEIR_CHROMIUM names. */
const PATHS = [
  process.env.WEIR_CHROMIUM ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

/** Where a browser is; null where there is none, and tests that need one say so and skip. */
export const chromiumPath: string | null = PATHS.find((path) => path !== "" && existsSync(path)) ?? null;

/** A browser that asks nothing of its maker. */
export function openBrowser(): Promise<Browser> {
  if (chromiumPath === null) throw new Error("no Chromium was found");
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
