import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { seededRng } from "../../engine/rng.ts";
import { COUNTERS, type Counters, noCounters } from "../usage/counters.ts";
import { DIMENSIONS, type Dimension } from "../usage/dimensions.ts";
import { bucketOf, type Grain, MINUTE_MS, minuteOf } from "../usage/grains.ts";
import { type LogEntry, savedNanoUsd, tagOf } from "./entry.ts";
import { type EntryQuery, EVERY_ENTRY, type Horizon, type LogStore, type UsageQuery } from "./log-store.ts";
import { logEntry, trafficOf } from "./testing/make-entries.ts";

/** How a store lets the suite open the same database again. */
export interface LogStoreHarness {
  open(): Promise<LogStore>;
  destroy(): Promise<void>;
}

const DAY_MS = 86_400_000;
const TO_MS = Date.UTC(2026, 5, 30, 10, 37);
const FROM_MS = TO_MS - 70 * DAY_MS;
const EVERYTHING: Horizon = { nowMs: 0, detailMs: 0, minutesMs: 0, hoursMs: 0, daysMs: 0 };

function usageQuery(fields: Partial<UsageQuery> = {}): UsageQuery {
  return { fromMs: FROM_MS, toMs: TO_MS, interval: null, groupBy: [], filters: {}, limit: 100_000, ...fields };
}

function entryQuery(fields: Partial<EntryQuery> = {}): EntryQuery {
  return {
    ...EVERY_ENTRY,
    sort: "time",
    cursor: null,
    limit: 100,
    withContent: false,
    ...fields,
  };
}

