import { describe, expect, it } from "vitest";
import type { Check, Guardrail, Subject, Verdict } from "./guardrail.ts";

/** What a plug-in is tried with: settings, a text that it finds wanting and one that passes. */
export interface GuardrailSample {
  readonly options: object;
  readonly bad: string;
  readonly good: string;
}

/** What every check keeps to, whatever it looks for. */
export function guardrailConformance(
  plugin: Guardrail,
  { options, bad, good }: GuardrailSample,
  open: (plugin: Guardrail, options: object) => Promise<Check>,
): void {
  const phase = plugin.abilities.phases[0]!;
  const subject = (...texts: readonly string[]): Subject => ({
    phase,
    passages: texts.map((text) => ({
      text,
      voice: phase === "input" ? ("user" as const) : ("assistant" as const),
      label: null,
    })),
    newFrom: 0,
    isWhole: true,
    skipped: 0,
  });

  describe(`check ${plugin.name}`, () => {
    const ask = async (...texts: readonly string[]): Promise<Verdict> =>
      (await open(plugin, options)).inspect(subject(...texts), new AbortController().signal);

    it("finds what it is there for, and lets the rest pass", async () => {
      expect((await ask(bad)).findings.length).toBeGreaterThan(0);
      expect((await ask(good)).findings).toEqual([]);
    });

    it("says the same of the same", async () => {
      expect(await ask(bad)).toEqual(await ask(bad));
    });

    it("has places within their passages where it can redact, and labels that tell nothing of the text", async () => {
      const { findings } = await ask(good, bad);
      for (const { label, place } of findings) {
        expect(label).toMatch(/^[\w./-]{1,48}$/);
        if (!plugin.abilities.redacts || place === null) continue;
        expect(place.passage).toBe(1);
        expect(place.start).toBeGreaterThanOrEqual(0);
        expect(place.end).toBeGreaterThan(place.start);
        expect(place.end).toBeLessThanOrEqual(bad.length);
        expect(label).not.toContain(bad.slice(place.start, place.end));
      }
    });

    it("passes nothing at all", async () => {
      expect((await ask()).findings.filter(({ place }) => place !== null)).toEqual([]);
    });

    it("knows in a text that grows where it is settled, and never goes back", async () => {
      const check = await open(plugin, options);
      if (check.settledUntil === undefined) return;
      let last = 0;
      const text = `${good} ${bad} ${good}`;
      for (let end = 0; end <= text.length; end++) {
        const until = check.settledUntil(text.slice(0, end));
        expect(until).toBeLessThanOrEqual(end);
        expect(until).toBeGreaterThanOrEqual(Math.min(last, end));
        last = until;
      }
    });
  });
}
