import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerAsk } from "../../engine/answer/answer-kind.ts";
import { measureAnswer } from "../../engine/answer/measure-answer.ts";
import { openArtifact } from "../../engine/artifact.ts";
import { conversationFromPrompt } from "../../engine/conversation.ts";
import { seededRng } from "../../engine/rng.ts";
import { bodyOfMeasures } from "../../engine/schema/answer-measures.ts";
import type { CascadeLesson } from "../../engine/schema/cascade-lesson.ts";
import { TINY, writeTinyArtifact } from "../../engine/testing/tiny-artifact.ts";
import { commonModels } from "./lesson-pools.ts";
import { trainCascade } from "./train-cascade.ts";

const MODELS = ["cheap", "other", "dear"] as const;
const RIGHT = [0.6, 0.6, 0.9];
const COST_USD = [0.0001, 0.0002, 0.01];
const COUNT = 240;

let folder: string;
let artifact: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "weir-lessons-"));
  artifact = path.join(folder, "models", "tiny", "1");
  await writeTinyArtifact(pathToFileURL(`${artifact}/`), { ...TINY, models: [...MODELS], rows: 300 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface MadeUp {
  readonly prompt: string;
  readonly answers: readonly { readonly text: string; readonly quality: number }[];
}

/** Answers whose arithmetic shows most of what is wrong with them, or, where it misleads, the opposite. */
function madeUp(count: number, seed: number, misleads = false): MadeUp[] {
  const rng = seededRng(seed);
  return Array.from({ length: count }, (_, i) => {
    const [a, b] = [i + 3, 2 * i + 4];
    const answers = RIGHT.map((share) => {
      const isRight = rng.next() < share;
      const result = isRight ? a + b : a + b + 1 + Math.floor(rng.next() * 9);
      const isShown = rng.next() < 0.9 ? isRight : !isRight;
      const shown = isShown !== misleads ? a + b : a + b + 5;
      return { text: `${a} + ${b} = ${shown}.\nThe answer is ${result}`, quality: Number(isRight) };
    });
    return { prompt: `Ann has ${a} pens and buys ${b} more. How many pens has she now?`, answers };
  });
}

const options = { data: null, pools: [], seed: 1, now: Date.parse("2026-11-23"), onProgress() {} };

describe("records with answers", () => {
  const rows = madeUp(COUNT, 1);
  const lines = rows.flatMap(({ prompt, answers }, i) =>
    answers.map(({ text, quality }, m) => ({
      // As in a log: one id a request, so that only the text says that two were asked the same.
      prompt_id: `weir:req_${i}_${m}`,
      prompt,
      source: "weir",
      model: MODELS[m],
      quality,
      quality_source: "judge",
      cost_usd: COST_USD[m],
      answer: text,
    })),
  );

  it("are lessons enough at 240 prompts: an artifact with a pool that pays, opened by the engine", async () => {
    const records = path.join(folder, "pairs.jsonl");
    await writeFile(records, lines.map((line) => JSON.stringify(line)).join("\n"));
    const trained = await trainCascade({ ...options, artifact, records });
    expect(trained.pools).toHaveLength(1);
    const [pool] = trained.pools;
    expect(pool).toMatchObject({ name: "own-number", kinds: ["number"], shown: { prompts: COUNT, pays: true } });
    expect(pool!.members.map(({ model }) => model).sort()).toEqual([...MODELS].sort());
    expect(pool!.routes).toBeUndefined();
    expect(pool!.parity).toBeLessThan(1e-4);
    const opened = await openArtifact(pathToFileURL(`${trained.folder}/`));
    expect(opened.cascade!.manifest.pools[0]!.sets.length).toBeGreaterThan(2);
    await opened.close();
  });

  it("say what is missing: answers, or enough of them", async () => {
    const bare = path.join(folder, "bare.jsonl");
    await writeFile(bare, lines.map(({ answer: _, ...line }) => JSON.stringify(line)).join("\n"));
    await expect(trainCascade({ ...options, artifact, records: bare })).rejects.toThrow(/need `answer`/);
    const few = path.join(folder, "few.jsonl");
    await writeFile(
      few,
      lines
        .slice(0, 300)
        .map((line) => JSON.stringify(line))
        .join("\n"),
    );
    await expect(trainCascade({ ...options, artifact, records: few })).rejects.toMatchObject({ code: "too_few_rows" });
  });
});

describe("lessons of routes", () => {
  const lessonOf =
    (route: string) =>
    ({ prompt, answers }: MadeUp, i: number): CascadeLesson => {
      const ask = answerAsk(conversationFromPrompt(prompt));
      return {
        id: `${route}-${i}`,
        group: `${route}-${i}`,
        route,
        kind: ask.kind,
        input_tokens: 20,
        answers: answers.map(({ text, quality }, m) => ({
          model: MODELS[m]!,
          expected: RIGHT[m]!,
          quality,
          cost_usd: COST_USD[m]!,
          output_tokens: 30,
          measures: bodyOfMeasures(
            measureAnswer({ text, calls: [], isCutOff: false, isRefused: false, isValid: null }, ask),
          ),
        })),
      };
    };

  it("give plans to the routes on whose own requests they gain, and to no other", async () => {
    const lessons = [
      ...madeUp(400, 2).map(lessonOf("homework")),
      // So few that the others outweigh what these would teach.
      ...madeUp(60, 3, true).map(lessonOf("riddles")),
    ];
    const records = path.join(folder, "lessons.jsonl");
    await writeFile(records, lessons.map((lesson) => JSON.stringify(lesson)).join("\n"));
    const { pools } = await trainCascade({ ...options, artifact, records });
    expect(pools[0]).toMatchObject({ kinds: ["number"], routes: ["homework"] });
    expect(pools[0]!.shown.strata).toMatchObject([
      { route: "homework", prompts: 400, gain: expect.any(Number) },
      { route: "riddles", prompts: 60, gain: expect.any(Number) },
    ]);
    expect(pools[0]!.shown.strata![1]!.gain).toBeLessThanOrEqual(0);
  });

  it("name the line that is broken", async () => {
    const records = path.join(folder, "broken.jsonl");
    const good = JSON.stringify(madeUp(1, 4).map(lessonOf("homework"))[0]);
    await writeFile(records, `${good}\n{"id": "x", "answers": []}\n`);
    await expect(trainCascade({ ...options, artifact, records })).rejects.toMatchObject({ place: `${records}:2` });
  });

  it("take those models that answered the same prompts", () => {
    const only = (...models: string[]) => ({ answers: models.map((model) => ({ model })) }) as unknown as CascadeLesson;
    const many = (count: number, ...models: string[]) => Array.from({ length: count }, () => only(...models));
    expect(commonModels(many(149, "a", "b"))).toBeNull();
    expect(commonModels([...many(200, "a", "b", "c"), ...many(30, "a", "b")])).toEqual(["a", "b", "c"]);
    expect(commonModels([...many(160, "a", "b", "c"), ...many(300, "a", "b")])).toEqual(["a", "b"]);
  });
});
