import type { Named } from "../engine/discover.ts";
import type { ActivationStore } from "./activation/activation-store.ts";
import type { SwitchStore } from "./activation/switches.ts";
import type { BudgetStore } from "./budgets/budget-store.ts";
import type { CacheStore } from "./cache/cache-store.ts";
import type { KeyStore } from "./keys/key-store.ts";
import type { ShapeStore } from "./observation/input-shapes/shape-store.ts";
import type { ModelStore } from "./observation/model-watch/model-store.ts";
import type { AuditStore } from "./observation/observe/audit-store.ts";
import type { RetrainStore } from "./retrain/retrain-store.ts";
import type { LedgerStore } from "./savings/store/ledger-store.ts";
import type { RevisionStore } from "./settings-edit/revisions.ts";

/** One decision as it is kept: enough to find it, to answer it again and to evaluate other policies on it. No prompt text. */
export interface StoredDecision {
  /** Sorts by time. */
  readonly decisionId: string;
  readonly createdAtMs: number;
  readonly route: string;
  /** Who asked; null when no key was needed. */
  readonly keyId: string | null;
  readonly sessionId: string | null;
  readonly model: string;
  readonly policy: string;
  readonly reason: string;
  readonly propensity: number;
  readonly routerName: string;
  readonly routerVersion: string;
  readonly quality: number | null;
  readonly costNanoUsd: number | null;
  readonly incumbentModel: string | null;
  readonly incumbentCostNanoUsd: number | null;
  readonly outOfDistribution: boolean;
  /** The answer as it was sent, JSON. */
  readonly answer: string;
  /** What the engine decided from (digest of features, scores, what was asked), JSON. */
  readonly trace: string;
}

export type FeedbackSource = "user" | "judge" | "test";

export interface Feedback {
  readonly decisionId: string;
  readonly source: FeedbackSource;
  /** In [0, 1]. */
  readonly score: number;
  readonly comment: string | null;
  readonly keyId: string | null;
  readonly atMs: number;
}

/** What a second call for the same (decision, source) did. */
export type FeedbackOutcome = "created" | "updated" | "unchanged";

interface DecisionPage {
  /** Newest first. */
  readonly rows: readonly StoredDecision[];
  /** Pass as `before` to go on; null at the end. */
  readonly nextCursor: string | null;
}

interface DecisionFilter {
  readonly limit: number;
  readonly before?: string | undefined;
  readonly route?: string | undefined;
  readonly model?: string | undefined;
  readonly sinceMs?: number | undefined;
}

/** Numbers for metrics. */
export interface StorageState {
  readonly queued: number;
  readonly dropped: number;
  readonly written: number;
  readonly failures: number;
}

export interface Storage {
  readonly keys: KeyStore;
  readonly budgets: BudgetStore;
  readonly cache: CacheStore;
  readonly audits: AuditStore;
  readonly activations: ActivationStore;
  readonly switches: SwitchStore;
  readonly ledger: LedgerStore;
  readonly models: ModelStore;
  readonly shapes: ShapeStore;
  readonly retrains: RetrainStore;
  readonly revisions: RevisionStore;
  /**
   * Takes a decision to be written soon, off the request's path. Readers see it at once.
   *
   * @returns false when the queue is full and the decision was dropped (and counted)
   */
  appendDecision(decision: StoredDecision): boolean;
  findDecision(decisionId: string): Promise<StoredDecision | null>;
  pageDecisions(filter: DecisionFilter): Promise<DecisionPage>;
  /** Idempotent per (decisionId, source): the last score wins, the same score changes nothing. */
  putFeedback(feedback: Feedback): Promise<FeedbackOutcome>;
  feedbackOf(decisionId: string): Promise<readonly Feedback[]>;
  readSetting(name: string): Promise<string | null>;
  /** Writes only when there is none yet; returns what holds afterwards. */
  putSettingOnce(name: string, value: string): Promise<string>;
  putSetting(name: string, value: string): Promise<void>;
  /** Removes what is older, a bounded number at a time; returns how many decisions went. */
  prune(beforeMs: number, limit: number): Promise<number>;
  /** Writes what is queued. */
  flush(): Promise<void>;
  /** Throws when the storage cannot be written and read. */
  check(): Promise<void>;
  state(): StorageState;
  close(): Promise<void>;
}

export interface StorageOptions {
  /** Decisions that may wait to be written; beyond it new ones are dropped and counted. */
  readonly queueCapacity?: number;
  /** Longest wait of a decision before it is written. */
  readonly flushDelayMs?: number;
  readonly onError?: (error: unknown) => void;
}

/** Plug-in of server/storage/: a backend, found by the scheme of `storage.url`. */
export interface StoragePlugin extends Named {
  open(url: string, options: StorageOptions): Promise<Storage>;
}

export function defineStorage(plugin: StoragePlugin): StoragePlugin {
  return plugin;
}
