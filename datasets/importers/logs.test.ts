import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readRecords, streamRecords } from "../read-records.ts";
import { createRowIssues } from "../row-issues.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
async function records(input: string, format: string, mapping?: string) {
  const found = [];
  for await (const batch of streamRecords(input, { format, mapping })) found.push(...batch.map(({ record }) => record));
  return found;
}

describe("weir-log", () => {
  it("lets a test outweigh a judge and a user, and carries propensity, cost, latency and time", async () => {
    const [first] = await records(fixture("weir-log/data"), "weir-log");
    expect(first).toMatchObject({
      prompt_id: "weir:req_1",
      model: "openai/gpt-4o-mini",
      quality: 0.5,
      quality_source: "exact",
      propensity: 0.95,
      cost_usd: 0.000213,
      latency_ms: 655,
      at: "2026-02-03T04:05:06.000Z",
      task: "math",
      max_output_tokens: 100,
    });
  });

  it("finds feedback that names the decision, and feedback inside the record", async () => {
    const found = await records(fixture("weir-log/data"), "weir-log");
    expect(found.slice(1).map(({ quality, quality_source }) => [quality, quality_source])).toEqual([
      [0, "user"],
      [0.25, "judge"],
    ]);
  });

  it("says why records were passed over", async () => {
    const issues = createRowIssues();
    await readRecords(fixture("weir-log/data"), { issues });
    expect(Object.fromEntries(issues.skipReasons())).toEqual({
      "no feedback": 1,
      "no model answered": 1,
      "the route keeps no text (log.content)": 1,
    });
  });
});

describe("litellm-log", () => {
  it("reads the standard payload, the payload inside keyword arguments, and a spend log with its request", async () => {
    const found = await records(fixture("litellm-log/spend.jsonl"), "litellm-log");
    expect(found.map((record) => [record.prompt_id, record.model, record.quality, record.latency_ms])).toEqual([
      ["litellm:chatcmpl-1", "gpt-4o-mini", 1, expect.closeTo(800, 6)],
      ["litellm:chatcmpl-2", "anthropic/claude-sonnet-4-5", 0, expect.closeTo(1500, 6)],
      ["litellm:chatcmpl-3", "gpt-4o", 0.4, 1250],
    ]);
    expect(found[1]!.tools).toHaveLength(1);
    expect(found[2]).toMatchObject({ max_output_tokens: 16, messages: [{ role: "user", content: "Hi there" }] });
  });
});

describe("openai-log", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "weir-openai-"));
  });
  afterAll(async () => rm(folder, { recursive: true, force: true }));

  it("reads plain pairs, batch bodies, the Responses form and flat lines", async () => {
    const found = await records(fixture("openai-log/requests.jsonl"), "openai-log");
    expect(found.map(({ model, quality, output_tokens }) => [model, quality, output_tokens])).toEqual([
      ["gpt-4o-mini", 0.9, 3],
      ["gpt-4o", 1, 9],
      ["gpt-4o", 0, 5],
      ["gpt-4o-mini", 1, undefined],
    ]);
    expect(found[2]).toMatchObject({ task: "math", messages: [{ role: "user", content: "Name a prime above 100." }] });
  });

  it("takes the score from where --map says", async () => {
    const file = path.join(folder, "log.jsonl");
    const line = {
      request: { model: "m", messages: [{ role: "user", content: "hi" }] },
      eval: { grade: 0.7 },
      score: 0.1,
    };
    await writeFile(file, `${JSON.stringify(line)}\n`);
    const [record] = await records(file, "openai-log", "quality=eval.grade");
    expect(record!.quality).toBe(0.7);
  });
});

describe("routellm", () => {
  it("marks contaminated prompts, keeps repeated questions apart in one group, and means the turns of MT-bench", async () => {
    const table = await readRecords(fixture("routellm/data"));
    const excluded = table.prompts.filter(({ extras }) => extras.routellm_excluded === true);
    expect(excluded.map(({ task }) => task)).toEqual(["mmlu/astronomy", "mt-bench/math"]);
    const virus = table.prompts.filter(({ task }) => task === "mmlu/virology");
    expect(virus[1]!.promptId).toBe(`${virus[0]!.promptId}-2`);
    expect(virus[1]!.group).toBe(virus[0]!.group);
    const letter = table.prompts.findIndex(({ task }) => task === "mt-bench/writing");
    const weak = table.models.indexOf("mixtral-8x7b-instruct-v0.1");
    // By hand: turns 9 and 6 of ten.
    expect(table.quality[letter * table.models.length + weak]).toBeCloseTo(0.75, 6);
    expect(table.prompts[letter]!.extras).toEqual({ turn2: "Now make it rhyme." });
  });
});

describe("routerdc", () => {
  it("takes a probability above 0 as right, a share of attempts as it is, and names the repository's split", async () => {
    const table = await readRecords(fixture("routerdc/data"));
    const width = table.models.length;
    const qualities = (task: string) => {
      const row = table.prompts.findIndex((prompt) => prompt.task === task);
      return [...table.quality.slice(row * width, (row + 1) * width)].map((value) => Math.round(value * 100) / 100);
    };
    expect(qualities("humaneval_x_js")).toEqual([0, 0.2, 0.5]);
    expect(qualities("math_prealgebra")).toEqual([0, 1, 1]);
    const splits = new Map(table.prompts.map(({ task, extras }) => [task, extras.repo_split]));
    expect([splits.get("math_prealgebra"), splits.get("humaneval_x_js")]).toEqual(["ood", "ood"]);
  });
});

describe("mmlu-pro", () => {
  it("grades by the stored letter, or by the official patterns where none is stored; no letter is wrong", async () => {
    const table = await readRecords(fixture("mmlu-pro/data"));
    const width = table.models.length;
    const column = (model: string) =>
      table.prompts.map((_, row) => table.quality[row * width + table.models.indexOf(model)]);
    expect(column("gemini-1.5-pro-002")).toEqual([1, 1, 0]);
    expect(column("llama-3.1-8b-instruct")).toEqual([1, 0, 1]);
    expect(table.prompts[0]!.conversation.turns[0]!.text).toBe(
      "Which metal is liquid at 20 C?\nOptions:\nA. Iron\nB. Mercury\nC. Gold",
    );
  });
});
