import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DatasetError } from "./errors.ts";
import { streamRecords } from "./read-records.ts";
import { createRowIssues } from "./row-issues.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "weir-bad-"));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

const GOOD = `{"prompt":"good","model":"m","quality":1}`;
const row = (fields: string) => `{"prompt":"bad","model":"m",${fields}}`;
const behindGood = (line: string | Buffer) =>
  Buffer.concat([Buffer.from(`${GOOD}\n`), Buffer.from(line), Buffer.from("\n")]);

async function read(name: string, content: Buffer, strict: boolean) {
  const file = path.join(folder, name);
  await writeFile(file, content);
  const issues = createRowIssues({ strict });
  const records = [];
  for await (const batch of streamRecords(file, { issues })) records.push(...batch);
  return { records, issues };
}

describe("one bad row beside a good one", () => {
  it.each<[string, string | Buffer, RegExp]>([
    ["an empty prompt", `{"prompt":"","model":"m","quality":1}`, /^no prompt text /],
    ["a blank prompt", `{"prompt":" \\n","model":"m","quality":1}`, /^empty prompt$/],
    ["no prompt", `{"model":"m","quality":1}`, /^no prompt text /],
    ["NaN quality", row(`"quality":NaN`), /^not JSON$/],
    ["NaN quality as text", row(`"quality":"NaN"`), /^quality: .*NaN/],
    ["infinite quality", row(`"quality":1e999`), /^quality: .*Infinity/],
    ["negative quality", row(`"quality":-0.1`), /^quality: /],
    ["quality above 1", row(`"quality":1.5`), /^quality: /],
    ["no quality", row(`"task":"t"`), /^quality: /],
    ["a negative cost", row(`"quality":1,"cost_usd":-1`), /^cost_usd: /],
    ["half a token", row(`"quality":1,"input_tokens":1.5`), /^input_tokens: /],
    ["a propensity of 0", row(`"quality":1,"propensity":0`), /^propensity: /],
    ["no model", `{"prompt":"bad","quality":1}`, /^model: /],
    ["a split that is none", row(`"quality":1,"split":"elsewhere"`), /^split: /],
    ["the same prompt and model again", GOOD, /^duplicate \(prompt_id, model\): /],
    ["broken UTF-8", Buffer.from([0x7b, 0xff, 0xfe]), /^not valid UTF-8$/],
    ["a line cut short", GOOD.slice(0, 20), /^not JSON$/],
    ["a list", "[1]", /^not a JSON object$/],
    ["a list of great depth", `${"[".repeat(50_000)}${"]".repeat(50_000)}`, /^not (JSON|a JSON object)$/],
  ])("%s is counted with its line and reason, and refused when strict", async (name, line, reason) => {
    const file = `${name}.jsonl`;
    const { records, issues } = await read(file, behindGood(line), false);
    expect(records).toHaveLength(1);
    expect(issues.examples).toEqual([
      { file: path.join(folder, file), line: 2, reason: expect.stringMatching(reason) },
    ]);
    const error = await read(file, behindGood(line), true).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DatasetError);
    expect(error).toMatchObject({ place: `${path.join(folder, file)}:2` });
  });

  it("another text under an id that is taken is refused, the rows of the first stay", async () => {
    const lines = ["one", "two"].map((prompt) => JSON.stringify({ prompt_id: "x", prompt, model: prompt, quality: 1 }));
    const { records, issues } = await read("ids.jsonl", Buffer.from(lines.join("\n")), false);
    expect(records.map(({ record }) => record.prompt)).toEqual(["one"]);
    expect(issues.examples[0]).toMatchObject({ line: 2, reason: "another text under the same prompt_id: x" });
  });

  it("says that the records are of another source than the one asked for", async () => {
    const file = path.join(folder, "named.jsonl");
    await writeFile(file, GOOD);
    const issues = createRowIssues();
    for await (const _ of streamRecords(file, { sources: ["elsewhere"], issues })) expect.unreachable();
    expect(issues.skipReasons()).toEqual([["of another source: named", 1]]);
  });

  it("takes a prompt of 10 MB as any other", async () => {
    const prompt = "x ".repeat(5_000_000);
    const { records, issues } = await read(
      "big.jsonl",
      Buffer.from(JSON.stringify({ prompt, model: "m", quality: 1 })),
      true,
    );
    expect([records[0]?.record.prompt?.length, issues.count]).toEqual([10_000_000, 0]);
  });
});

describe("a file that cannot be read", () => {
  const packed = gzipSync(`${GOOD}\n`);
  it.each<[string, string, Buffer, string]>([
    ["cut short", "short.jsonl.gz", packed.subarray(0, -6), "gzip_broken"],
    ["damaged", "damaged.jsonl.gz", Buffer.from(packed).fill(0x55, 12), "gzip_broken"],
    ["with a quote that never closes", "quote.csv", Buffer.from(`prompt,model,quality\n"a,m,1\n`), "row_invalid"],
    ["not UTF-8", "latin.csv", Buffer.from("prompt,model,quality\n\xe4,m,1\n", "latin1"), "utf8_broken"],
    ["without a header", "empty.csv", Buffer.alloc(0), "empty_table"],
    [
      "with a column of no meaning",
      "column.csv",
      Buffer.from("prompt,model,quality,colour\na,m,1,red\n"),
      "column_unknown",
    ],
    ["without a needed column", "lacking.csv", Buffer.from("prompt,quality\na,1\n"), "column_missing"],
    ["of no known kind", "what.bin", Buffer.from("???"), "importer_unknown"],
  ])("%s ends with its name in the error", async (_, name, content, code) => {
    const error = await read(name, content, false).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DatasetError);
    expect(error).toMatchObject({ code, place: expect.stringContaining(path.join(folder, name)) });
  });

  it("a folder where a file is wanted, and nothing at all, are named as such", async () => {
    const place = path.join(folder, "folder.jsonl");
    await mkdir(place);
    const first = (input: string, format?: string) => streamRecords(input, { format }).next();
    await expect(first(place)).rejects.toMatchObject({ code: "importer_unknown", place });
    await expect(first(place, "pairs-jsonl")).rejects.toMatchObject({ place, message: /folder where a file/ });
    await expect(first(path.join(folder, "none"))).rejects.toMatchObject({ code: "file_missing" });
  });
});
