import type { Conversation } from "./conversation.ts";
import type { Calibration } from "./schema/manifest.ts";

/** How good one model's answer to a logged request was. */
export interface LearnedOutcome {
  /** Trained model that stands for the candidate; a candidate that none stands for goes by its own id. */
  readonly model: string;
  /** In [0, 1]. */
  readonly quality: number;
  readonly saidBy: "audit" | "people" | "test" | "judge" | "user";
  /** Chance with which this outcome came to be known, by design or as counted, in (0, 1]. */
  readonly chance: number;
  /** Calibrated quality that the serving router expected; null where another router decided. */
  readonly expected: number | null;
  readonly costUsd: number | null;
  readonly outputTokens: number | null;
}

/** What a route's log, its audits and its feedback say of one request: what a router can learn from. */
export interface LearningRow {
  readonly requestId: string;
  readonly atMs: number;
  /** Rows of one session never fall on two sides of a split. */
  readonly session: string;
  /** null: the route keeps no text. */
  readonly conversation: Conversation | null;
  readonly task: string | null;
  readonly inputTokens: number;
  readonly outcomes: readonly LearnedOutcome[];
}

export interface LearnInput {
  readonly route: string;
  /** Oldest first. */
  readonly rows: readonly LearningRow[];
  /** Folder of the artifact that serves. */
  readonly serving: string;
  /** Trained model that stands for the route's incumbent; audits judge others against it. */
  readonly incumbent: string;
  /** Trained models that candidates of any route go by: a router that knows them no more would be of no use. */
  readonly needed: readonly string[];
  /** Records to learn from beside the rows: a file, or a folder of outcome data. null: the rows alone. */
  readonly data: string | null;
  /** Folder to write `<name>/<version>/` in. */
  readonly out: string;
  readonly name: string;
  readonly version: string;
  readonly seed: number;
  /** Of what is trained from texts; `auto`: by validation. */
  readonly estimator: string;
  readonly nowMs: number;
  readonly command: string;
  readonly onStage: (stage: string) => void;
}

/** One way of learning, and how well it foretold outcomes that it had not seen. */
export interface TriedWay {
  readonly way: "unchanged" | "recalibrated" | "trained";
  /** Mean log loss on the last of the learning rows; null: not tried. */
  readonly logLoss: number | null;
  readonly note: string | null;
}

export interface Learned {
  readonly folder: string;
  readonly way: "recalibrated" | "trained";
  readonly tried: readonly TriedWay[];
  /** [model] what became of the serving router's calibrated quality; null: it is scored anew, from the text. */
  readonly adjusted: Readonly<Record<string, Calibration>> | null;
  /** SHA-256 over what was learned from. */
  readonly digest: string;
}

/** Learns a router from rows and writes it; given to the server's side from outside, which knows nothing of training. */
export type Learn = (input: LearnInput) => Promise<Learned>;
