import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

it("weir --version says which one is installed", () => {
  const { stdout, status } = spawnSync(process.execPath, ["dist/cli.js", "--version"], { encoding: "utf8" });
  expect(stdout.trim()).toBe(JSON.parse(readFileSync("package.json", "utf8")).version);
  expect(status).toBe(0);
});

it.each([
  [
    "a prompt that is not UTF-8",
    ["route", "-"],
    Buffer.from([0x61, 0xff, 0xfe]),
    "the prompt is not valid UTF-8 (stdin)",
  ],
  [
    "a model that nobody measured, in a list with commas",
    ["bench", "--data", "datasets/fixtures/tiny.jsonl", "--models", "no-such,gpt-4o"],
    Buffer.alloc(0),
    "no outcomes of model no-such in the data",
  ],
])("%s is refused with its place, exit code 2", (_, words, input, message) => {
  const { stderr, stdout, status } = spawnSync(process.execPath, ["dist/cli.js", ...words], { input });
  expect(stderr.toString()).toContain(message);
  expect(stdout.toString()).toBe("");
  expect(status).toBe(2);
});
