import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { nextVersion } from "./next-version.ts";

const NOW_MS = Date.parse("2026-11-23T12:00:00Z");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "weir-version-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("is the day's first where there is none of the day, nor even a folder", () => {
  expect(nextVersion(join(folder, "none"), NOW_MS)).toBe("2026-11-23.1");
  mkdirSync(join(folder, "2026-11-22.9"));
  expect(nextVersion(folder, NOW_MS)).toBe("2026-11-23.1");
});

it("is above the highest of the day, whatever gaps there are and whatever else lies there", () => {
  for (const name of ["2026-11-23.3", "2026-11-23.10", "2026-11-23.old", ".retrain-run_1"])
    mkdirSync(join(folder, name));
  expect(nextVersion(folder, NOW_MS)).toBe("2026-11-23.11");
});
