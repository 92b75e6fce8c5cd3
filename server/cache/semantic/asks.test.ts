import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { disagreement } from "./agree.ts";
import { askFacts } from "./ask-facts.ts";
import { languageOf } from "./language.ts";
import { openLexicon, type WordSense } from "./lexicon.ts";
import { nearAskOfPlain } from "./near-ask.ts";

interface Group {
  readonly split: string;
  readonly ask: string;
  readonly same: readonly string[];
  readonly other: readonly { readonly kind: string; readonly ask: string }[];
}
interface Side {
  readonly system?: string;
  readonly turns?: readonly string[];
  readonly ask: string;
}
interface Contexts {
  readonly a: Side;
  readonly b: Side;
  readonly same: boolean;
}

const lines = readFileSync(new URL("../../../datasets/fixtures/semantic-asks.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Group | Contexts);
const groups = lines.filter((line): line is Group => "ask" in line);
const contexts = lines.filter((line): line is Contexts => "a" in line);

let sense: WordSense;
beforeAll(async () => {
  sense = await openLexicon();
});
const differ = (a: string, b: string) => disagreement(askFacts(a), askFacts(b), sense);

describe("whether two asks mean the same", () => {
  it("is tried on at least 600 pairs", () => {
    expect(groups.reduce((sum, { same, other }) => sum + same.length + other.length, 0)).toBeGreaterThan(600);
  });

  it.each([...new Set(groups.map(({ split }) => split))])(
    "is never answered yes for a look-alike of the %s split",
    (split) => {
      const mistaken = groups
        .filter((group) => group.split === split)
        .flatMap(({ ask, other }) => other.map((one) => ({ ask, look: one.ask, found: differ(ask, one.ask) })))
        .filter(({ found }) => found === null);
      expect(mistaken).toEqual([]);
    },
  );

  it("finds more than half of the rewordings that it was not tuned on", () => {
    const rewordings = groups
      .filter(({ split }) => split === "report")
      .flatMap(({ ask, same }) => same.map((one) => differ(ask, one)));
    expect(rewordings.filter((found) => found === null).length / rewordings.length).toBeGreaterThan(0.55);
  });

  it.each([
    ["numbers", "Convert 10 km to miles", "Convert 12 km to miles"],
    ["numbers", "Transfer 200 euros", "Transfer 200 dollars"],
    ["numbers", "a table for 2 adults and 3 children", "a table for 3 adults and 2 children"],
    ["negation", "Which users have paid?", "Which users have not paid?"],
    ["words", "Enable dark mode", "Disable dark mode"],
    ["wanted", "When is the meeting?", "Where is the meeting?"],
    ["direction", "flights from Oslo to Rome", "flights from Rome to Oslo"],
    ["order", "the cat chased the mouse", "the mouse chased the cat"],
    ["degree", "the largest city in Texas", "the large city in Texas"],
    ["code", "what does a && b do", "what does a || b do"],
    ["quotes", 'the plural of "mouse"', 'the plural of "moose"'],
    ["language", "Quelle est la capitale de la France ?", "What is the capital of France?"],
    ["tense", "Did it rain in Oslo?", "Will it rain in Oslo?"],
    ["persons", "Who can contact me?", "Who can I contact?"],
  ])("tells by its %s that %j is not %j", (reason, a, b) => {
    expect(differ(a, b)).toBe(reason);
    expect(differ(b, a)).toBe(reason);
  });

  it("says the same whichever of the two was there first, and yes for an ask and itself", () => {
    for (const { ask, same, other } of groups) {
      expect([ask, differ(ask, ask)]).toEqual([ask, languageOf(ask) === "?" ? "language" : null]);
      for (const one of [...same, ...other.map((look) => look.ask)])
        expect([ask, one, differ(ask, one) === null]).toEqual([ask, one, differ(one, ask) === null]);
    }
  });

  it("compares long texts word by word, in their order", () => {
    const text = Array.from({ length: 60 }, (_, i) => `word${String.fromCharCode(97 + (i % 26))}x${i}`).join(" ");
    expect(differ(`Summarize: ${text}`, `summarise:  ${text}`)).toBeNull();
    expect(differ(`Summarize: ${text}`, `Summarize: ${text.replace("x30", "x31")}`)).not.toBeNull();
  });
});

describe("everything beside the last ask", () => {
  const bucketOf = ({ system = "", turns = [], ask }: Side) =>
    nearAskOfPlain(
      {
        system,
        turns: [
          ...turns.map((text, i) => ({ role: i % 2 === 0 ? ("user" as const) : ("assistant" as const), text })),
          { role: "user" as const, text: ask },
        ],
        settings: [],
      },
      "owner",
    )!.bucket;

  it.each(contexts)("$a.ask after other turns or another system prompt: the same is $same", ({ a, b, same }) => {
    const isHit = bucketOf(a) === bucketOf(b) && differ(a.ask, b.ask) === null;
    expect(isHit).toBe(same);
  });
});
