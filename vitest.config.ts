import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["**/*.test.ts"],
    exclude: ["node_modules/**", "dist*/**"],
    globalSetup: "scripts/build-before-tests.mjs",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What comes in the end may take its time: one second, the default, is what a busy machine may be away for.
    expect: { poll: { timeout: 30_000 } },
    pool: "forks",
    maxWorkers: 2,
  },
});
