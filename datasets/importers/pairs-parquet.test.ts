import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { columnsOfUse } from "../check-columns.ts";
import { DatasetError } from "../errors.ts";
import { parseFieldMapping } from "../field-mapping.ts";
import { streamRecords } from "../read-records.ts";
import { writeJsonLines } from "../write-records.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/parquet-codecs/${name}`, import.meta.url));
const MAP = "prompt=question,quality=score,input_tokens=toks,extras.meta=meta,extras.big=big,messages=conv,at=when";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "weir-parquet-"));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

async function read(file: string, mapping: string) {
  const found = [];
  for await (const batch of streamRecords(file, { mapping, source: "s" })) found.push(...batch);
  return found.map(({ record }) => record);
}

describe("pairs-parquet", () => {
  it.each(["none", "snappy", "gzip", "brotli", "zstd", "lz4"])("reads what pyarrow wrote with %s", async (codec) => {
    const records = await read(fixture(`${codec}.parquet`), "prompt=question,quality=score,extras.meta=meta");
    expect(records).toHaveLength(6);
    expect(records[5]).toMatchObject({ prompt: "Frage 2: wie viel ist ä 漢字 🙂?", model: "haiku", quality: 0.5 });
  });

  it("writes nested values, 64-bit numbers and times as JSON holds them", async () => {
    const file = path.join(folder, "out.jsonl");
    const records = await read(fixture("snappy.parquet"), MAP.replace("prompt=question,", ""));
    await writeJsonLines(file, [records]);
    const [first] = (await readFile(file, "utf8")).split("\n");
    expect(JSON.parse(first!)).toMatchObject({
      messages: [{ role: "user", content: "hi 0" }],
      input_tokens: 100,
      at: "2026-01-01T00:00:00.000Z",
      extras: { meta: { a: { b: 7 } }, big: "9007199254740993" },
    });
  });

  it("reads of a table the columns that a record takes something from, and no other", () => {
    const header = ["question", "model", "score", "answer_html", "meta", "embedding"];
    const mapping = parseFieldMapping("prompt=question,quality=score,extras.m=meta.a.b");
    expect(columnsOfUse(header, mapping)).toEqual(["question", "model", "score", "meta"]);
  });

  it.each([
    ["empty", (_: Buffer) => Buffer.alloc(0)],
    ["four bytes", (whole: Buffer) => whole.subarray(0, 4)],
    ["its first half", (whole: Buffer) => whole.subarray(0, whole.length >> 1)],
    ["without its footer's end", (whole: Buffer) => whole.subarray(0, -3)],
    ["overwritten in the middle", (whole: Buffer) => Buffer.from(whole).fill(0xa5, 60, whole.length >> 1)],
    ["text", (_: Buffer) => Buffer.from("prompt,model,quality\nhi,m,1\n")],
  ])("says which file cannot be read: %s", async (name, damage) => {
    const file = path.join(folder, `${name}.parquet`);
    await writeFile(file, damage(await readFile(fixture("snappy.parquet"))));
    const error = await read(file, "prompt=question,quality=score").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DatasetError);
    expect(error).toMatchObject({ code: "file_unreadable", place: file });
  });
});
