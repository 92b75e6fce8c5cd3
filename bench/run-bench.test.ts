import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { printBench } from "./report/console.ts";
import { benchPage } from "./report/html.ts";
import { BenchReport } from "./result.ts";
import { type RunBenchOptions, runBench } from "./run-bench.ts";
import { tinyDataFolder } from "./testing/tiny-data.ts";

let folder = "";
/** One full report, which several tests look at. */
let whole: readonly BenchReport[] = [];
const models = ["small", "middle", "large"];

beforeAll(async () => {
  folder = await tinyDataFolder([
    { source: "priced", models, prompts: 300, tasks: ["maths", "law"] },
    { source: "unpriced", models, prompts: 200, tasks: ["maths"], hasCosts: false },
    { source: "lonely", models: ["only"], prompts: 60, tasks: ["maths"] },
  ]);
  whole = await runBench(options({ policies: ["quality-target:quality=0.9"] }));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const options = (changes: Partial<RunBenchOptions>): RunBenchOptions => ({
  data: folder,
  sources: ["priced"],
  models: null,
  policies: null,
  baselines: ["length"],
  pair: null,
  artifact: null,
  router: { tier: "fast", estimator: "ridge", seed: 1, ngrams: null },
  split: "test",
  qualityTarget: 0.95,
  resamples: 20,
  cacheFolder: null,
  nowMs: () => 0,
  log: () => {},
  ...changes,
});

describe("runBench", () => {
  it("writes the report's shape, with every trivial baseline beside the router", async () => {
    const [report] = whole;
    expect(BenchReport.parse(JSON.parse(JSON.stringify(report)))).toEqual(JSON.parse(JSON.stringify(report)));
    expect(report!.data).toMatchObject({ source: "priced", split: "test", prompts: 60, models });
    const names = report!.policies.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        "weir",
        "length",
        "characters",
        "zero",
        "random",
        "shuffled",
        "true task",
        "oracle",
        "quality-target:quality=0.9",
        "always small",
        "always large",
      ]),
    );
    const weir = report!.policies[0]!;
    for (const metric of [
      "aiq",
      "apgr",
      "apgr_usd",
      "cpt50",
      "cpt80",
      "area",
      "quality",
      "cost_usd",
      "regret",
      "arena",
    ])
      expect(weir.metrics).toHaveProperty(metric);
    expect(Object.keys(weir.vs)).toEqual(expect.arrayContaining(["zero", "length", "shuffled"]));
    expect(report!.calibration).toHaveLength(3);
    expect(report!.promise.map(({ target }) => target)).toEqual([0.9, 0.95, 0.99]);
    expect(report!.tasks.map(({ n }) => n).reduce((sum, n) => sum + n, 0)).toBe(60);
  });

  it("gives the same report for the same data and seed", async () => {
    expect(await runBench(options({ policies: ["quality-target:quality=0.9"] }))).toEqual(whole);
  });

  it("draws a page that asks for nothing from outside", async () => {
    const page = benchPage(whole);
    expect(page).toContain("<svg");
    expect(page).toContain("not distinguishable");
    expect(page).not.toMatch(/<script|<link|src="http|url\(http/);
    expect(printBench(whole[0]!)).toContain("Paired differences");
  });

  it("leaves metrics of cost out, and says so, where costs are unknown", async () => {
    const [report] = await runBench(options({ sources: ["unpriced"] }));
    expect(report!.notes.join()).toContain("costs are unknown");
    expect(report!.cost_range_usd).toBeNull();
    expect(report!.promise).toEqual([]);
    expect(report!.policies[0]!.metrics).toHaveProperty("apgr");
    expect(report!.policies[0]!.metrics).not.toHaveProperty("aiq");
  });

  it("reports each source of a folder on its own", async () => {
    const reports = await runBench(options({ sources: ["unpriced", "priced"], baselines: [], resamples: 2 }));
    expect(reports.map(({ data }) => data.source)).toEqual(["unpriced", "priced"]);
  });

  it.each([
    { name: "a path that is not there", changes: { data: "/nowhere/at/all" }, code: "no_data" },
    { name: "a source with one model", changes: { sources: ["lonely"] }, code: "one_model" },
    { name: "a model without outcomes", changes: { models: ["small", "huge"] }, code: "unknown_model" },
    { name: "a policy that does not exist", changes: { policies: ["wishful"] }, code: "unknown_policy" },
    { name: "an option that is none", changes: { policies: ["quality-target:0.9"] }, code: "bad_option" },
    { name: "a pair outside of the pool", changes: { pair: { weak: "small", strong: "huge" } }, code: "unknown_model" },
    { name: "a source that does not exist", changes: { sources: ["elsewhere"] }, code: "source_unknown" },
  ])("refuses $name with $code", async ({ changes, code }) => {
    await expect(runBench(options(changes as Partial<RunBenchOptions>))).rejects.toMatchObject({ code });
  });

  it("refuses an empty file of records", async () => {
    const empty = path.join(await mkdtemp(path.join(tmpdir(), "weir-bench-")), "empty.jsonl");
    await writeFile(empty, "");
    await expect(runBench(options({ data: empty, sources: null }))).rejects.toMatchObject({
      name: expect.stringMatching(/DatasetError|BenchError/),
    });
  });
});
