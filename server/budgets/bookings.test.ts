import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { thisWriter, type Writer, writerName } from "../log/segment-name.ts";
import { openStorage } from "../open-storage.ts";
import type { Storage } from "../storage.ts";
import { openBookings } from "./bookings.ts";
import type { Hold } from "./budget-store.ts";
import { LEASE_MS, type Ledger, openLedger } from "./ledger.ts";
import { recoverBookings } from "./recover-bookings.ts";

const HOLD: Hold = { budgetId: "b", subject: "s", bucketMs: 0, fromMs: 0, toMs: 0, cap: 1_000, amount: 100 };
const silent = { error() {}, warn() {} };

let root: string;
let folder: string;
let storage: Storage;
let errors: unknown[];
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "weir-bookings-"));
  folder = join(root, "bookings");
  storage = await openStorage(`sqlite:${join(root, "weir.db")}`);
  errors = [];
});
afterEach(async () => {
  await storage.close();
  rmSync(root, { recursive: true, force: true });
});

/** A process that books so late that it never does by itself. */
async function ledgerOf(writer: Writer): Promise<Ledger> {
  const bookings = openBookings({ folder, writer, onError: (error) => errors.push(error) });
  const deps = { clock: () => 0, bookWithinMs: 1e9, onBooked() {}, log: silent };
  return openLedger({ ...deps, store: storage.budgets, holderId: writerName(writer), bookings });
}

async function spend(ledger: Ledger, spent: number, requestId: string): Promise<void> {
  expect(await ledger.reserve([HOLD], 0)).toBeNull();
  ledger.book([{ ...HOLD, reserved: HOLD.amount, spent }], requestId);
}

/** What a process does that starts once the other's lease is over. */
function recover(isLogged: (requestId: string) => boolean = () => true): Promise<void> {
  return recoverBookings({
    store: storage.budgets,
    folder,
    writer: thisWriter(1),
    clock: () => LEASE_MS + 1,
    isLogged: async (requestId) => isLogged(requestId),
    log: silent,
  });
}

const balance = () => storage.budgets.balance(HOLD);

describe("what a process had settled when it was killed", () => {
  it("is booked once by the next one, and what it had reserved is free", async () => {
    const ledger = await ledgerOf(thisWriter(0));
    await spend(ledger, 60, "req_1");
    await ledger.flush();
    await spend(ledger, 30, "req_2");
    await spend(ledger, 7, "req_3");
    await ledger.reserve([HOLD], 0);
    expect(await balance()).toEqual({ spent: 60, reserved: 30 + 7 + 100 });
    await Promise.all([recover(), recover()]);
    expect(await balance()).toEqual({ spent: 97, reserved: 0 });
    await recover();
    expect([await balance(), readdirSync(folder)]).toEqual([{ spent: 97, reserved: 0 }, []]);
  });

  it("is booked as far as the log has it: the last request may have been cut off between the two", async () => {
    const ledger = await ledgerOf(thisWriter(0));
    await spend(ledger, 60, "req_1");
    await spend(ledger, 30, "req_2");
    await recover((requestId) => requestId !== "req_2");
    expect(await balance()).toEqual({ spent: 60, reserved: 0 });
  });

  it("is booked without the half line at its end", async () => {
    const writer = thisWriter(0);
    const ledger = await ledgerOf(writer);
    await spend(ledger, 60, "req_1");
    appendFileSync(join(folder, `${writerName(writer)}.bookings`), '[2,"req_2",[["b","s",0,');
    await recover();
    expect(await balance()).toEqual({ spent: 60, reserved: 0 });
  });

  it("is left alone while it may live", async () => {
    const ledger = await ledgerOf(thisWriter(0));
    await spend(ledger, 60, "req_1");
    const early = { store: storage.budgets, folder, writer: thisWriter(1), clock: () => LEASE_MS - 1 };
    await recoverBookings({ ...early, isLogged: async () => true, log: silent });
    expect((await balance()).spent).toBe(0);
    await ledger.close();
    expect([await balance(), readdirSync(folder)]).toEqual([{ spent: 60, reserved: 0 }, []]);
  });
});

it("goes on in memory when the disk takes nothing, and says so", async () => {
  writeFileSync(folder, "in the way");
  const ledger = await ledgerOf(thisWriter(0));
  await spend(ledger, 60, "req_1");
  expect(errors).toHaveLength(1);
  await ledger.flush();
  expect(await balance()).toEqual({ spent: 60, reserved: 0 });
});
