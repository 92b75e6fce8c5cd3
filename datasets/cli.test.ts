import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { Command } from "commander";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { registerDatasetsCommands } from "./cli.ts";

const tiny = fileURLToPath(new URL("./fixtures/tiny.jsonl", import.meta.url));
const pairs = fileURLToPath(new URL("./fixtures/pairs-jsonl/pairs.jsonl", import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "weir-cli-"));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

async function weir(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const out = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    vi.spyOn(process[name], "write").mockImplementation((chunk) => {
      out[name] += String(chunk);
      return true;
    });
  }
  const program = new Command().exitOverride();
  registerDatasetsCommands(program);
  for (const command of program.commands[0]!.commands) command.exitOverride();
  try {
    await program.parseAsync(["datasets", ...args], { from: "user" });
  } finally {
    vi.restoreAllMocks();
  }
  return out;
}
const at = (name: string) => path.join(folder, name);

describe("weir datasets", () => {
  it("lists importers and sources, for people and for machines", async () => {
    vi.stubEnv("COLUMNS", "300");
    expect((await weir("list")).stdout).toMatch(/pairs-csv[\s\S]*lm-sys\/RouteLLM/);
    vi.stubEnv("COLUMNS", "80");
    for (const line of (await weir("list")).stdout.split("\n")) expect([...line].length).toBeLessThanOrEqual(80);
    vi.unstubAllEnvs();
    const { importers, sources } = JSON.parse((await weir("list", "--json")).stdout);
    expect([importers.length, sources.length]).toEqual([11, 9]);
  });

  it("imports, shows what it left out with line and reason, and writes the same bytes again", async () => {
    const { stdout, stderr } = await weir("import", "pairs-jsonl", "--in", pairs, "--out", at("a.jsonl.gz"));
    expect(stdout).toMatch(/3 records, 2 prompts, 2 models; 8 malformed, 0 passed over/);
    expect(stderr).toMatch(/pairs\.jsonl:4: not JSON/);
    expect(stderr).toMatch(/pairs\.jsonl:11: not valid UTF-8/);
    const once = await readFile(at("a.jsonl.gz"));
    expect(gunzipSync(once).toString().split("\n")).toHaveLength(4);
    const again = JSON.parse(
      (await weir("import", "--in", pairs, "--out", at("a.jsonl.gz"), "--force", "--json")).stdout,
    );
    expect(again).toMatchObject({ records: 3, malformed: 8, reasons: { "empty prompt": 1 } });
    expect(await readFile(at("a.jsonl.gz"))).toEqual(once);
  });

  it("with --strict writes nothing at all", async () => {
    await expect(weir("import", "--in", pairs, "--out", at("strict.jsonl"), "--strict")).rejects.toMatchObject({
      place: `${pairs}:4`,
    });
    expect((await readdir(folder)).filter((name) => name.includes("strict"))).toEqual([]);
  });

  it("splits by group near the wanted shares, the same for the same seed", async () => {
    const result = JSON.parse(
      (await weir("split", "--in", tiny, "--out", at("s.jsonl"), "--seed", "3", "--json")).stdout,
    );
    expect(result).toMatchObject({ records: 108, dropped: 0, malformed: 0 });
    expect(result.train + result.calibration + result.test).toBe(36);
    expect(Math.abs(result.train - 21.6)).toBeLessThan(3);
    const once = await readFile(at("s.jsonl"), "utf8");
    const rows = once
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(new Set(rows.map((row) => `${row.prompt_id} ${row.split}`)).size).toBe(36);
    await weir("split", "--in", tiny, "--out", at("s.jsonl"), "--seed", "3", "--force");
    expect(await readFile(at("s.jsonl"), "utf8")).toBe(once);
  });

  it("refuses to keep a split that near duplicates cross, and drops the training copy when told", async () => {
    const text = Array.from({ length: 30 }, (_, word) => `word${word}`).join(" ");
    const record = { source: "s", model: "m", quality: 1, quality_source: "exact" };
    const lines = [
      { ...record, prompt_id: "a", prompt: text, split: "train" },
      { ...record, prompt_id: "b", prompt: text.replace("word1 ", "x "), split: "test" },
      { ...record, prompt_id: "c", prompt: "something else", split: "train" },
    ];
    await writeFile(at("leak.jsonl"), lines.map((line) => JSON.stringify(line)).join("\n"));
    const args = [
      "split",
      "--in",
      at("leak.jsonl"),
      "--out",
      at("kept.jsonl"),
      "--keep-given",
      "--calibration",
      "0",
      "--train",
      "0.8",
    ];
    await expect(weir(...args)).rejects.toMatchObject({ code: "split_leaks" });
    expect((await readdir(folder)).filter((name) => name.includes("kept"))).toEqual([]);
    const result = JSON.parse((await weir(...args, "--on-leak", "drop", "--json")).stdout);
    expect(result).toMatchObject({ train: 1, test: 1, dropped: 1, records: 2 });
  });

  it("describes with tables, a sketch and pictures", async () => {
    const { stdout } = await weir("stats", "--in", tiny, "--picture", at("tiny.html"), "--duplicates");
    expect(stdout).toMatch(/36 prompts in 36 groups, 3 models, 108 outcomes/);
    expect(stdout).toMatch(/tiny-large.*0\.833/);
    expect(stdout).toContain("* oracle");
    expect(await readFile(at("tiny.html"), "utf8")).toContain("<svg");
    await weir("stats", "--in", tiny, "--picture", at("tiny.svg"), "--models", "tiny-small,tiny-large", "--json");
    expect(await readFile(at("tiny.svg"), "utf8")).not.toContain("tiny-medium");
    await expect(weir("stats", "--in", tiny, "--picture", at("tiny.svg"))).rejects.toMatchObject({
      code: "file_exists",
    });
  });

  it("answers no network with exit code 1 and a way out, an unknown source with its names", async () => {
    // Port 9 of the loopback: nothing listens there.
    const { stderr } = await weir("download", "routerdc7", "--to", at("dc"), "--base", "http://127.0.0.1:9");
    expect(stderr).toMatch(/no network.*git|clone/);
    expect(process.exitCode).toBe(1);
    await expect(weir("download", "nothing", "--to", at("x"))).rejects.toThrow(/routellm/);
  });

  it.each([
    [["split", "--in", tiny, "--out", "x", "--train", "2"]],
    [["split", "--in", tiny, "--out", "x", "--seed", "abc"]],
    [["import", "--in", tiny]],
    [["stats", "--in", tiny, "--colour"]],
  ])("refuses wrong flags: %j", async (args) => {
    await expect(weir(...args)).rejects.toMatchObject({ code: expect.stringMatching(/^commander\./) });
  });

  it("refuses shares that do not add up", async () => {
    await expect(weir("split", "--in", tiny, "--out", at("y.jsonl"), "--train", "0.9")).rejects.toMatchObject({
      code: "split_invalid",
    });
  });
});
