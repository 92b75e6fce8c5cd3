import { expect, it } from "vitest";
import { COUNTERS } from "../../usage/counters.ts";
import { CUBES } from "../../usage/dimensions.ts";
import { encodeColumns } from "./_columns.ts";
import { partReader } from "./_parts.ts";

it("reads parts from before a dimension was added: no row of theirs has one, and their sums are whole", () => {
  const { dimensions } = CUBES[0]!;
  expect(dimensions.at(-1)).toBe("plan");
  const before = dimensions.slice(0, -1).map((_, at) => [at + 1, at + 11]);
  const body = encodeColumns([...before, ...COUNTERS.map((_, at) => [100 + at, 200 + at])]);
  const part = partReader(0, ["model", "plan"], [{ name: "plan", ids: [0] }])(body, 7);
  expect(part.group.map((column) => [...Array.from(column)])).toEqual([
    [2, 12],
    [0, 0],
  ]);
  expect(part.counters.map((column) => [...Array.from(column)])).toEqual(COUNTERS.map((_, at) => [100 + at, 200 + at]));
  expect([...Array.from(part.checks[0]!.words)]).toEqual([0, 0]);
});
