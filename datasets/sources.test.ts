import { describe, expect, it } from "vitest";
import { importers } from "./importer.ts";
import { SOURCES, sourceNamed, urlOf } from "./sources.ts";

describe("SOURCES", () => {
  it("pins every source to a whole commit and says whether weights may ship, and why", () => {
    for (const { commit, weights, licence } of SOURCES) {
      expect(commit).toMatch(/^[0-9a-f]{40}$/);
      expect(weights.because.length).toBeGreaterThan(2);
      expect(licence.length).toBeGreaterThan(2);
    }
  });

  it("names importers that exist, and files that do not repeat", async () => {
    const known = await importers();
    for (const { importer, files } of SOURCES) {
      if (importer !== null) expect(known.has(importer)).toBe(true);
      expect(new Set(files.map(({ path }) => path)).size).toBe(files.length);
    }
  });

  it("lists all 57 subjects of MMLU", () => {
    const files = sourceNamed("routellm")!.files.filter(({ path }) => path.includes("/responses/"));
    expect(files).toHaveLength(57);
  });

  it("forbids shipping weights trained on what is non-commercial, unlicensed or for evaluation", () => {
    const forbidden = SOURCES.filter(({ weights }) => !weights.mayShip).map(({ name }) => name);
    expect(forbidden.sort()).toEqual(["alpacaeval", "bfcl", "routerarena", "routerbench", "routerdc7"]);
  });

  it("makes addresses at the pinned commit", () => {
    const source = sourceNamed("routerdc7")!;
    expect(urlOf(source, source.files[0]!)).toBe(
      "https://raw.githubusercontent.com/shuhao02/RouterDC/0e63989c5bf4363330b8a4616386e3f7f116d9f8/datasets/split2_model7/MATH_prealgebra.json",
    );
  });
});
