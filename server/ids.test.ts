import { describe, expect, it } from "vitest";
import { createIds } from "./ids.ts";

describe("createIds", () => {
  it("sort by the time they were made, also within a millisecond and when the clock goes back", () => {
    const times = [5, 5, 5, 6, 6, 4, 7];
    let i = 0;
    const newId = createIds("dec", { clock: () => times[i++]! });
    const ids = times.map(() => newId());
    expect([...ids].sort()).toEqual(ids);
  });

  it("are never twice the same", () => {
    const newId = createIds("dec", { clock: () => 1_700_000_000_000 });
    expect(new Set(Array.from({ length: 100_000 }, newId)).size).toBe(100_000);
    expect(newId()).toMatch(/^dec_[0-9a-z]{20}$/);
  });
});
