import type { Audit, AuditStore } from "./audit-store.ts";
import { AuditText } from "./audit-text.ts";
import type { Examined } from "./examine.ts";
import type { ObservationSection } from "./observation-config.ts";
import { DAY_MS } from "./watch.ts";

const NANO = 1e9;
const MINUTE_MS = 60_000;
/** How long an audit waits after each try that reached nobody; after the last it is lost. */
const WAITS_MS = [1, 5, 30, 120, 360].map((minutes) => minutes * MINUTE_MS);

export interface RunnerDeps {
  readonly store: AuditStore;
  readonly examine: (
    audit: Audit,
    text: AuditText,
    section: ObservationSection,
    signal: AbortSignal,
  ) => Promise<Examined>;
  /** Routes whose audits run, with their settings of now. */
  readonly sections: () => ReadonlyMap<string, ObservationSection>;
  /** Texts that may not lie in the database. */
  readonly memory: Map<string, AuditText>;
  readonly holder: string;
  /** false: models cannot be asked yet. */
  readonly isReady: () => boolean;
  readonly clock: () => number;
  readonly onError: (error: unknown) => void;
  /** An audit has ended. */
  readonly onEnded: (audit: Audit) => void;
}

/** Runs drawn audits off the path, a few at a time and no more than a day may cost. */
export interface Runner {
  /** Looks for audits that are due; returns at once. */
  pump(): void;
  /** Waits until nothing that is due now waits. */
  idle(): Promise<void>;
  /** Puts back what runs. */
  close(): Promise<void>;
}

export function createRunner(deps: RunnerDeps): Runner {
  const { store, examine, sections, memory, holder, isReady, clock, onError, onEnded } = deps;
  const stop = new AbortController();
  const running = new Map<string, Set<Promise<void>>>();
  let pumping: Promise<void> | null = null;
  let isAskedAgain = false;

  function pump(): void {
    if (stop.signal.aborted || !isReady()) return;
    isAskedAgain = true;
    pumping ??= (async () => {
      while (isAskedAgain && !stop.signal.aborted) {
        isAskedAgain = false;
        await startDue();
      }
    })()
      .catch(onError)
      .finally(() => {
        pumping = null;
        if (isAskedAgain) pump();
      });
  }

  async function startDue(): Promise<void> {
    for (const [route, section] of sections()) {
      const under = running.get(route) ?? new Set();
      running.set(route, under);
      const free = section.parallel - under.size;
      const nowMs = clock();
      if (free <= 0 || (await isSpent(route, section, nowMs))) continue;
      for (const audit of await store.take({ routes: [route], holder, nowMs, limit: free })) {
        const run = runOne(audit, section)
          .catch((error: unknown) => putBack(audit, error))
          .catch(onError)
          .finally(() => {
            under.delete(run);
            pump();
          });
        under.add(run);
      }
    }
  }

  async function isSpent(route: string, { dailyUsd }: ObservationSection, nowMs: number): Promise<boolean> {
    return (await store.spentSince(route, Math.floor(nowMs / DAY_MS) * DAY_MS)) >= dailyUsd * NANO;
  }

  async function runOne(audit: Audit, section: ObservationSection): Promise<void> {
    const { requestId } = audit;
    const text = await textOf(audit);
    if (text === null) return lose(audit, "text_missing", 0, 0);
    let examined: Examined;
    try {
      examined = await examine(audit, text, section, stop.signal);
    } catch (error) {
      if (!stop.signal.aborted) onError(error);
      examined = { kind: "retry", reason: "audit_failed", replayNanoUsd: 0, judgeNanoUsd: 0 };
    }
    if (stop.signal.aborted) {
      await store.change(requestId, { state: "queued", nextAtMs: clock(), replayNanoUsd: 0, judgeNanoUsd: 0 });
      return;
    }
    if (examined.kind === "retry") {
      const { reason, replayNanoUsd, judgeNanoUsd } = examined;
      const waitMs = WAITS_MS[audit.tries - 1];
      if (waitMs === undefined) return lose(audit, reason, replayNanoUsd, judgeNanoUsd);
      const nextAtMs = clock() + waitMs;
      await store.change(requestId, { state: "queued", nextAtMs, reason, replayNanoUsd, judgeNanoUsd });
      return;
    }
    if (audit.isGold && examined.otherAnswer !== null)
      await store.putText(requestId, JSON.stringify({ ...text, otherAnswer: examined.otherAnswer }));
    await store.change(requestId, examined.change);
    if (examined.lesson !== null) {
      const { route, atMs } = audit;
      await store.putLesson({ requestId, route, atMs, lesson: JSON.stringify(examined.lesson) });
    }
    memory.delete(requestId);
    onEnded({ ...audit, ...examined.change });
  }

  async function lose(audit: Audit, reason: string, replayNanoUsd: number, judgeNanoUsd: number): Promise<void> {
    const change = { state: "lost", reason, finishedAtMs: clock(), replayNanoUsd, judgeNanoUsd } as const;
    await store.change(audit.requestId, change);
    memory.delete(audit.requestId);
    onEnded({ ...audit, ...change });
  }

  /** After a fault of our own, e.g. of the database. */
  async function putBack({ requestId }: Audit, error: unknown): Promise<void> {
    onError(error);
    const nextAtMs = clock() + WAITS_MS[0]!;
    await store.change(requestId, { state: "queued", nextAtMs, replayNanoUsd: 0, judgeNanoUsd: 0 });
  }

  async function textOf({ requestId }: Audit): Promise<AuditText | null> {
    const inMemory = memory.get(requestId);
    if (inMemory !== undefined) return inMemory;
    const stored = await store.textOf(requestId);
    if (stored === null) return null;
    const parsed = AuditText.safeParse(JSON.parse(stored));
    return parsed.success ? parsed.data : null;
  }

  return {
    pump,
    async idle() {
      pump();
      for (;;) {
        const under = [...running.values()].flatMap((set) => [...set]);
        if (pumping === null && under.length === 0) return;
        await Promise.all([pumping, ...under]);
      }
    },
    async close() {
      stop.abort(new Error("the server closes"));
      await pumping;
      await Promise.all([...running.values()].flatMap((set) => [...set]));
    },
  };
}
