import { describe, expect, it } from "vitest";
import { parseFieldMapping } from "./field-mapping.ts";
import { createRowReader } from "./row-to-records.ts";

const rowOf = (mapping: string, row: Record<string, unknown>) =>
  createRowReader({ mapping: parseFieldMapping(mapping), source: "s", qualitySource: null })(row);

describe("parseFieldMapping", () => {
  it("reads fields, extras and per-model columns; a column name may hold spaces and equal signs", () => {
    const mapping = parseFieldMapping("prompt=the question, quality=a=b,extras.topic=cat,quality[gpt-4.1]=g");
    expect([...mapping.fields]).toEqual([
      ["prompt", "the question"],
      ["quality", "a=b"],
    ]);
    expect([...mapping.extras]).toEqual([["topic", "cat"]]);
    expect([...mapping.models.get("gpt-4.1")!]).toEqual([["quality", "g"]]);
  });

  it.each(["colour=x", "prompt", "prompt=", "split[gpt]=x", "extras.=x"])("refuses %s", (text) => {
    expect(() => parseFieldMapping(text)).toThrow(expect.objectContaining({ code: "column_unknown" }));
  });
});

describe("createRowReader", () => {
  it("takes nested fields by dotted path, and a field whose own name has the dot first", () => {
    const [record] = rowOf("prompt=in.text,quality=out.score,model=meta.llm", {
      in: { text: "hi" },
      out: { score: 1 },
      "meta.llm": "whole",
      meta: { llm: "nested" },
    });
    expect(record).toMatchObject({ prompt: "hi", quality: 1, model: "whole", source: "s", quality_source: "exact" });
  });

  it.each([
    [true, 1],
    ["False", 0],
    ["good", 1],
    [" 0.25 ", 0.25],
    ["1e-3", 0.001],
    ["great", "great"],
  ])("reads the quality %s as %s", (value, expected) => {
    expect(rowOf("", { prompt: "p", model: "m", quality: value })[0]!.quality).toBe(expected);
  });

  it("gives the same text the same id and group, another spacing another id in the same group", () => {
    const [a, b, c] = ["What is up?", "What is up?", "what  is up"].map(
      (prompt) => rowOf("", { prompt, model: "m", quality: 1 })[0]!,
    );
    expect(a!.prompt_id).toBe(b!.prompt_id);
    expect(c!.prompt_id).not.toBe(a!.prompt_id);
    expect(c!.group).toBe(a!.group);
  });
});
