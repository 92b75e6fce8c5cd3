import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

it("weir --version says which one is installed", () => {
  const { stdout, status } = spawnSync(process.execPath, ["dist/cli.js", "--version"], { encoding: "utf8" });
  expect(stdout.trim()).toBe(JSON.parse(readFileSync("package.json", "utf8")).version);
  expect(status).toBe(0);
});
