import type { z } from "zod";
import type { Named } from "../engine/discover.ts";

/** What a check looks at: what goes to the model, or what it answers. */
export type Phase = "input" | "output";

/** Who says a text. `arguments` are the values of a tool call, `tool` what a tool gave back. */
export type Voice = "system" | "user" | "assistant" | "tool" | "arguments";

/** One text of a request or an answer. */
export interface Passage {
  readonly text: string;
  readonly voice: Voice;
  /** Name of the JSON field that holds it, where it is a value in JSON: it tells what the value is. */
  readonly label: string | null;
}

export interface Subject {
  readonly phase: Phase;
  /** In the order of the conversation. */
  readonly passages: readonly Passage[];
  /** Index of the first passage that is new since the model last spoke; earlier ones were looked at in earlier turns. */
  readonly newFrom: number;
  /** false: a part of an answer that still streams. */
  readonly isWhole: boolean;
  /** Characters of the answer that stand before the passages and are not among them. */
  readonly skipped: number;
}

/** Where a check found something. `label` is a stable word of the check's own (`EMAIL_ADDRESS`, a topic's name). */
export interface Finding {
  readonly label: string;
  /** null: it is the whole that is found wanting, not a place in it. */
  readonly place: Place | null;
}

/** Half-open range of one passage's text, in UTF-16 units. */
export interface Place {
  readonly passage: number;
  readonly start: number;
  readonly end: number;
}

/** What a check says: nothing found, and the subject passes. Never holds text of the subject. */
export interface Verdict {
  readonly findings: readonly Finding[];
  /** What the model is told when it may mend its answer; absent where it cannot. */
  readonly repair?: string;
}

export const PASSES: Verdict = { findings: [] };

/** What a model is told so that it may mend its answer is no longer than this. */
export const MOST_REPAIR_CHARS = 1_000;

/** One configured check. */
export interface Check {
  /** @throws anything for a check that could not be made; whether the subject then passes is configured */
  inspect(subject: Subject, signal: AbortSignal): Verdict | Promise<Verdict>;
  /**
   * For a text that still grows: up to where nothing that may follow can change what is found. What stands behind is held
   * back. Absent: the check looks at stretches of the answer, each held back until it is judged.
   */
  settledUntil?(text: string): number;
  close?(): Promise<void>;
}

/** What callers must know of a check without knowing its name. */
export interface GuardrailAbilities {
  readonly phases: readonly Phase[];
  /** Its findings have places, so that they can be redacted. */
  readonly redacts: boolean;
  /** It judges only a whole answer; streams are held back until they end. */
  readonly needsWhole: boolean;
  /** It asks somebody over the network. */
  readonly isRemote: boolean;
  /** Time it gets when its configuration does not say. */
  readonly timeoutMs: number;
}

export interface GuardrailDeps {
  readonly clock: () => number;
  readonly fetch: typeof fetch;
  /** Milliseconds, jittered by the caller; rejects when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly newId: () => string;
}

/** Plug-in of server/guardrails/, one file a check. */
export interface Guardrail<Options = unknown> extends Named {
  readonly options: z.ZodType<Options>;
  readonly abilities: GuardrailAbilities;
  /** Whether a check with these settings, as they are configured, may have an answer mended; absent: it never has. */
  mayRepair?(options: Readonly<Record<string, unknown>>): boolean;
  /** Heavy libraries are loaded here, at first use. @throws ApiError `config_invalid` */
  open(options: Options, deps: GuardrailDeps): Check | Promise<Check>;
}

export function defineGuardrail<Options>(guardrail: Guardrail<Options>): Guardrail<Options> {
  return guardrail;
}
