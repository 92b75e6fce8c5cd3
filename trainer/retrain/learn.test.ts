import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openArtifact } from "../../engine/artifact.ts";
import { conversationFromPrompt } from "../../engine/conversation.ts";
import type { LearnInput, LearningRow } from "../../engine/learning-row.ts";
import { seededRng } from "../../engine/rng.ts";
import { TINY, writeTinyArtifact } from "../../engine/testing/tiny-artifact.ts";
import { learn } from "./learn.ts";

let folder: string;
let serving: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "weir-learn-"));
  const target = pathToFileURL(`${join(folder, "serving")}/`);
  await writeTinyArtifact(target, { ...TINY, models: ["small", "large"], rows: 200 });
  serving = fileURLToPath(target).replace(/\/$/, "");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const POEM = "Write a poem in four lines with rhymes about the moon and the sea, number";
const PROOF = "Prove by induction over the integers, with every lemma and equation x^2 + y^2 = z^2, theorem";

/** The small model writes poems and proves nothing; the large one does both. The serving router cannot tell them apart. */
function rows(count: number, withText = true): LearningRow[] {
  const rng = seededRng(11);
  return Array.from({ length: count }, (_, i) => {
    const isPoem = rng.next() < 0.5;
    const outcome = (model: string, mean: number) => ({
      model,
      quality: rng.next() < mean ? 1 : 0,
      saidBy: "audit" as const,
      chance: 0.5,
      expected: 0.6 + 0.2 * rng.next(),
      costUsd: null,
      outputTokens: 40,
    });
    return {
      requestId: `req_${i}`,
      atMs: i,
      session: `s${i}`,
      conversation: withText ? conversationFromPrompt(`${isPoem ? POEM : PROOF} ${i}`) : null,
      task: null,
      inputTokens: 20,
      outcomes: [outcome("small", isPoem ? 0.95 : 0.1), outcome("large", 0.95)],
    };
  });
}

let runs = 0;
function input(given: readonly LearningRow[], fields: Partial<LearnInput> = {}): LearnInput {
  return {
    route: "default",
    rows: given,
    serving,
    incumbent: "large",
    needed: ["large", "small"],
    data: null,
    out: join(folder, `out-${runs++}`),
    name: "mine",
    version: "2027-01-01.1",
    seed: 1,
    estimator: "ridge",
    nowMs: Date.UTC(2027, 0, 1),
    command: "weir retrain",
    onStage: () => {},
    ...fields,
  };
}

function filesIn(path: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(path)
      .sort()
      .map((name) => [name, readFileSync(join(path, name)).toString("base64")]),
  );
}

describe("learning from a route's own rows", () => {
  it("trains from the texts where these tell what the serving router cannot, twice the same", async () => {
    const given = rows(400);
    const learned = await learn(input(given));
    expect(learned).toMatchObject({ way: "trained", adjusted: null });
    const loss = Object.fromEntries(learned.tried.map(({ way, logLoss }) => [way, logLoss]));
    expect(loss["trained"]!).toBeLessThan(loss["recalibrated"]!);
    expect(loss["recalibrated"]!).toBeLessThan(loss["unchanged"]!);
    const artifact = await openArtifact(pathToFileURL(`${learned.folder}/`));
    const { name, version, lineage, models } = artifact.manifest;
    await artifact.close();
    expect({ name, version, models: models.map(({ model }) => model).sort() }).toEqual({
      name: "mine",
      version: "2027-01-01.1",
      models: ["large", "small"],
    });
    expect(lineage.data).toEqual([expect.objectContaining({ source: "weir-log", digest: learned.digest })]);
    const again = await learn(input(given));
    expect(filesIn(again.folder)).toEqual(filesIn(learned.folder));
  });

  it("recalibrates where no text is kept, and says why nothing was trained", async () => {
    const learned = await learn(input(rows(200, false)));
    expect(learned.way).toBe("recalibrated");
    expect(Object.keys(learned.adjusted!).sort()).toEqual(["large", "small"]);
    expect(learned.tried[2]).toEqual({
      way: "trained",
      logLoss: null,
      note: expect.stringContaining("0 requests with text"),
    });
    await (await openArtifact(pathToFileURL(`${learned.folder}/`))).close();
  });

  it("trains no router that would know a model no more that some route needs", async () => {
    const learned = await learn(input(rows(400), { needed: ["large", "medium", "small"] }));
    expect(learned.way).toBe("recalibrated");
    expect(learned.tried[2]!.note).toContain("of medium");
  });

  it("says so when an estimator is not known, and learns in the other way", async () => {
    const learned = await learn(input(rows(400), { estimator: "magic" }));
    expect(learned.way).toBe("recalibrated");
    expect(learned.tried[2]!.note).toMatch(/magic/);
  });

  it("refuses a handful of rows", async () => {
    await expect(learn(input(rows(20)))).rejects.toMatchObject({ code: "too_few_rows" });
  });
});