/** What every store of the log must keep to. */
export function logStoreConformance(name: string, openHarness: () => Promise<LogStoreHarness>): void {
  describe(`log store ${name}`, () => {
    let harness: LogStoreHarness;
    let store: LogStore;

    beforeEach(async () => {
      harness = await openHarness();
      store = await harness.open();
    });
    afterEach(async () => {
      await store.close();
      await harness.destroy();
    });

    it("gives back what was written, field by field", async () => {
      const plain = logEntry(1);
      const versioned = logEntry(5, { attempts: [{ ...plain.attempts[0]!, version: "gpt-4o-mini-2024-07-18 fp_2" }] });
      const full = logEntry(2, {
        metadata: { app: "shop", retries: 2 },
        session: "s-1",
        isStream: true,
        firstTokenMs: 120,
        arm: "holdout",
        cache: "semantic",
        guardrails: [{ name: "pii", outcome: "masked" }],
        attempts: [
          { upstream: "openai", model: "gpt-4o", outcome: "rate_limited", status: 429, ms: 80.1 },
          {
            upstream: "azure",
            model: "gpt-4o",
            outcome: "ok",
            status: null,
            ms: 401,
            version: "gpt-4o-2024-08-06 fp_1",
          },
        ],
        decision: {
          id: "dec_1",
          policy: "quality-target",
          reason: "cheapest_meeting_target",
          router: "default",
          version: "1",
          propensity: 0.95,
          complexity: 0.25,
          task: "math",
          isFollowed: true,
          isOutOfDistribution: true,
          inputTokens: 4_321,
          chosen: 1,
          incumbent: 0,
          candidates: [
            ["openai/gpt-4o", 0.97, 0.92, 3_100_000, 310, null],
            ["openai/gpt-4o-mini", 0.93, 0.88, 213_000, 290.5, null],
            ["local/x", null, null, null, null, "price_unknown"],
          ],
        },
        plan: {
          rule: "informed",
          first: ["openai/gpt-4o-mini", "google/gemini-2.5-flash"],
          mayCall: ["openai/gpt-4o"],
          maxCalls: 3,
          quality: 0.875,
          costNanoUsd: 1_250_000,
          calls: ["openai/gpt-4o-mini", "google/gemini-2.5-flash", "openai/gpt-4o"],
          accepted: "openai/gpt-4o",
          end: "disagreed",
          otherCallsNanoUsd: 345_678_901_234,
        },
        content: { messages: [{ role: "user", content: "hello" }], answer: "hi" },
        contentUntilMs: TO_MS,
      });
      const older = logEntry(4, { decision: { ...full.decision!, inputTokens: null } });
      const failed = logEntry(3, {
        model: null,
        upstream: null,
        usage: null,
        costNanoUsd: null,
        incumbentCostNanoUsd: null,
        keyId: null,
        team: null,
        user: null,
        feature: null,
        route: null,
        requestedModel: "nope",
        attempts: [],
        plan: {
          rule: "agreement",
          first: ["a", "b"],
          mayCall: [],
          maxCalls: 2,
          quality: null,
          costNanoUsd: null,
          calls: [],
          accepted: null,
          end: "no_room",
          otherCallsNanoUsd: null,
        },
        status: 404,
        error: "not_found",
        cache: null,
      });
      await store.write([plain, full, failed, older, versioned]);
      for (const entry of [plain, full, failed, older, versioned]) expect(await store.find(entry.id)).toEqual(entry);
      const { entries } = await store.page(entryQuery({ withContent: true }));
      expect(entries).toEqual([versioned, older, failed, full, plain]);
    });

    it("takes a record once, however often it is written", async () => {
      const entries = [logEntry(1), logEntry(2)];
      expect(await store.write(entries)).toEqual({ written: 2, known: 0, refused: 0 });
      expect(await store.write([...entries, logEntry(3)])).toEqual({ written: 1, known: 2, refused: 0 });
      const { total } = await store.usage(usageQuery({ fromMs: 0, toMs: 4e12 }));
      expect(total.requests).toBe(3);
    });

    it("leaves out a row that the database refuses, and takes the others", async () => {
      const broken = logEntry(2, { costNanoUsd: 0.5 });
      expect(await store.write([logEntry(1), broken, logEntry(3)])).toEqual({ written: 2, known: 0, refused: 1 });
      const { total } = await store.usage(usageQuery({ fromMs: 0, toMs: 4e12 }));
      expect([total.requests, total.costNanoUsd]).toEqual([2, 642_000]);
    });

    it("keeps names, sums and rows when it is opened again", async () => {
      await store.write([logEntry(1)]);
      await store.close();
      store = await harness.open();
      await store.write([logEntry(2)]);
      const { rows } = await store.usage(usageQuery({ fromMs: 0, toMs: 4e12, groupBy: ["model", "user"] }));
      expect(rows.map(({ group, counters }) => [group, counters.requests])).toEqual([
        [{ model: "openai/gpt-4o-mini", user: "u-1" }, 2],
      ]);
    });

    async function askAnything(entries: readonly LogEntry[], rounds: number): Promise<void> {
      const rng = seededRng(7);
      for (let round = 0; round < rounds; round++) {
        const query = randomQuery(rng.next.bind(rng));
        const answer = await store.usage(query);
        expect(answer.fromMs).toBeLessThanOrEqual(query.fromMs);
        expect(answer.toMs).toBeGreaterThanOrEqual(query.toMs);
        const covered = entries.filter(({ atMs }) => atMs >= answer.fromMs && atMs < answer.toMs);
        expect(asMap(answer.rows, query)).toEqual(sumsOf(covered, query));
        const matching = covered.filter((entry) => matches(entry, query));
        expect(answer.total).toEqual(addUp(matching));
      }
    }

    it("answers every question with the sum of the records that it covers", async () => {
      await askAnything(await written(store, 4_000), 120);
    });

    it("gives the same sums when old buckets are packed, half of them or all, and late requests still count", async () => {
      const entries = await written(store, 4_000);
      await store.prune({ ...EVERYTHING, nowMs: (FROM_MS + TO_MS) / 2 }, 7);
      await askAnything(entries, 30);
      while ((await store.prune({ ...EVERYTHING, nowMs: TO_MS + 40 * DAY_MS }, 50)) > 0);
      await askAnything(entries, 60);
      const late = Array.from({ length: 40 }, (_, i) =>
        logEntry(90_000 + i, { atMs: entries[i * 97]!.atMs + 60_000, user: `user-${i % 7}`, costNanoUsd: 2 ** 40 + i }),
      );
      await store.write(late);
      await askAnything([...entries, ...late], 30);
      while ((await store.prune({ ...EVERYTHING, nowMs: TO_MS + 40 * DAY_MS }, 50)) > 0);
      await store.close();
      store = await harness.open();
      await askAnything([...entries, ...late], 60);
    });

    it("forgets requests by age and keeps their sums", async () => {
      const entries = await written(store, 2_000);
      const middle = Date.UTC(2026, 4, 25);
      const horizon = { nowMs: TO_MS, detailMs: middle, minutesMs: middle, hoursMs: middle, daysMs: 0 };
      while ((await store.prune(horizon, 500)) > 0);
      expect(await store.find(entries[0]!.id)).toBeNull();
      expect(await store.find(entries.at(-1)!.id)).toEqual(entries.at(-1));
      const days = { fromMs: Date.UTC(2026, 3, 1), toMs: Date.UTC(2026, 6, 1) };
      expect((await store.usage(usageQuery(days))).total).toEqual(addUp(entries));
      expect((await store.usage(usageQuery({ ...days, groupBy: ["user"] }))).total).toEqual(addUp(entries));
      const cut = await store.usage(usageQuery({ fromMs: Date.UTC(2026, 4, 1, 5, 5), groupBy: ["key"] }));
      expect(cut.fromMs).toBe(Date.UTC(2026, 4, 1));
      expect(cut.total).toEqual(addUp(entries.filter(({ atMs }) => atMs >= cut.fromMs && atMs < cut.toMs)));
    });

    it("forgets text when its time is over", async () => {
      const content = { messages: [{ role: "user" as const, content: "hello" }] };
      await store.write([logEntry(1, { content, contentUntilMs: TO_MS })]);
      await store.prune({ ...EVERYTHING, nowMs: TO_MS - 1 }, 10);
      expect((await store.find(logEntry(1).id))?.content).toEqual(content);
      await store.prune({ ...EVERYTHING, nowMs: TO_MS + 1 }, 10);
      expect((await store.find(logEntry(1).id))?.content).toBeNull();
    });

    it("pages through everything once while more is written", async () => {
      await written(store, 1_000);
      const seen: string[] = [];
      let cursor: string | null = null;
      let more = 50_000;
      do {
        const page: Awaited<ReturnType<LogStore["page"]>> = await store.page(entryQuery({ cursor, limit: 37 }));
        seen.push(...page.entries.map(({ id }) => id));
        cursor = page.nextCursor;
        // Newer than every cursor, and one older that a long stream would leave.
        await store.write([logEntry(more++, { atMs: TO_MS + more })]);
      } while (cursor !== null);
      expect(new Set(seen).size).toBe(seen.length);
      const old = seen.filter((id) => Number(id.slice(4)) < 1_000);
      expect(old.length).toBe(1_000);
      expect(old).toEqual([...old].sort().reverse());
    });

    it.each<readonly [string, Partial<EntryQuery>, (entry: LogEntry) => boolean]>([
      ["a user", { equal: { user: ["user-3"] } }, ({ user }) => user === "user-3"],
      ["a session", { equal: { session: ["nobody"] } }, () => false],
      [
        "two models and no errors",
        { equal: { model: ["openai/gpt-4o", "google/gemini-2.5-flash"] } },
        ({ model }) => model === "openai/gpt-4o" || model === "google/gemini-2.5-flash",
      ],
      ["no model", { equal: { model: [null] } }, ({ model }) => model === null],
      ["a status", { equal: { status: ["502"] } }, ({ status }) => status === 502],
      ["streams", { equal: { stream: ["true"] } }, ({ isStream }) => isStream],
      ["errors", { onlyErrors: true }, ({ error }) => error !== null],
      ["costly ones", { minCostNanoUsd: 5_000_000 }, ({ costNanoUsd }) => (costNanoUsd ?? 0) >= 5_000_000],
      ["slow ones", { minDurationMs: 3_000 }, ({ durationMs }) => durationMs >= 3_000],
      ["a name in part", { search: "TENANT-3" }, ({ tenant }) => tenant?.startsWith("tenant-3") === true],
      [
        "a key in a time",
        { equal: { key: ["key_5"] }, fromMs: TO_MS - 20 * DAY_MS, toMs: TO_MS - 5 * DAY_MS },
        ({ keyId, atMs }) => keyId === "key_5" && atMs >= TO_MS - 20 * DAY_MS && atMs < TO_MS - 5 * DAY_MS,
      ],
    ])("finds the requests of %s", async (_, fields, isWanted) => {
      const entries = await written(store, 1_500);
      const found = await store.page(entryQuery({ limit: 1_000, ...fields }));
      const wanted = entries.filter(isWanted).map(({ id }) => id);
      expect(found.entries.map(({ id }) => id)).toEqual(wanted.reverse().slice(0, 1_000));
    });

    it("ranks by cost", async () => {
      const entries = await written(store, 500);
      const { entries: found, nextCursor } = await store.page(entryQuery({ sort: "cost", limit: 5 }));
      const costs = entries.map(({ costNanoUsd }) => costNanoUsd ?? 0).sort((a, b) => b - a);
      expect(found.map(({ costNanoUsd }) => costNanoUsd)).toEqual(costs.slice(0, 5));
      expect(nextCursor).toBeNull();
    });

    it("refuses a cursor that no answer gave", async () => {
      await expect(store.page(entryQuery({ cursor: "x" }))).rejects.toMatchObject({
        code: "invalid_request",
        place: "cursor",
      });
    });
  });
}

