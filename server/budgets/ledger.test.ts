import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { thisWriter } from "../log/segment-name.ts";
import { openStorage } from "../open-storage.ts";
import type { Storage } from "../storage.ts";
import { openBookings } from "./bookings.ts";
import type { Balance, BudgetStore, Hold } from "./budget-store.ts";
import { type Alignment, parseWindow, windowAt } from "./budget-window.ts";
import { LEASE_MS, type Ledger, openLedger } from "./ledger.ts";

const START_MS = Date.parse("2026-01-31T23:59:00Z");
const CAP = 1_000;

let folder: string;
let opened: Storage[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "weir-ledger-"));
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((storage) => storage.close()));
  rmSync(folder, { recursive: true, force: true });
});

/** A connection of its own, as a process has. */
async function store(name = "weir"): Promise<BudgetStore> {
  const storage = await openStorage(`sqlite:${join(folder, `${name}.db`)}`);
  opened.push(storage);
  return storage.budgets;
}

const silent = { error() {}, warn() {} };

function ledgerOn(on: BudgetStore, holderId: string, clock: () => number, bookWithinMs = 20): Promise<Ledger> {
  return openLedger({
    store: on,
    clock,
    holderId,
    bookings: openBookings({ folder: null, writer: thisWriter(0), onError() {} }),
    bookWithinMs,
    onBooked() {},
    log: silent,
  });
}

function hold(
  amount: number,
  nowMs: number,
  { window = "1h", alignment = "calendar" as Alignment, cap = CAP } = {},
): Hold {
  const { bucketMs, fromMs, toMs } = windowAt(parseWindow(window)!, alignment, nowMs);
  return { budgetId: "b", subject: "s", bucketMs, fromMs, toMs, cap, amount };
}

function movement(from: Hold, spent: number) {
  return { ...from, reserved: from.amount, spent };
}

async function balanceAt(on: BudgetStore, nowMs: number, terms = {}): Promise<Balance> {
  return on.balance(hold(0, nowMs, terms));
}

