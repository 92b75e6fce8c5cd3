import type { Alarm } from "../../activation/send-alarm.ts";
import type { AnswerSource, ModelState } from "./model-state.ts";

/** Answers of a model on a day, from one source. */
export interface ModelDay {
  readonly model: string;
  readonly day: number;
  readonly source: AnswerSource;
  readonly answers: number;
  readonly refusals: number;
  /** Answers whose length is known. */
  readonly measured: number;
  readonly outputTokens: number;
  /** Sum of the logarithms of one more than their tokens. */
  readonly logTokens: number;
  /** Canaries that were answered as they should be. */
  readonly passed: number;
  readonly costNanoUsd: number;
}

export type VersionKind = "model" | "fingerprint";

/** A version that a model answered as, on a day or over all of them. */
export interface ModelVersion {
  readonly model: string;
  readonly kind: VersionKind;
  readonly name: string;
  readonly answers: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

export type VersionDay = ModelVersion & { readonly day: number };

/** What is written of some answers at once. */
export interface ModelUpdate {
  readonly days: readonly ModelDay[];
  readonly versions: readonly VersionDay[];
  /** From the state that is stored to the one that holds now. */
  readonly step: (model: string, state: ModelState | null) => ModelState;
  readonly models: readonly string[];
}

/** A kept alarm says of which model it is, where it is of one. */
export interface StoredAlarm extends Alarm {
  readonly model: string | null;
}

/** What is known of models, shared by all processes of a database. */
export interface ModelStore {
  /** One transaction, so that several processes add to one state. Returns the versions that nobody had seen of their models before. */
  update(update: ModelUpdate): readonly VersionDay[];
  state(model: string): ModelState | null;
  models(): readonly string[];
  days(model: string, sinceDay: number): readonly ModelDay[];
  versionDays(model: string, sinceDay: number): readonly VersionDay[];
  /** All versions of a model, the one seen last first. */
  versions(model: string): readonly ModelVersion[];
  /** Puts the price as JSON; returns the one before it, null for none. */
  putPrice(model: string, price: string): string | null;
  /** Whether the slot is ours to ask canaries in: once a model and slot, whoever comes first. */
  claimSlot(model: string, slot: number): boolean;
  canaryNanoUsd(day: number): number;
  putAlarm(alarm: StoredAlarm): void;
  /** Newest first; of one route, or of all. */
  alarms(route: string | null, limit: number): readonly StoredAlarm[];
  /** Removes days before this one, and alarms as old. */
  prune(beforeDay: number): void;
}
