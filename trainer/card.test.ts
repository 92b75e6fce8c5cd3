import { readdir, readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { Manifest } from "../engine/schema/manifest.ts";
import { renderCard } from "./card.ts";
import type { HeldOutReport } from "./held-out/report.ts";

const shipped = new URL("../models/default/", import.meta.url);

it("names each pool on which a trivial control does better, and no other", async () => {
  const newest = (await readdir(shipped)).sort().at(-1)!;
  const manifest = Manifest.parse(JSON.parse(await readFile(new URL(`${newest}/manifest.json`, shipped), "utf8")));
  const pool = {
    rows: 60,
    models: ["a", "b"],
    isPriced: true,
    oracle: 0.9,
    bestSingle: { model: "b", quality: 0.7 },
    c95: null,
  };
  const report: HeldOutReport = {
    rows: 120,
    pools: [
      { ...pool, pool: "weak", router: 0.69, controls: { length: 0.7, shuffled: 0.6 } },
      { ...pool, pool: "strong", router: 0.8, controls: { length: 0.7, shuffled: 0.6 } },
    ],
    versus: {},
    calibration: [],
    outOfDistribution: 0.01,
  };
  const rows = { learned: 100, calibration: 20, test: 120 };
  const card = renderCard({ manifest, report, verdict: { passed: true, faults: [] }, rows });
  expect(card).toContain('On weak (60 held-out prompts) "length" does better: 0.7000 against 0.6900.');
  expect(card.match(/does better/g)).toHaveLength(1);
});
