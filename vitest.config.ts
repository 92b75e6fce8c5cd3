import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Short files of tests that take long: found last, one of them would run alone when the others are done. */
const LONG = /\/(readme|results|docs|run-study|dashboard-demo|retrain-http|changed-world|crash|main)\.test\.ts$/;

/** A clone that knows no durations yet begins with them. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

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
    sequence: { sequencer: LongFirst },
  },
});