describe("a ledger", () => {
  it("reserves all of a group or nothing of it", async () => {
    const on = await store();
    const ledger = await ledgerOn(on, "a", () => START_MS);
    const first = hold(600, START_MS);
    const other: Hold = { ...hold(500, START_MS), budgetId: "other", cap: 400 };
    expect(await ledger.reserve([first, other], 0)).toMatchObject({
      hold: { budgetId: "other" },
      spent: 0,
      reserved: 0,
    });
    expect(await balanceAt(on, START_MS)).toEqual({ spent: 0, reserved: 0 });
    expect(await ledger.reserve([first], 0)).toBeNull();
    expect(await balanceAt(on, START_MS)).toEqual({ spent: 0, reserved: 600 });
    await ledger.close();
  });

  it("lets exactly as many through as fit, however many ask at once on two connections", async () => {
    const on = await store();
    const ledgers = [await ledgerOn(on, "a", () => START_MS), await ledgerOn(await store(), "b", () => START_MS)];
    const asked = Array.from({ length: 200 }, (_, i) => ledgers[i % 2]!.reserve([hold(30, START_MS)], 0));
    const granted = (await Promise.all(asked)).filter((shortage) => shortage === null);
    // by hand: 33 x 30 = 990 <= 1,000 < 34 x 30
    expect(granted).toHaveLength(33);
    expect(await balanceAt(on, START_MS)).toEqual({ spent: 0, reserved: 990 });
  });

  it("waits for what others give back, and not for what is spent", async () => {
    const on = await store();
    const ledger = await ledgerOn(on, "a", Date.now);
    const nowMs = Date.now();
    const big = hold(900, nowMs);
    await ledger.reserve([big], 0);
    const waiting = ledger.reserve([hold(500, nowMs)], Date.now() + 3_600_000);
    ledger.book([movement(big, 400)], null);
    expect(await waiting).toBeNull();
    expect(await balanceAt(on, nowMs)).toEqual({ spent: 400, reserved: 500 });
    expect(await ledger.reserve([hold(700, nowMs)], Date.now() + 3_600_000)).not.toBeNull();
  });

  it("never counts what is spent beside its reservation, also while others ask", async () => {
    const on = await store();
    const ledger = await ledgerOn(on, "a", () => START_MS);
    const whole = hold(CAP, START_MS);
    await ledger.reserve([whole], 0);
    ledger.book([movement(whole, CAP)], null);
    const asking = ledger.reserve([hold(500, START_MS)], 0);
    await ledger.flush();
    expect(await asking).toMatchObject({ spent: CAP, reserved: 0 });
    expect(await balanceAt(on, START_MS)).toEqual({ spent: CAP, reserved: 0 });
  });

  it("grants most of a busy stream of requests without asking the storage, and keeps nothing when it ends", async () => {
    const on = await store();
    let posts = 0;
    const counted: BudgetStore = {
      ...on,
      post: (posting) => {
        posts++;
        return on.post(posting);
      },
    };
    const ledger = await ledgerOn(counted, "a", () => START_MS);
    const cap = 1_000_000;
    for (let i = 0; i < 2_000; i++) {
      const one = hold(30, START_MS, { cap });
      expect(await ledger.reserve([one], 0)).toBeNull();
      ledger.book([movement(one, 10)], null);
      if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(posts).toBeLessThan(500);
    await expect.poll(() => balanceAt(on, START_MS)).toEqual({ spent: 20_000, reserved: 0 });
  });

  it("gives back what a dead process had reserved, and keeps what it had spent", async () => {
    let nowMs = START_MS;
    const on = await store();
    const dying = await ledgerOn(await store(), "dying", () => nowMs);
    const living = await ledgerOn(on, "living", () => nowMs);
    const first = hold(300, nowMs);
    await dying.reserve([first], 0);
    dying.book([movement(first, 200)], null);
    await dying.flush();
    await dying.reserve([hold(500, nowMs)], 0);
    expect(await balanceAt(on, START_MS)).toEqual({ spent: 200, reserved: 500 });
    nowMs += LEASE_MS - 1;
    await living.tend();
    await living.tend();
    expect(await balanceAt(on, START_MS)).toEqual({ spent: 200, reserved: 500 });
    nowMs += 1;
    await living.tend();
    await living.tend();
    expect(await balanceAt(on, START_MS)).toEqual({ spent: 200, reserved: 0 });
    // It was not dead after all: what it gives back was given back already.
    dying.book([movement(hold(500, START_MS), 100)], null);
    await dying.flush();
    expect(await balanceAt(on, START_MS)).toEqual({ spent: 300, reserved: 0 });
  });

  it("takes nothing from living processes when the clock jumps ahead", async () => {
    let nowMs = START_MS;
    const on = await store();
    const one = await ledgerOn(on, "one", () => nowMs);
    const two = await ledgerOn(await store(), "two", () => nowMs);
    await one.reserve([hold(500, nowMs)], 0);
    nowMs += 86_400_000;
    await two.tend();
    await one.tend();
    await two.tend();
    expect(await balanceAt(on, START_MS)).toEqual({ spent: 0, reserved: 500 });
  });

  it("books later what the storage does not take now, and reserves nothing meanwhile", async () => {
    const on = await store();
    let isDown = false;
    const flaky: BudgetStore = {
      ...on,
      post: (posting) => (isDown ? Promise.reject(new Error("disk is full")) : on.post(posting)),
    };
    const ledger = await ledgerOn(flaky, "a", () => START_MS);
    const first = hold(300, START_MS);
    await ledger.reserve([first], 0);
    isDown = true;
    ledger.book([movement(first, 250)], null);
    await ledger.flush();
    // The 50 that it has left of the 300 are enough for this one, and for no other.
    expect(await ledger.reserve([hold(50, START_MS)], 0)).toBeNull();
    await expect(ledger.reserve([hold(1, START_MS)], 0)).rejects.toThrow("disk is full");
    ledger.book([movement(hold(50, START_MS), 0)], null);
    expect(await balanceAt(on, START_MS)).toEqual({ spent: 0, reserved: 300 });
    isDown = false;
    await ledger.flush();
    expect(await balanceAt(on, START_MS)).toEqual({ spent: 250, reserved: 0 });
  });
});

describe("random schedules of two processes", () => {
  type Step =
    | { kind: "reserve"; process: number; amount: number }
    | { kind: "settle"; index: number; share: number }
    | { kind: "clock"; byMs: number }
    | { kind: "crash"; process: number }
    | { kind: "flush"; process: number }
    | { kind: "turn" };
  const MINUTE_MS = 60_000;
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant("reserve" as const),
        process: fc.nat(1),
        amount: fc.integer({ min: 1, max: 700 }),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant("settle" as const),
        index: fc.nat(50),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("clock" as const),
        byMs: fc.integer({ min: -90 * MINUTE_MS, max: 90 * MINUTE_MS }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("crash" as const), process: fc.nat(1) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("flush" as const), process: fc.nat(1) }) },
    { weight: 4, arbitrary: fc.constant({ kind: "turn" as const }) },
  );
  const terms = fc.constantFrom(
    { window: "1h", alignment: "calendar" as const },
    { window: "1h", alignment: "rolling" as const },
    { window: "1d", alignment: "calendar" as const },
    { window: "total", alignment: "calendar" as const },
  );

  it("never pass the cap at any observation, and leave nothing reserved at the end", async () => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(terms, fc.array(step, { minLength: 5, maxLength: 60 }), async (budget, steps) => {
        const name = `run${runs++}`;
        const observer = await store(name);
        const connections = [await store(name), await store(name)];
        let nowMs = START_MS;
        let holders = 0;
        const open = async (process: number) => ledgerOn(connections[process]!, `holder${holders++}`, () => nowMs, 1);
        const ledgers = [await open(0), await open(1)];
        /** The model: what was granted and is not settled, and what was spent, by bucket. */
        let held: { owner: Ledger; hold: Hold }[] = [];
        const spent = new Map<number, number>();
        const asked: Promise<unknown>[] = [];
        const visited = new Set<number>();

        async function observe(): Promise<void> {
          visited.add(nowMs);
          for (const moment of visited) {
            const { fromMs } = hold(0, moment, budget);
            // Only what lies in the window that ends at this moment, for an observer of that time.
            const toMs = budget.alignment === "rolling" ? moment : fromMs;
            const balance = await observer.balance({ budgetId: "b", subject: "s", fromMs, toMs });
            expect(balance.spent + balance.reserved).toBeLessThanOrEqual(CAP);
          }
        }

        for (const step of steps) {
          if (step.kind === "reserve") {
            const owner = ledgers[step.process]!;
            const wanted = hold(step.amount, nowMs, budget);
            asked.push(
              owner.reserve([wanted], 0).then((shortage) => {
                if (shortage === null) held.push({ owner, hold: wanted });
              }),
            );
          } else if (step.kind === "settle" && held.length > 0) {
            const [ended] = held.splice(step.index % held.length, 1);
            const used = Math.floor(ended!.hold.amount * step.share);
            ended!.owner.book([movement(ended!.hold, used)], null);
            spent.set(ended!.hold.bucketMs, (spent.get(ended!.hold.bucketMs) ?? 0) + used);
          } else if (step.kind === "clock") {
            await Promise.all(asked);
            nowMs += step.byMs;
            await Promise.all(ledgers.map((ledger) => ledger.tend()));
          } else if (step.kind === "crash") {
            await Promise.all(asked);
            await ledgers[step.process]!.flush();
            held = held.filter(({ owner }) => owner !== ledgers[step.process]);
            ledgers[step.process] = await open(step.process);
          } else if (step.kind === "flush") asked.push(ledgers[step.process]!.flush());
          else if (step.kind === "turn") await new Promise((resolve) => setImmediate(resolve));
          if (step.kind !== "reserve" && step.kind !== "settle") await observe();
        }
        await Promise.all(asked);
        for (const { owner, hold: left } of held) owner.book([movement(left, 0)], null);
        await Promise.all(ledgers.map((ledger) => ledger.flush()));
        await observe();
        nowMs = Math.max(...visited) + 3 * LEASE_MS;
        // The two that live beat between two looks, the crashed ones do not.
        for (let i = 0; i < 3; i++) for (const ledger of ledgers) await ledger.tend();
        await observe();
        const all = await observer.balance({ budgetId: "b", subject: "s", fromMs: 0, toMs: Number.MAX_SAFE_INTEGER });
        expect(all).toEqual({ spent: [...spent.values()].reduce((sum, value) => sum + value, 0), reserved: 0 });
        await Promise.all(opened.splice(0).map((storage) => storage.close()));
      }),
      { numRuns: 60 },
    );
  });
});
