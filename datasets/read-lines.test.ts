import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Line, readLines } from "./read-lines.ts";

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "weir-lines-"));
  file = path.join(folder, "lines");
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

async function lines(content: string | Uint8Array) {
  await writeFile(file, content);
  const found: Line[] = [];
  const batches = readLines(file);
  while (true) {
    const next = await batches.next();
    if (next.done) return { found, digest: next.value.digest };
    found.push(...next.value);
  }
}

const text = fc.string({ unit: "binary", maxLength: 40 }).map((value) => value.replace(/[\r\n\ufeff]/g, " "));

describe("readLines", () => {
  it("gives back any lines with their numbers, plain or gzipped, whatever ends them", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { maxLength: 30 }),
        fc.boolean(),
        fc.constantFrom("\n", "\r\n"),
        async (rows, pack, end) => {
          const plain = Buffer.from(rows.map((row) => row + end).join(""));
          const content = pack ? gzipSync(plain) : plain;
          const { found, digest } = await lines(content);
          const expected = rows.map((row, at) => ({ text: row, number: at + 1 })).filter((row) => row.text !== "");
          expect(found).toEqual(expected);
          expect(digest).toBe(createHash("sha256").update(content).digest("hex"));
        },
      ),
      { seed: 3, numRuns: 60 },
    );
  });

  it("joins a line that lies across many chunks", async () => {
    const long = "abcdefghij".repeat(100_000);
    const { found } = await lines(`${long}\n${long}x`);
    expect(found.map((line) => line.text?.length)).toEqual([1_000_000, 1_000_001]);
  });

  it("skips a byte order mark and empty lines", async () => {
    expect((await lines("\ufeffa\n\n\nb")).found).toEqual([
      { text: "a", number: 1 },
      { text: "b", number: 4 },
    ]);
  });

  it("gives null for the line that is not UTF-8 and goes on", async () => {
    const content = Buffer.concat([Buffer.from("good\n"), Buffer.from([0xc3, 0x28, 0x0a]), Buffer.from("better\n")]);
    expect((await lines(content)).found.map((line) => line.text)).toEqual(["good", null, "better"]);
  });

  it("calls a cut gzip broken and says so", async () => {
    const packed = gzipSync(Buffer.from(Array.from({ length: 2000 }, (_, at) => `${at * 7919}\n`).join("")));
    await expect(lines(packed.subarray(0, packed.length - 20))).rejects.toMatchObject({ code: "gzip_broken" });
    const damaged = Buffer.from(packed);
    damaged.fill(0, 100, 200);
    await expect(lines(damaged)).rejects.toMatchObject({ code: "gzip_broken" });
  });

  it("answers a folder and a missing file with clear errors", async () => {
    await expect(readLines(folder).next()).rejects.toMatchObject({ code: "file_unreadable" });
    await expect(readLines(path.join(folder, "none")).next()).rejects.toMatchObject({ code: "file_missing" });
  });
});
