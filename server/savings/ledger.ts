import { costNanoUsd } from "../../engine/cost.ts";
import type { Price } from "../../engine/schema/candidate.ts";
import { digestOf } from "../canonical-digest.ts";
import { commitmentOf, isHoldout } from "../observation/audit-design.ts";
import { LedgerFact, type LedgerFactInput, LedgerRow, type LedgerTerms } from "./ledger-row.ts";

/** What the first row is chained to. */
export const GENESIS = "0".repeat(64);

/** Where a ledger ends; what the next row needs. */
export interface LedgerHead {
  readonly seq: number;
  readonly hash: string;
}

/** The next row. Rows are only ever added; `head` is null for the first. */
export function chainRow(head: LedgerHead | null, atMs: number, fact: LedgerFactInput): LedgerRow {
  const body = {
    seq: head === null ? 0 : head.seq + 1,
    at: new Date(atMs).toISOString(),
    fact: LedgerFact.parse(fact),
    previous: head === null ? GENESIS : head.hash,
  };
  return { ...body, hash: digestOf(body) };
}

/** What is wrong with a ledger, and where. Codes are API. */
export interface LedgerFault {
  readonly code:
    | "not_json"
    | "not_a_row"
    | "row_missing"
    | "chain_broken"
    | "row_altered"
    | "time_backwards"
    | "no_terms"
    | "session_twice"
    | "request_twice"
    | "session_unknown"
    | "arm_changed"
    | "price_unknown"
    | "cost_wrong"
    | "salt_wrong"
    | "arm_not_drawn";
  /** Line of the file, from 1. */
  readonly line: number;
  readonly message: string;
}

interface Session {
  readonly arm: string;
  readonly line: number;
  readonly terms: LedgerTerms;
}

/**
 * Reads a ledger row by row and checks all that can be checked from it alone: the chain, the moments, every cost against tokens
 * and prices, that sessions keep their arm, and, once a salt was shown, that every arm is the one that it draws.
 */
export function createLedgerCheck(): { take(text: string): LedgerRow; readonly lines: number } {
  let head: LedgerHead | null = null;
  let lines = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  let terms: LedgerTerms | null = null;
  const prices = new Map<string, Readonly<Record<string, Price>>>();
  const sessions = new Map<string, Session>();
  const requests = new Set<string>();

  function fail(code: LedgerFault["code"], message: string, line = lines): never {
    throw new LedgerBroken({ code, line, message });
  }

  function take(text: string): LedgerRow {
    lines++;
    const row = parse(text);
    const { hash, ...body } = row;
    const expected = head === null ? 0 : head.seq + 1;
    if (row.seq !== expected) fail("row_missing", `row ${expected} should stand here, and it is row ${row.seq}`);
    if (row.previous !== (head?.hash ?? GENESIS))
      fail("chain_broken", `row ${row.seq} is not chained to the row before it`);
    if (digestOf(body) !== hash) fail("row_altered", `row ${row.seq} is not what its hash says`);
    const atMs = Date.parse(row.at);
    if (atMs < lastMs) fail("time_backwards", `row ${row.seq} is older than the row before it`);
    check(row.fact, row.seq);
    head = { seq: row.seq, hash };
    lastMs = atMs;
    return row;
  }

  function parse(text: string): LedgerRow {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      fail("not_json", "the line is not JSON");
    }
    const parsed = LedgerRow.safeParse(json);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    fail("not_a_row", `${issue?.path.join(".") ?? "row"}: ${issue?.message ?? "not a row"}`);
  }

  function check(fact: LedgerFact, seq: number): void {
    if (fact.kind === "terms") {
      terms = fact;
      return;
    }
    if (terms === null) fail("no_terms", `row ${seq} comes before any terms`);
    switch (fact.kind) {
      case "prices":
        prices.set(digestOf(fact.prices), fact.prices);
        return;
      case "session":
        if (sessions.has(fact.session)) fail("session_twice", `session ${fact.session} was drawn before`);
        sessions.set(fact.session, { arm: fact.arm, line: lines, terms });
        return;
      case "request":
        if (requests.has(fact.id)) fail("request_twice", `request ${fact.id} was counted before`);
        requests.add(fact.id);
        checkArm(fact.session, fact.arm);
        checkCost(fact);
        return;
      case "unpriced":
      case "quality":
        checkArm(fact.session, fact.arm);
        return;
      case "reveal":
        checkSalt(fact.salt);
        return;
      case "overhead":
        return;
    }
  }

  function checkArm(session: string, arm: string): void {
    const known = sessions.get(session);
    if (known === undefined) fail("session_unknown", `session ${session} was never drawn`);
    if (known.arm !== arm) fail("arm_changed", `session ${session} was drawn into ${known.arm}, not ${arm}`);
  }

  function checkCost(fact: Extract<LedgerFact, { kind: "request" }>): void {
    const price = prices.get(fact.price_digest)?.[fact.model];
    if (price === undefined) fail("price_unknown", `no price of ${fact.model} has the digest of request ${fact.id}`);
    const { tokens } = fact;
    const cost = costNanoUsd(
      {
        input: tokens.input,
        cacheRead: tokens.cache_read,
        cacheWrite: tokens.cache_write,
        cacheWrite1h: tokens.cache_write_1h,
        output: tokens.output,
        inputAudio: tokens.input_audio,
        inputImage: tokens.input_image,
        cacheReadAudio: tokens.cache_read_audio,
        outputAudio: tokens.output_audio,
        outputImage: tokens.output_image,
        webSearches: tokens.web_searches,
        fileSearches: tokens.file_searches,
      },
      price,
      fact.price_thousandths,
    );
    if (cost !== fact.cost_nano_usd) {
      fail(
        "cost_wrong",
        `request ${fact.id} costs ${cost} nano-USD by its tokens, and the row says ${fact.cost_nano_usd}`,
      );
    }
  }

  function checkSalt(salt: string): void {
    const commitment = commitmentOf(salt);
    const drawn = [...sessions].filter(([, session]) => session.terms.salt_commitment === commitment);
    if (drawn.length === 0 && terms?.salt_commitment !== commitment) {
      fail("salt_wrong", "no terms have the commitment of this salt");
    }
    for (const [session, { arm, line, terms: agreed }] of drawn) {
      const lot = isHoldout(salt, session, agreed.holdout) ? "holdout" : "treatment";
      if (lot !== arm) fail("arm_not_drawn", `session ${session} was drawn into ${lot}, and its row says ${arm}`, line);
    }
  }

  return {
    take,
    get lines() {
      return lines;
    },
  };
}

/** A ledger that cannot be trusted, from the row named on. */
export class LedgerBroken extends Error {
  readonly fault: LedgerFault;

  constructor(fault: LedgerFault) {
    super(`line ${fault.line}: ${fault.message}`);
    this.fault = fault;
  }
}
