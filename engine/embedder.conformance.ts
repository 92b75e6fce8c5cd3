import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Embedder } from "./embedder.ts";

const TEXTS = ["hello world", "a", "", " ", "\n", "\0", "\ud800", "😀", "中文", "hello ".repeat(20_000)];

/** What every embedder of engine/embedders/ must do. */
export function describeEmbedder(name: string, open: () => Promise<Embedder>): void {
  describe(`embedder ${name}`, () => {
    let embedder: Embedder;
    beforeAll(async () => {
      embedder = await open();
    });
    afterAll(() => embedder.close());

    it("declares a digest and how long its vectors are", () => {
      expect(embedder.digest).toMatch(/^[0-9a-f]{64}$/);
      expect(embedder.dimensions).toBeGreaterThan(0);
    });

    it.each(TEXTS.map((text) => [JSON.stringify(text.slice(0, 20)), text]))("embeds %s", async (_, text) => {
      const vector = await embedder.embed(text);
      expect(vector).toBeInstanceOf(Float32Array);
      expect(vector).toHaveLength(embedder.dimensions);
      expect(vector.every(Number.isFinite)).toBe(true);
    });

    it("gives the same vector for the same text, also when calls overlap", async () => {
      const alone = await embedder.embed("hello world");
      const together = await Promise.all(["hello world", "a", "hello world"].map((text) => embedder.embed(text)));
      expect(together[0]).toEqual(alone);
      expect(together[2]).toEqual(alone);
      expect(together[1]).not.toEqual(alone);
    });

    it("keeps vectors apart: a later call does not write into an earlier one", async () => {
      const first = await embedder.embed("hello world");
      const copy = first.slice();
      await embedder.embed("a b ?");
      expect(first).toEqual(copy);
    });

    it("has one digest and one vector each time it is opened", async () => {
      const again = await open();
      expect(again.digest).toBe(embedder.digest);
      expect(await again.embed("hello world")).toEqual(await embedder.embed("hello world"));
      await again.close();
    });

    it("lets running calls end when it is closed, and refuses later ones", async () => {
      const closing = await open();
      const running = closing.embed("hello world");
      await closing.close();
      expect(await running).toHaveLength(embedder.dimensions);
      await expect(closing.embed("hello")).rejects.toThrow(/closed/);
    });
  });
}
