import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadGuardrails } from "../load-guardrails.ts";
import type { GuardrailConfig } from "./guardrail-config.ts";
import { createPlaceholders } from "./placeholders.ts";
import type { Rail } from "./rail.ts";
import { createRestorer } from "./restorer.ts";
import { createStreamWindow } from "./stream-window.ts";

const plugins = await loadGuardrails();
const never = new AbortController().signal;

async function railOf(check: string, action: GuardrailConfig["action"], options: object): Promise<Rail> {
  const plugin = plugins.get(check)!;
  const deps = { clock: () => 0, fetch, sleep: async () => {}, newId: () => "id" };
  const opened = await plugin.open(await plugin.options.parseAsync(options), deps);
  const config = { name: check, check, on: "output", action, whenFailing: "refuse", for: {}, options: {} } as const;
  return { config, abilities: plugin.abilities, timeoutMs: 60_000, mayRepair: false, check: () => opened };
}

/** What comes out of a window, piece by piece; `null` ends it. */
async function said(rail: Rail, pieces: readonly string[]): Promise<{ text: string; blocked: boolean }> {
  const window = createStreamWindow([rail], "assistant", never);
  let text = "";
  for (const piece of pieces) {
    const ruled = await window.push(piece, false);
    text += ruled.text;
    if (ruled.blocked !== null) return { text, blocked: true };
  }
  const last = await window.push("", true);
  return { text: text + last.text, blocked: last.blocked !== null };
}

/** Every way to cut a text in two, and a cut at every character. */
function cuts(text: string): string[][] {
  const pairs = Array.from({ length: text.length + 1 }, (_, at) => [text.slice(0, at), text.slice(at)]);
  return [...pairs, text.split("")];
}

describe("a window over a stream", () => {
  it("stops at a term wherever it is cut, and lets nothing of it out", async () => {
    const rail = await railOf("deny-list", "block", { terms: ["secret plan", "secrets"] });
    for (const pieces of cuts("Here is the secret plan of ours."))
      expect(await said(rail, pieces)).toEqual({ text: "Here is the ", blocked: true });
    for (const pieces of cuts("Here is the secret planet, and no secretary."))
      expect(await said(rail, pieces)).toEqual({
        text: "Here is the secret planet, and no secretary.",
        blocked: false,
      });
  });

  it("holds back no more than what may become a term", async () => {
    const rail = await railOf("deny-list", "block", { terms: ["secret plan"] });
    const window = createStreamWindow([rail], "assistant", never);
    expect((await window.push("This is the se", false)).text).toBe("This is the ");
    expect((await window.push("cret pla", false)).text).toBe("");
    expect((await window.push("ster", false)).text).toBe("secret plaster");
  });

  it("masks what a pattern finds, wherever it is cut", async () => {
    const rail = await railOf("regex", "redact", {
      patterns: [{ name: "CASE", pattern: "CASE-\\d{4}" }],
      longestMatch: 12,
    });
    for (const pieces of cuts("See CASE-1234 and CASE-5678, not CASE-12."))
      expect(await said(rail, pieces)).toEqual({ text: "See [CASE] and [CASE], not CASE-12.", blocked: false });
  });

  it("masks personal data wherever it is cut", async () => {
    const rail = await railOf("pii", "redact", { types: ["EMAIL_ADDRESS", "CREDIT_CARD", "IBAN"] });
    const text =
      "write to a.b@example.org or pay with 4111 1111 1111 1111 to DE89 3704 0044 0532 0130 00 today, please do";
    for (const pieces of cuts(text))
      expect(await said(rail, pieces)).toEqual({
        text: "write to [EMAIL_ADDRESS] or pay with [CREDIT_CARD] to [IBAN] today, please do",
        blocked: false,
      });
  });

  it("cuts an answer at its longest length, exactly", async () => {
    const rail = await railOf("length", "block", { maxChars: 10 });
    for (const pieces of cuts("0123456789abc"))
      expect(await said(rail, pieces)).toEqual({ text: "0123456789", blocked: true });
    for (const pieces of cuts("0123456789")) expect((await said(rail, pieces)).blocked).toBe(false);
  });

  it("says what would have been said without it, where nothing is found", async () => {
    const rails = await Promise.all([
      railOf("pii", "redact", { types: ["EMAIL_ADDRESS"] }),
      railOf("deny-list", "block", { terms: ["xyzzy"] }),
    ]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ maxLength: 20 }), { maxLength: 12 }), async (pieces) => {
        fc.pre(!pieces.join("").includes("@") && !pieces.join("").toLowerCase().includes("xyzzy"));
        for (const rail of rails) expect((await said(rail, pieces)).text).toBe(pieces.join(""));
      }),
      { numRuns: 100, seed: 3 },
    );
  });
});

describe("a restorer", () => {
  const placeholders = createPlaceholders();
  placeholders.of("PERSON", 'Ann "A" Lee');
  placeholders.of("PERSON", "Bob");
  for (let i = 0; i < 10; i++) placeholders.of("PERSON", `P${i}`);

  it("gives values back at every cut, and holds back only the beginning of a placeholder", () => {
    const text = "<PERSON_1> met <PERSON_2> <PERSON_12> <PERSON_99> <PER <b> 1 < 2 <PERSON_1";
    for (const pieces of cuts(text)) {
      const restorer = createRestorer(placeholders, () => false);
      const out = pieces.map((piece) => restorer.push(piece)).join("") + restorer.end();
      expect(out).toBe('Ann "A" Lee met Bob P9 <PERSON_99> <PER <b> 1 < 2 <PERSON_1');
    }
    const restorer = createRestorer(placeholders, () => false);
    expect(restorer.push("a <b")).toBe("a <b");
    expect(restorer.push(" <PERS")).toBe(" ");
    expect(restorer.push("IAN")).toBe("<PERSIAN");
  });

  it("writes values as JSON within JSON, also where the brackets are escapes", () => {
    for (const pieces of cuts('{"a":"<PERSON_1>","b":"\\u003cPERSON_2\\u003E"}')) {
      const restorer = createRestorer(placeholders, () => true);
      const out = pieces.map((piece) => restorer.push(piece)).join("") + restorer.end();
      expect(JSON.parse(out)).toEqual({ a: 'Ann "A" Lee', b: "Bob" });
    }
  });
});
