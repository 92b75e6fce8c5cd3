import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { commitmentOf } from "../../observation/audit-design.ts";
import { openStorage } from "../../open-storage.ts";
import type { Storage } from "../../storage.ts";
import { createLedgerCheck } from "../ledger.ts";
import type { LedgerFactInput } from "../ledger-row.ts";
import type { LedgerEntry } from "./ledger-store.ts";

const TERMS: LedgerFactInput = {
  kind: "terms",
  route: "default",
  incumbent: "large",
  holdout: 0.5,
  salt_commitment: commitmentOf("salt"),
  confidence: 0.95,
  fee_share: 0.2,
  quality_margin: 0.03,
  certificate: null,
};
const DAY = Date.UTC(2026, 10, 1);

describe("ledger in a database", () => {
  let folder: string;
  let first: Storage;
  let second: Storage;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "weir-ledger-"));
    first = await openStorage(`sqlite:${join(folder, "weir.db")}`);
    second = await openStorage(`sqlite:${join(folder, "weir.db")}`);
  });
  afterEach(async () => {
    await first.close();
    await second.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const entry = (fact: LedgerFactInput, key: string | null = null, atMs = DAY): LedgerEntry => ({
    route: "default",
    atMs,
    fact,
    key,
  });
  const session = (name: string) =>
    entry({ kind: "session", session: name, arm: "treatment", expected_nano_usd: 5 }, name);

  function check(storage: Storage): number {
    const ledger = createLedgerCheck();
    for (const line of storage.ledger.lines("default", { fromSeq: 0, limit: 1000 })) ledger.take(line);
    return ledger.lines;
  }

  it("is one unbroken chain though two processes write it in turns", () => {
    first.ledger.append([entry(TERMS), session("a")]);
    second.ledger.append([entry(TERMS), session("b"), session("a")]);
    first.ledger.append([session("c"), session("b")]);
    expect(check(first)).toBe(4);
    expect(second.ledger.head("default")).toEqual(first.ledger.head("default"));
    expect(first.ledger.head("default")?.seq).toBe(3);
  });

  it("goes on from its head after it was opened anew", async () => {
    first.ledger.append([entry(TERMS), session("a")]);
    const third = await openStorage(`sqlite:${join(folder, "weir.db")}`);
    third.ledger.append([session("b")]);
    expect(check(third)).toBe(3);
    await third.close();
  });

  it("writes terms only when they change, also back", () => {
    const other = { ...TERMS, certificate: "0".repeat(64) };
    first.ledger.append([entry(TERMS), entry(TERMS), entry(other), entry(other), entry(TERMS)]);
    expect(check(first)).toBe(3);
  });

  it("does not go back in time with the clock", () => {
    first.ledger.append([entry(TERMS)]);
    first.ledger.append([{ ...session("a"), atMs: DAY - 3_600_000 }]);
    expect(check(first)).toBe(2);
  });

  it("adds nothing of a batch in which one fact is wrong", () => {
    first.ledger.append([entry(TERMS)]);
    const wrong = entry({ kind: "overhead", source: "audit", id: "a", cost_nano_usd: -1 }, "a");
    expect(() => first.ledger.append([session("a"), wrong])).toThrow();
    expect(check(first)).toBe(1);
  });

  it("finds the session of a request by its first attempt", () => {
    first.ledger.append([entry(TERMS), session("a")]);
    expect(first.ledger.requestOf("default", "req_1")).toBeNull();
    const asked: LedgerFactInput = { kind: "unpriced", id: "req_1/0", session: "a", arm: "treatment", model: "large" };
    first.ledger.append([entry(asked, "req_1/0"), entry({ ...asked, id: "req_10/0" }, "req_10/0")]);
    expect(first.ledger.requestOf("default", "req_1")).toEqual({ session: "a", arm: "treatment" });
    expect(first.ledger.requestOf("default", "req_2")).toBeNull();
  });
});
