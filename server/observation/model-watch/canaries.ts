import { createTurns } from "../../turns.ts";
import type { AskUpstream } from "../observe/ask-upstream.ts";
import { CANARY_PROMPTS } from "./canary-prompts.ts";
import type { CanaryPrompt, CanarySection } from "./drift-config.ts";
import type { SeenAnswer } from "./model-state.ts";
import type { ModelStore } from "./model-store.ts";

export interface CanariesDeps {
  readonly store: Pick<ModelStore, "claimSlot" | "canaryNanoUsd">;
  readonly ask: AskUpstream;
  /** Models that may be asked, each with a route through which. */
  readonly models: () => ReadonlyMap<string, string>;
  /** null: none are asked for. */
  readonly section: () => CanarySection | null;
  readonly take: (answer: SeenAnswer) => void;
  /** What a model's round has cost. */
  readonly onCost: (cost: { readonly route: string; readonly id: string; readonly costNanoUsd: number }) => void;
  readonly clock: () => number;
  readonly log: { warn(fields: object, message: string): void; info(fields: object, message: string): void };
}

/** Questions of our own whose answers are known, asked of every watched model in every slot of time. */
export interface Canaries {
  /** Asks what is due in this slot and nobody has asked; one round at a time. */
  tick(): Promise<void>;
  /** Asks one round now, whatever the slot, within what the day may cost. */
  round(): Promise<CanaryRound>;
  close(): Promise<void>;
}

export interface CanaryRound {
  readonly asked: number;
  readonly passed: number;
  /** Nobody was reached: they tell nothing of the model. */
  readonly unreached: number;
  /** Not asked, because the day has cost what it may. */
  readonly skipped: number;
  readonly costNanoUsd: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const NANO = 1e9;
const TIMEOUT_MS = 60_000;

export function createCanaries(deps: CanariesDeps): Canaries {
  const { store, models, section, clock, log } = deps;
  const stop = new AbortController();
  const inTurn = createTurns();

  async function roundOf(some: readonly (readonly [string, string])[], settings: CanarySection): Promise<CanaryRound> {
    const round = { asked: 0, passed: 0, unreached: 0, skipped: 0, costNanoUsd: 0 };
    const before = store.canaryNanoUsd(Math.floor(clock() / DAY_MS));
    for (const [model, route] of some) {
      const beforeModel = round.costNanoUsd;
      for (const prompt of settings.prompts ?? CANARY_PROMPTS) {
        if (stop.signal.aborted) return round;
        if (before + round.costNanoUsd >= settings.dailyUsd * NANO) {
          round.skipped++;
          continue;
        }
        await askOne(model, route, prompt, round);
      }
      const costNanoUsd = round.costNanoUsd - beforeModel;
      if (costNanoUsd > 0) deps.onCost({ route, id: `canary ${model} ${clock()}`, costNanoUsd });
    }
    if (round.skipped > 0)
      log.warn({ skipped: round.skipped }, "canaries were not asked: the day has cost what it may");
    return round;
  }

  async function askOne(
    model: string,
    route: string,
    prompt: CanaryPrompt,
    round: { -readonly [Key in keyof CanaryRound]: CanaryRound[Key] },
  ): Promise<void> {
    const asked = await deps.ask({
      body: JSON.stringify({
        model,
        messages: [{ role: "user", content: prompt.prompt }],
        temperature: 0,
        max_tokens: prompt.maxOutputTokens,
      }),
      dialect: "openai-chat",
      path: { model: null, stream: null },
      headers: {},
      metadata: { canary: prompt.id },
      keyId: null,
      tenant: null,
      inputTokens: Math.ceil(prompt.prompt.length / 4),
      route,
      candidateId: model,
      timeoutMs: TIMEOUT_MS,
      signal: stop.signal,
    });
    const costNanoUsd = Math.round(asked.costNanoUsd);
    round.costNanoUsd += costNanoUsd;
    if (asked.kind === "failed") {
      round.unreached++;
      return;
    }
    const hasPassed = asked.kind === "answer" && isExpected(asked.text, prompt);
    round.asked++;
    round.passed += Number(hasPassed);
    deps.take({
      model,
      source: "canary",
      atMs: clock(),
      version: asked.facts?.model || null,
      fingerprint: asked.facts?.fingerprint ?? null,
      isRefused: asked.kind === "refused" || ["refusal", "content_filter"].includes(asked.facts?.finish ?? ""),
      outputTokens: asked.outputTokens ?? null,
      expectedTokens: null,
      hasPassed,
      costNanoUsd,
    });
  }

  function watched({ models: named }: CanarySection): (readonly [string, string])[] {
    return [...models()].filter(([model]) => named?.includes(model) ?? true).sort(([a], [b]) => (a < b ? -1 : 1));
  }

  return {
    tick: () =>
      inTurn(async () => {
        const settings = section();
        if (settings === null || stop.signal.aborted) return;
        const slot = slotAt(clock(), settings);
        const due = watched(settings).filter(([model]) => store.claimSlot(model, slot));
        if (due.length === 0) return;
        const round = await roundOf(due, settings);
        log.info({ models: due.map(([model]) => model), ...round }, "canaries were asked");
      }),
    round: () =>
      inTurn(async () => {
        const settings = section();
        if (settings === null) return { asked: 0, passed: 0, unreached: 0, skipped: 0, costNanoUsd: 0 };
        return roundOf(watched(settings), settings);
      }),
    async close() {
      stop.abort(new Error("the server closes"));
      await inTurn(async () => {});
    },
  };
}

/** Number of the slot of time, the same in every process. */
export function slotAt(nowMs: number, { everyHours, at }: Pick<CanarySection, "everyHours" | "at">): number {
  const [hours, minutes] = at.split(":").map(Number) as [number, number]; // the schema's form
  return Math.floor((nowMs - hours * HOUR_MS - minutes * MINUTE_MS) / (everyHours * HOUR_MS));
}

function isExpected(text: string, { expect }: CanaryPrompt): boolean {
  return expect === undefined ? text.trim() !== "" : new RegExp(expect, "i").test(text);
}