async function written(store: LogStore, count: number): Promise<LogEntry[]> {
  const make = trafficOf({ seed: 5, fromMs: FROM_MS, toMs: TO_MS, users: 30 });
  const entries = Array.from({ length: count }, (_, i) => make(i, count));
  for (let i = 0; i < count; i += 300) await store.write(entries.slice(i, i + 300));
  return entries;
}

function randomQuery(random: () => number): UsageQuery {
  const below = (count: number) => Math.floor(random() * count);
  const from = FROM_MS + below(60) * DAY_MS + below(2) * below(DAY_MS);
  const groupBy = DIMENSIONS.filter(() => random() < 0.15);
  const filters: Partial<Record<Dimension, (string | null)[]>> = {};
  if (below(3) === 0) filters.model = ["openai/gpt-4o", null];
  if (below(4) === 0) filters.user = ["user-3", "user-4"];
  if (below(6) === 0) filters.status = ["502"];
  if (below(6) === 0) filters.stream = ["true"];
  return usageQuery({
    fromMs: from,
    toMs: Math.min(TO_MS, from + MINUTE_MS + below(40 * DAY_MS)),
    interval: ([null, null, "hour", "day", "month"] as const)[below(5)]!,
    groupBy,
    filters,
  });
}

function dimensionOf(entry: LogEntry, name: Dimension): string | null {
  if (name === "status") return String(entry.status);
  if (name === "stream") return String(entry.isStream);
  if (name === "key") return entry.keyId;
  if (name === "requested_model") return entry.model === null ? null : entry.requestedModel;
  if (name === "plan") return entry.plan === null || entry.plan.calls.length === 0 ? null : entry.plan.rule;
  if (name === "tag") return tagOf(entry);
  return entry[name];
}

