import { expect, it } from "vitest";
import { seededRng } from "./rng.ts";
import { terminalTable } from "./terminal-table.ts";

const HEAD = ["model", "requests", "cost USD"];
const ROWS = [
  ["openai/gpt-4o", 39, "0.068590"],
  ["anthropic/claude-sonnet-4-5", 1_204, "12.500000"],
];

it("has a frame where there is room", () => {
  expect(terminalTable(HEAD, ROWS, 80)).toBe(
    [
      "┌─────────────────────────────┬──────────┬───────────┐",
      "│ model                       │ requests │ cost USD  │",
      "├─────────────────────────────┼──────────┼───────────┤",
      "│ openai/gpt-4o               │ 39       │ 0.068590  │",
      "│ anthropic/claude-sonnet-4-5 │ 1204     │ 12.500000 │",
      "└─────────────────────────────┴──────────┴───────────┘",
    ].join("\n"),
  );
});

it("breaks names where there is less, and no figure", () => {
  expect(terminalTable(HEAD, ROWS, 36)).toBe(
    [
      "model           requests  cost USD",
      "openai/gpt-4o   39        0.068590",
      "anthropic/      1204      12.500000",
      "claude-sonnet-",
      "4-5",
    ].join("\n"),
  );
});

it("writes a row as lines where nothing else fits", () => {
  expect(terminalTable(HEAD, ROWS, 24).split("\n")).toEqual([
    "model     openai/gpt-4o",
    "requests  39",
    "cost USD  0.068590",
    "",
    "model     anthropic/",
    "          claude-sonnet-",
    "          4-5",
    "requests  1204",
    "cost USD  12.500000",
  ]);
});

it("wraps the values of a table without a head", () => {
  expect(terminalTable(null, [["tasks", "law, math, physics"]], 20)).toBe("tasks  law, math,\n       physics");
});

it("is never wider than the terminal and loses no character, whatever stands in it", () => {
  const rng = seededRng(1);
  const word = () => "abc-/ ,_0.9é".repeat(4).slice(Math.floor(rng.next() * 12), 12 + Math.floor(rng.next() * 36));
  for (let round = 0; round < 200; round++) {
    const width = 40 + Math.floor(rng.next() * 80);
    const fields = 1 + Math.floor(rng.next() * 9);
    const rows = Array.from({ length: 3 }, () => Array.from({ length: fields }, word));
    const text = terminalTable(
      rows[0]!.map((_, i) => `h${i}`),
      rows,
      width,
    );
    for (const line of text.split("\n")) expect([...line].length, text).toBeLessThanOrEqual(width);
    const count = (whole: string) => whole.split("a").length;
    expect(count(text)).toBe(count(rows.flat().join("")));
  }
});
