import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tableOf } from "../testing/table-of.ts";
import { findDuplicates } from "./find-duplicates.ts";
import { regroup } from "./regroup.ts";
import { jaccard, shingles } from "./shingles.ts";

const words = (count: number, first = 0) => Array.from({ length: count }, (_, at) => `word${first + at}`).join(" ");

describe("findDuplicates", () => {
  it("takes texts with the same letters and digits as exact, whatever case, spacing and punctuation", () => {
    const { clusters, pairs } = findDuplicates(["What is 2 + 2?", "Other", "what IS 2+2 ??"]);
    expect([...clusters]).toEqual([0, 1, 0]);
    expect(pairs).toEqual([{ a: 0, b: 2, similarity: 1 }]);
  });

  it("finds a long text with one word changed, and not one half rewritten", () => {
    // 38 runs of three words; one changed word in the middle touches 3: 35 of 41 are common.
    const changed = words(40).replace("word20 ", "other ");
    const { clusters, pairs } = findDuplicates([words(40), changed, `${words(20)} ${words(20, 100)}`]);
    expect([...clusters]).toEqual([0, 0, 2]);
    expect(pairs[0]!.similarity).toBeCloseTo(35 / 41, 12);
  });

  it("compares Chinese by characters", () => {
    const text = "水的沸点在标准大气压下是一百摄氏度而在高山上会更低一些因为气压更低";
    expect([...findDuplicates([text, `${text}。`, text.replace("高山", "海边")], { threshold: 0.7 }).clusters]).toEqual(
      [0, 0, 0],
    );
  });

  it("joins a chain of near duplicates into one cluster, named by its first", () => {
    const chain = [
      words(60),
      words(60).replace("word10 ", "x "),
      words(60).replace("word10 ", "x ").replace("word40 ", "y "),
    ];
    expect([...findDuplicates(["first", ...chain]).clusters]).toEqual([0, 1, 1, 1]);
  });

  it("finds what comparing all pairs finds", () => {
    const vocabulary = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h");
    const base = fc.array(vocabulary, { minLength: 5, maxLength: 25 });
    fc.assert(
      fc.property(
        fc.array(base, { minLength: 2, maxLength: 6 }),
        fc.array(fc.tuple(fc.nat(), fc.nat(), vocabulary), { maxLength: 10 }),
        (texts, edits) => {
          const edited = edits.map(([which, where, word]) => {
            const copy = [...texts[which % texts.length]!];
            copy[where % copy.length] = word;
            return copy;
          });
          const all = [...texts, ...edited].map((list) => list.join(" "));
          const sets = all.map(shingles);
          const { clusters } = findDuplicates(all);
          for (let i = 0; i < all.length; i++) {
            for (let j = 0; j < i; j++) if (jaccard(sets[i]!, sets[j]!) >= 0.8) expect(clusters[i]).toBe(clusters[j]);
          }
        },
      ),
      { seed: 19, numRuns: 100 },
    );
  });

  it("answers empty, blank and wordless texts", () => {
    expect([...findDuplicates(["", " ", "!!!", "!!!", "🙂"]).clusters]).toEqual([0, 1, 2, 2, 4]);
    expect(findDuplicates([]).pairs).toEqual([]);
  });

  it("stays quick when thousands share a template", () => {
    const template = words(60);
    const texts = Array.from({ length: 3000 }, (_, at) => `${template} question ${at} about ${at * 7}`);
    const before = process.cpuUsage();
    findDuplicates(texts, { threshold: 0.99 });
    expect(process.cpuUsage(before).user).toBeLessThan(40_000_000);
  });
});

describe("regroup", () => {
  it("joins the groups that a cluster touches, and through them all others that share a group", () => {
    const table = tableOf([
      { text: "a", group: "g3" },
      { text: "b", group: "g2" },
      { text: "c", group: "g2" },
      { text: "d", group: "g1" },
      { text: "e", group: "g9" },
    ]);
    const grouped = regroup(table, Int32Array.from([0, 0, 2, 2, 4]));
    expect(grouped.prompts.map(({ group }) => group)).toEqual(["g1", "g1", "g1", "g1", "g9"]);
  });
});