function matches(entry: LogEntry, { filters }: UsageQuery): boolean {
  return DIMENSIONS.every((name) => filters[name]?.includes(dimensionOf(entry, name)) ?? true);
}

function addUp(entries: readonly LogEntry[]): Counters {
  const sums = noCounters();
  for (const entry of entries) {
    const { usage } = entry;
    const write = usage === null ? 0 : usage.cacheWrite5m + usage.cacheWrite1h;
    const one: Counters = {
      requests: 1,
      errors: entry.error === null ? 0 : 1,
      inputTokens: usage === null ? 0 : usage.inputUncached + usage.cacheRead + write,
      cacheReadTokens: usage?.cacheRead ?? 0,
      cacheWriteTokens: write,
      outputTokens: usage?.output ?? 0,
      reasoningTokens: usage?.reasoning ?? 0,
      costNanoUsd: entry.costNanoUsd ?? 0,
      unpriced: entry.costNanoUsd === null ? 1 : 0,
      savedNanoUsd: savedNanoUsd(entry) ?? 0,
      estimated: usage?.isEstimated ? 1 : 0,
      cacheHits: entry.cache === "hit" || entry.cache === "semantic" ? 1 : 0,
      durationMs: entry.durationMs,
      streamed: entry.firstTokenMs === null ? 0 : 1,
      firstTokenMs: entry.firstTokenMs ?? 0,
    };
    for (const counter of COUNTERS) sums[counter] += one[counter];
  }
  return sums;
}

function keyOf(bucketMs: number | null, group: readonly (string | null)[]): string {
  return JSON.stringify([bucketMs, ...group]);
}

function sumsOf(entries: readonly LogEntry[], query: UsageQuery): Map<string, Counters> {
  const groups = new Map<string, LogEntry[]>();
  for (const entry of entries) {
    if (!matches(entry, query)) continue;
    const bucket = query.interval === null ? null : bucketMsOf(entry.atMs, query.interval);
    const key = keyOf(
      bucket,
      query.groupBy.map((name) => dimensionOf(entry, name)),
    );
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return new Map([...groups].map(([key, group]) => [key, addUp(group)]));
}

function bucketMsOf(atMs: number, interval: Grain): number {
  return bucketOf(minuteOf(atMs), interval) * MINUTE_MS;
}

function asMap(
  rows: readonly { bucketMs: number | null; group: Partial<Record<Dimension, string | null>>; counters: Counters }[],
  { groupBy }: UsageQuery,
): Map<string, Counters> {
  return new Map(
    rows.map(({ bucketMs, group, counters }) => [
      keyOf(
        bucketMs,
        groupBy.map((name) => group[name] ?? null),
      ),
      counters,
    ]),
  );
}
