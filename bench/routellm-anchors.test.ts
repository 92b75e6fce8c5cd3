import { existsSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readDataFolder } from "../datasets/read-data-folder.ts";
import { packageRoot } from "../engine/package-root.ts";
import { oracle, promptLength } from "./policy/baselines.ts";
import { createMeasure, everyRow, type Measures } from "./policy/measure.ts";
import { createYardstick } from "./policy/yardstick.ts";
import { selectPool } from "./pool.ts";
import { ROUTELLM_PAIR } from "./pools.ts";

const data = process.env["WEIR_DATA"] ?? path.join(packageRoot.pathname, "..", "shared", "data");
const isThere = existsSync(path.join(data, "routellm.prompts.jsonl.gz"));

describe.skipIf(!isThere)("RouteLLM's protocol on RouteLLM's outcomes (skipped without the outcome data)", () => {
  const found: Record<string, Record<string, Measures>> = {};

  beforeAll(async () => {
    const table = await readDataFolder(data, { sources: ["routellm"] });
    for (const [name, prefix] of [
      ["mmlu", "mmlu/"],
      ["gsm8k", "gsm8k"],
    ] as const) {
      const rows = Int32Array.from(
        table.prompts.flatMap(({ task, extras }, row) =>
          task?.startsWith(prefix) && extras["routellm_excluded"] !== true ? [row] : [],
        ),
      );
      const pool = selectPool(table, rows, [ROUTELLM_PAIR.weak, ROUTELLM_PAIR.strong]);
      const yardstick = createYardstick(pool, ROUTELLM_PAIR);
      found[name] = {
        characters: createMeasure(pool, promptLength(pool), yardstick)(everyRow(pool)),
        oracle: createMeasure(pool, oracle(pool, yardstick), yardstick)(everyRow(pool)),
      };
      found[name].means = {
        weak: yardstick.meanQuality[yardstick.weak]!,
        strong: yardstick.meanQuality[yardstick.strong]!,
      };
    }
  });

  // Anchors on all 14,037 and 1,307 prompts: an independent computation from the origin's files. Here are 80 % of them.
  it.each([
    { name: "mmlu", weak: 0.68, strong: 0.806, characters: [0.566, 0.602], oracle: 1.268 },
    { name: "gsm8k", weak: 0.637, strong: 0.858, characters: [0.557, 0.647], oracle: 1.115 },
  ])("gives the anchors of $name", ({ name, weak, strong, characters, oracle: bound }) => {
    const { means, characters: length, oracle: best } = found[name]!;
    expect(means!.weak).toBeCloseTo(weak, 1);
    expect(Math.abs(means!.weak! - weak)).toBeLessThan(0.015);
    expect(Math.abs(means!.strong! - strong)).toBeLessThan(0.015);
    expect(length!.apgr).toBeGreaterThan(characters[0]!);
    expect(length!.apgr).toBeLessThan(characters[1]!);
    expect(Math.abs(best!.apgr! - bound)).toBeLessThan(0.05);
  });
});
