import { createHash } from "node:crypto";
import type { Decision } from "../../../engine/decision.ts";
import { seededRng } from "../../../engine/rng.ts";
import type { Activation } from "../../activation/activation.ts";
import { shapeOf } from "./shape-of.ts";
import { createShapeSampler } from "./shape-sampler.ts";
import { shapeShift } from "./shape-shift.ts";
import type { InputDay, ShapeStore } from "./shape-store.ts";

/** One request that observation noted. */
export interface NotedRequest {
  readonly route: string;
  readonly requestId: string;
  readonly atMs: number;
  /** In [0, 1), by the observation's salt. */
  readonly lot: number;
  readonly decision: Decision;
}

export interface ShapeWatchDeps {
  readonly store: ShapeStore;
  readonly activation: Pick<Activation, "routes" | "alarm">;
  /** Chance of a false alarm of one route in a year. */
  readonly falseAlarmRate: () => number;
  readonly clock: () => number;
}

/** Compares what requests are like with those that certificates were made from. */
export interface ShapeWatch {
  noted(request: NotedRequest): void;
  flush(): void;
  /** Looks at the day that ended last, once a route and day. */
  look(): Promise<void>;
}

const DAY_MS = 86_400_000;
const DAYS_A_YEAR = 365;
const KEPT_DAYS = 120;

export function createShapeWatch({ store, activation, falseAlarmRate, clock }: ShapeWatchDeps): ShapeWatch {
  const sampler = createShapeSampler(store);
  const lookedOn = new Map<string, number>();
  const counted = new Map<string, InputDay>();
  let prunedOn = 0;

  function count(route: string, day: number, isFar: boolean): void {
    const key = `${day} ${route}`;
    const { requests, far } = counted.get(key) ?? { requests: 0, far: 0 };
    counted.set(key, { route, day, requests: requests + 1, far: far + (isFar ? 1 : 0) });
  }

  function flush(): void {
    sampler.flush();
    if (counted.size === 0) return;
    store.count([...counted.values()]);
    counted.clear();
  }

  async function lookAt(route: string, fromMs: number, toMs: number, day: number): Promise<void> {
    const before = store.read(route, dayOf(fromMs), Math.min(dayOf(toMs), day - 1));
    const rng = seededRng(createHash("sha256").update(`${route} ${day}`).digest().readUInt32LE(0));
    const found = await shapeShift(before, store.read(route, day, day), {
      level: falseAlarmRate() / DAYS_A_YEAR,
      rng,
    });
    if (found === null || !found.isShifted) return;
    const { discrepancy, usual, pValue } = found;
    const because =
      `yesterday's requests are unlike those of the certificate (discrepancy ${discrepancy.toFixed(3)}, ` +
      `no day before was above ${usual.toFixed(3)}; by chance ${pValue.toExponential(0)})`;
    activation.alarm({ route, signal: "input", atMs: clock(), because }, { isVoiding: true });
  }

  return {
    noted({ route, requestId, atMs, lot, decision }) {
      count(route, dayOf(atMs), decision.facts.isOutOfDistribution);
      const shape = shapeOf(decision);
      if (shape !== null) sampler.take({ route, day: dayOf(atMs), lot, requestId, ...shape });
    },
    flush,
    async look() {
      flush();
      const today = dayOf(clock());
      if (prunedOn !== today) store.prune(today - KEPT_DAYS);
      prunedOn = today;
      for (const { name, certificate, voids } of activation.routes()) {
        if (certificate === null || voids.length > 0 || lookedOn.get(name) === today) continue;
        lookedOn.set(name, today);
        const { from, to } = certificate.certificate.window;
        await lookAt(name, Date.parse(from), Date.parse(to), today - 1);
      }
    },
  };
}

function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}
