import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["**/*.test.ts"],
    exclude: ["node_modules/**", "dist*/**"],
    globalSetup: "scripts/build-before-tests.mjs",
    // Nothing here is judged by its speed: these end what hangs, on a machine that has other work ten times as slow.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // What comes in the end may take its time: one second, the default, is what a busy machine may be away for.
    expect: { poll: { timeout: 120_000 } },
    pool: "forks",
    maxWorkers: 2,
  },
});
