import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { printStudy } from "./report/console.ts";
import { studyPage } from "./report/html.ts";
import { StudyReport } from "./result.ts";
import { loadStudies, type RunStudyOptions, runStudy } from "./run-study.ts";
import { studyFolder } from "./testing/study-folder.ts";

let folder = "";
const reports = new Map<string, StudyReport>();

beforeAll(async () => {
  folder = await studyFolder();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const router = { tier: "fast", estimator: "ridge", seed: 1, ngrams: null } as const;
const options = (name: string): RunStudyOptions => ({
  name,
  data: folder,
  artifact: null,
  router,
  routerOn: async () => router,
  seeds: [0],
  resamples: 5,
  maxRows: null,
  cacheFolder: null,
  command: `weir bench --study ${name}`,
  nowMs: () => 0,
  log: () => {},
});

describe("studies", () => {
  it.each([
    "routellm",
    "pools",
    "routerdc",
    "leave-one-source-out",
    "learning-curve",
    "calibration",
    "robustness",
    "tiers",
    "new-model",
    "certificate",
    "coverage",
    "savings",
  ])("%s runs on a tiny folder and writes the report's shape", async (name) => {
    const report = await runStudy(options(name));
    reports.set(name, report);
    expect(StudyReport.safeParse(JSON.parse(JSON.stringify(report, finiteOrNull))).error).toBeUndefined();
    expect(report.tables.length).toBeGreaterThan(0);
    expect(printStudy(report)).toContain(name);
    expect(studyPage([report])).toContain("</html>");
  });

  it("puts RouteLLM's published rows beside ours", () => {
    const { tables } = reports.get("routellm")!;
    const mmlu = tables.find(({ title }) => title.startsWith("MMLU: published"))!;
    expect(mmlu.rows).toContainEqual([
      "arena + 1.5k MMLU labels",
      "similarity-weighted",
      35.4,
      71.55,
      0.603,
      "published",
    ]);
    expect(mmlu.rows.map((row) => row[1])).toEqual(
      expect.arrayContaining(["weir", "length", "knn", "kmeans", "characters", "random", "oracle"]),
    );
  });

  it("refuses a study that does not exist, naming those that do", async () => {
    await expect(runStudy(options("alchemy"))).rejects.toMatchObject({
      code: "unknown_study",
      message: expect.stringContaining("routellm"),
    });
  });

  it("says of every study in one line what it is for", async () => {
    for (const { name, summary, protocol } of (await loadStudies()).values())
      expect([name, summary.length > 20, protocol.length > 60]).toEqual([name, true, true]);
  });
});

/** JSON has no NaN; a table cell without a value is null. */
function finiteOrNull(_: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? null : value;
}
