/** What one route was watched for, from one moment to another, under one configuration. */
export interface Observation {
  readonly observationId: string;
  readonly route: string;
  /** `observe`: before activation, ends by itself; `active`: the audit that is always on. */
  readonly kind: "observe" | "active";
  readonly startedAtMs: number;
  /** null: it does not end by itself. */
  readonly days: number | null;
  readonly endedAtMs: number | null;
  readonly endReason: EndReason | null;
  /** Secret until the observation has ended; its commitment is public from the start. */
  readonly salt: string;
  /** Canonical JSON of what it holds for; another binding begins another observation. */
  readonly binding: string;
  /** Falling; fixed before any outcome was read. null: too little traffic so far. */
  readonly thresholds: readonly number[] | null;
}

export type EndReason = "completed" | "route_changed" | "mode_changed" | "restarted";

/** An eligible request, audited or not. */
export interface ObservedRequest {
  readonly observationId: string;
  readonly requestId: string;
  readonly atMs: number;
  /** Of the observation, from 0. */
  readonly day: number;
  readonly session: string | null;
  /** Task cluster. */
  readonly stratum: string;
  readonly feature: string | null;
  readonly tenant: string | null;
  readonly incumbent: string;
  /** What the policy chose; the incumbent for one that stays. */
  readonly chosen: string;
  /** Predicted worth of leaving the incumbent; `STAYS` for a request whose choice is the incumbent. */
  readonly score: number;
  /** Quality difference that the router expects. */
  readonly prediction: number;
  readonly spread: number;
  readonly inclusion: number;
  readonly uniformInclusion: number;
  readonly isAudited: boolean;
  readonly isUniform: boolean;
  /** In [0, 1), the same for all requests of a session: a share of sessions is a range of it. */
  readonly lot: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly incumbentNanoUsd: number;
  /** As expected, or what it cost where the choice served. */
  readonly routedNanoUsd: number;
  /** What an audit is expected to cost. */
  readonly auditNanoUsd: number;
}

export type AuditState = "queued" | "running" | "done" | "unjudged" | "lost";

/** A request that was drawn; its row outlives its text. */
export interface Audit {
  readonly requestId: string;
  readonly observationId: string;
  readonly route: string;
  readonly atMs: number;
  readonly state: AuditState;
  /** Process that runs it, or in whose memory its text waits; null for none. */
  readonly holder: string | null;
  readonly isInMemory: boolean;
  readonly tries: number;
  readonly nextAtMs: number;
  readonly finishedAtMs: number | null;
  readonly incumbent: string;
  readonly chosen: string;
  /** Which of the two answered the client. */
  readonly served: "incumbent" | "chosen";
  /** The incumbent answers once more, to see how far it differs from itself. */
  readonly isNoise: boolean;
  /** People shall label it. */
  readonly isGold: boolean;
  /** Of the answer that the client got; SHA-256, hex. */
  readonly answerDigest: string | null;
  readonly judgedBy: string | null;
  readonly incumbentQuality: number | null;
  readonly routedQuality: number | null;
  /** Quality of the incumbent's second answer less that of its first. */
  readonly noise: number | null;
  readonly goldIncumbent: number | null;
  readonly goldRouted: number | null;
  readonly routedNanoUsd: number | null;
  readonly replayNanoUsd: number;
  readonly judgeNanoUsd: number;
  /** Why it is lost or was not judged. */
  readonly reason: string | null;
}

/** What changes when an audit ends, or is put off. */
export interface AuditChange
  extends Partial<
    Pick<
      Audit,
      | "judgedBy"
      | "incumbentQuality"
      | "routedQuality"
      | "noise"
      | "goldIncumbent"
      | "goldRouted"
      | "routedNanoUsd"
      | "reason"
      | "finishedAtMs"
    >
  > {
  readonly state: AuditState;
  readonly nextAtMs?: number;
  /** Added to what was spent before. */
  readonly replayNanoUsd: number;
  readonly judgeNanoUsd: number;
}

