import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffLines } from "./diff-lines.ts";

const shown = (before: string, after: string) =>
  diffLines(before, after).map((line) =>
    line === null ? "…" : { same: " ", out: "-", in: "+" }[line.kind] + line.text,
  );

describe("the change of a text", () => {
  it("is told line by line, with what goes before what comes", () => {
    expect(shown("a\nb\nc\n", "a\nB\nc\n")).toEqual([" a", "-b", "+B", " c"]);
  });

  it("leaves out what is far from it", () => {
    const lines = Array.from({ length: 20 }, (_, i) => `line ${i}`);
    const after = lines.with(10, "other");
    expect(shown(lines.join("\n"), after.join("\n"))).toEqual([
      "…",
      " line 7",
      " line 8",
      " line 9",
      "-line 10",
      "+other",
      " line 11",
      " line 12",
      " line 13",
      "…",
    ]);
  });

  it("is nothing but … where nothing changes, and all where one of them is empty", () => {
    expect(shown("a\nb", "a\nb")).toEqual(["…"]);
    expect(shown("", "a\nb\n")).toEqual(["+a", "+b"]);
    expect(shown("a\r\nb\r\n", "")).toEqual(["-a", "-b"]);
  });

  it("keeps both texts whole, whatever they are", () => {
    const texts = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 12 });
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const lines = diffLines(before.join("\n"), after.join("\n"));
        if (lines.includes(null)) return;
        const side = (left: "in" | "out") =>
          lines.flatMap((one) => (one === null || one.kind === left ? [] : [one.text]));
        expect(side("in")).toEqual(before);
        expect(side("out")).toEqual(after);
      }),
      { seed: 1 },
    );
  });
});
