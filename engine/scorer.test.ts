import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { discover } from "./discover.ts";
import { scorerConformance } from "./scorer.conformance.ts";
import type { ScorerPlugin } from "./scorer.ts";
import { TINY, tinyManifest, writeTinyArtifact } from "./testing/tiny-artifact.ts";

const plugins = await discover<ScorerPlugin>(new URL("./scorers/", import.meta.url));

/** A file of each kind over the tiny artifact's models. */
const FILES: Readonly<Record<string, () => Promise<Uint8Array>>> = {
  constant: async () =>
    new TextEncoder().encode(JSON.stringify({ score: [0.2, 0.5, 0.8], outputTokens: [10, 20, 30] })),
  onnx: async () => {
    const folder = pathToFileURL(`${await mkdtemp(join(tmpdir(), "weir-scorer-"))}/`);
    await writeTinyArtifact(folder);
    const bytes = await readFile(new URL("router.onnx", folder));
    await rm(folder, { recursive: true });
    return bytes;
  },
};

it("has a file to try each scorer with", () => {
  expect(Object.keys(FILES)).toEqual([...plugins.keys()]);
});

for (const [name, plugin] of plugins) {
  const bytes = await FILES[name]!();
  const { features } = tinyManifest();
  describe(`scorer ${name}`, () => {
    scorerConformance(plugin, { bytes, features, modelCount: TINY.models.length, taskCount: TINY.tasks.length });
  });
}