/** Requests of one day by why they were not looked at; `reason` is empty for those that were. */
export interface ObservationCount {
  readonly observationId: string;
  readonly day: number;
  readonly reason: string;
  readonly requests: number;
  readonly costNanoUsd: number;
}

/** What one turn of watching found, written together. */
export interface Sighting {
  readonly rows: readonly ObservedRequest[];
  readonly audits: readonly { readonly audit: Audit; readonly text: string | null }[];
  readonly counts: readonly ObservationCount[];
}

/** What an observation's figures are made from. */
export interface ObservedData {
  /** Of a share of sessions, where there are more rows than were asked for. */
  readonly rows: readonly ObservedRequest[];
  readonly audits: readonly Audit[];
  readonly counts: readonly ObservationCount[];
}

export interface ObservationDay {
  readonly day: number;
  /** JSON of the day's audit design; null before it was fixed. */
  readonly design: string | null;
  /** JSON of what was known at its end; null before it was computed. */
  readonly figures: string | null;
}

export interface AuditCounts {
  readonly state: AuditState;
  readonly audits: number;
  readonly replayNanoUsd: number;
  readonly judgeNanoUsd: number;
}

/** Where observations and their audits are kept. */
export interface AuditStore {
  current(route: string): Promise<Observation | null>;
  find(observationId: string): Promise<Observation | null>;
  /** Newest first. */
  list(route: string, limit: number): Promise<readonly Observation[]>;
  /** Nothing happens when the route has one already; returns the one that holds. */
  begin(observation: Observation): Promise<Observation>;
  end(observationId: string, atMs: number, reason: EndReason): Promise<void>;
  /** Only when there are none yet; returns those that hold. */
  putThresholdsOnce(observationId: string, thresholds: readonly number[]): Promise<readonly number[]>;
  /** Only when the day has none yet; returns the one that holds. */
  putDesignOnce(observationId: string, day: number, design: string): Promise<string>;
  putFigures(observationId: string, day: number, figures: string): Promise<void>;
  days(observationId: string): Promise<readonly ObservationDay[]>;
  /** All or nothing, at once. */
  append(sighting: Sighting): void;
  /** Oldest first, those that are due and of these routes; marks them as running by `holder`. */
  take(options: {
    readonly routes: readonly string[];
    readonly holder: string;
    readonly nowMs: number;
    readonly limit: number;
  }): Promise<readonly Audit[]>;
  textOf(requestId: string): Promise<string | null>;
  /** Keeps a text for people to label. */
  putText(requestId: string, content: string): Promise<void>;
  /** Keeps what an audit taught, JSON without text. */
  putLesson(lesson: {
    readonly requestId: string;
    readonly route: string;
    readonly atMs: number;
    readonly lesson: string;
  }): Promise<void>;
  /** Newest first. */
  lessons(route: string, limit: number): Promise<readonly string[]>;
  /** Removes the text of an audit that is over, unless it waits for a label. */
  change(requestId: string, change: AuditChange): Promise<void>;
  /** Processes that hold audits which are not over. */
  holders(): Promise<readonly string[]>;
  /** What a process that is no more held: texts in the database wait again, those in its memory are lost. */
  release(holder: string, nowMs: number): Promise<{ readonly requeued: number; readonly lost: number }>;
  findAudit(requestId: string): Promise<Audit | null>;
  /** Audits for people that have no label, oldest first. */
  unlabelled(route: string, limit: number): Promise<readonly Audit[]>;
  /** By state. */
  countAudits(observationId: string): Promise<readonly AuditCounts[]>;
  /** What audits of a route that ended since then have cost. */
  spentSince(route: string, sinceMs: number): Promise<number>;
  read(observationId: string, options: { readonly toDay: number; readonly mostRows: number }): Promise<ObservedData>;
  /** Rows and ended audits of observations that ended before; a bounded number at a time. */
  prune(beforeMs: number, limit: number): Promise<number>;
}
