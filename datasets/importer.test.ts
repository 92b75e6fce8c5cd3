import { describe, expect, it } from "vitest";
import { importerConformance } from "./importer.conformance.ts";
import { importerNamed, importers } from "./importer.ts";

for (const importer of (await importers()).values()) importerConformance(importer);

describe("importers", () => {
  it("knows all of those that the command line lists", async () => {
    expect([...(await importers()).keys()]).toEqual([
      "alpacaeval",
      "data-folder",
      "litellm-log",
      "mmlu-pro",
      "openai-log",
      "pairs-csv",
      "pairs-jsonl",
      "pairs-parquet",
      "routellm",
      "routerdc",
      "weir-log",
    ]);
  });

  it("answers an unknown importer with the names that there are", async () => {
    await expect(importerNamed("excel")).rejects.toMatchObject({ code: "importer_unknown" });
    await expect(importerNamed("excel")).rejects.toThrow(/pairs-csv/);
  });
});
