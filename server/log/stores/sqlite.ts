import { open } from "node:fs/promises";
import type Database from "better-sqlite3";
import { patiently } from "../../storage/_sqlite/patiently.ts";
import { migrate, openDatabase } from "../../storage/sqlite.ts";
import { CUBES } from "../../usage/dimensions.ts";
import { minuteOf } from "../../usage/grains.ts";
import type { LogEntry } from "../entry.ts";
import { loadLogMigrations } from "../log-migrations.ts";
import { defineLogStore, type Horizon, type LogStore, type WriteOutcome } from "../log-store.ts";
import { fillNewCubes } from "./_new-cubes.ts";
import { queryPage } from "./_page-query.ts";
import { createParts, grainCode } from "./_parts.ts";
import { createRollUp } from "./_rollup.ts";
import { dayOf, dimensionsOf, fromRow, REQUEST_COLUMNS, type RequestRow, toRow } from "./_rows.ts";
import { queryUsage } from "./_usage-query.ts";
import { createWords, WORD_KIND } from "./_words.ts";

/** Memory for pages: enough that appending stays within it. */
const CACHE_KIB = 16_384;
const VACUUMED_PAGES = 256;
/** Buckets of each roll-up that are finished at once: an hour of minutes and a little. */
const MOST_ROUNDS = 64;

/** One file of its own beside the main database, so that a busy log never holds up keys and budgets. */
export default defineLogStore({
  name: "sqlite",
  async open(url) {
    const path = url.slice("sqlite:".length);
    const database = await openDatabase(path);
    try {
      reclaimable(database);
      // Commits are made durable by `sync`, once for many of them.
      database.pragma("synchronous = NORMAL");
      database.pragma("wal_autocheckpoint = 4000");
      database.pragma(`cache_size = -${CACHE_KIB}`);
      await migrate(database, await loadLogMigrations());
      await patiently(database, () => fillNewCubes(database));
      return storeOver(database, path);
    } catch (error) {
      database.close();
      throw error;
    }
  },
});

/** Lets pruning give pages back to the file system; only a file without tables can be told. */
function reclaimable(database: Database.Database): void {
  if (database.pragma("user_version", { simple: true }) !== 0) return;
  if (database.pragma("auto_vacuum", { simple: true }) === 2) return;
  database.pragma("auto_vacuum = incremental");
  database.exec("vacuum");
}

function storeOver(database: Database.Database, path: string): LogStore {
  const words = createWords(database);
  const parts = createParts(database);
  const rollUp = createRollUp(parts);
  const columns = REQUEST_COLUMNS.map((name) => `"${name}"`).join(", ");
  const insert = database.prepare(
    `insert into requests (${columns}) values (${REQUEST_COLUMNS.map(() => "?").join(", ")}) on conflict (id) do nothing`,
  );
  const insertContent = database.prepare("insert into request_content (seq, until_ms, body) values (?, ?, ?)");
  const selectOne = database.prepare<[string], RequestRow>(
    "select r.*, c.body as content, c.until_ms as content_until from requests r left join request_content c on c.seq = r.seq where r.id = ?",
  );
  const prunings = pruningsOf(database);

  const writeAll = database.transaction((entries: readonly LogEntry[]): WriteOutcome => {
    let written = 0;
    for (const entry of entries) {
      const ids = dimensionsOf(entry, words);
      const { changes, lastInsertRowid } = insert.run(...toRow(entry, ids, words));
      if (changes === 0) continue;
      written++;
      if (entry.content !== null)
        insertContent.run(lastInsertRowid, entry.contentUntilMs ?? entry.atMs, JSON.stringify(entry.content));
      rollUp.add(entry, ids);
    }
    rollUp.write();
    return { written, known: entries.length - written, refused: 0 };
  });

  /** What was looked up within a transaction that failed may not exist. */
  function attempt(entries: readonly LogEntry[]): WriteOutcome {
    try {
      return writeAll.immediate(entries);
    } catch (error) {
      words.forget();
      rollUp.forget();
      parts.forget();
      throw error;
    }
  }

  /** A row that the table refuses must not hold up the others for ever. */
  function writeEach(entries: readonly LogEntry[]): WriteOutcome {
    let written = 0;
    let known = 0;
    let refused = 0;
    for (const entry of entries) {
      try {
        const outcome = attempt([entry]);
        written += outcome.written;
        known += outcome.known;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refused++;
      }
    }
    return { written, known, refused };
  }

  function finishSome(nowMs: number): number {
    let merged = 0;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const found = parts.finish(nowMs);
      if (found === 0) break;
      merged += found;
    }
    return merged;
  }

  return {
    async write(entries) {
      try {
        return attempt(entries);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        return writeEach(entries);
      }
    },
    async sync() {
      if (path === ":memory:") return;
      const file = await open(`${path}-wal`, "r+").catch(() => null);
      await file?.datasync();
      await file?.close();
    },
    usage: async (query) => queryUsage(database, words, query),
    page: async (query) => queryPage(database, words, query),
    async find(id) {
      const row = selectOne.get(id);
      return row === undefined ? null : fromRow(row, words);
    },
    async prune(horizon, limit) {
      let removed = 0;
      for (const prune of prunings) removed += prune(horizon, limit);
      const merged = finishSome(horizon.nowMs);
      if (removed > 0) {
        words.forget();
        database.pragma(`incremental_vacuum(${VACUUMED_PAGES})`);
      }
      return removed + merged;
    },
    async close() {
      database.close();
    },
  };
}

/** The row is at fault, not the disk. */
function isRefusal(error: unknown): boolean {
  const { code } = error as { code?: string };
  return (
    error instanceof TypeError ||
    error instanceof RangeError ||
    code?.startsWith("SQLITE_CONSTRAINT") === true ||
    code === "SQLITE_TOOBIG" ||
    code === "SQLITE_MISMATCH"
  );
}

type Pruning = (horizon: Horizon, limit: number) => number;

/** Each removes at most `limit` rows, so that a transaction stays short. */
function pruningsOf(database: Database.Database): Pruning[] {
  const content = database.prepare(
    "delete from request_content where seq in (select seq from request_content where until_ms < ? limit ?)",
  );
  const requests = database.prepare(
    "delete from requests where seq in (select seq from requests where at_ms < ? order by at_ms limit ?)",
  );
  const markPruned = database.prepare(
    "insert into pruned (id, before_ms) values (1, ?) on conflict (id) do update set before_ms = max(before_ms, excluded.before_ms)",
  );
  const pruneRequests = database.transaction((beforeMs: number, limit: number): number => {
    const { changes } = requests.run(beforeMs, limit);
    if (changes > 0) markPruned.run(Math.ceil(beforeMs));
    return changes;
  });
  const usage = database.prepare(
    "delete from usage_parts where id in (select id from usage_parts where grain = ? and bucket < ? limit ?)",
  );
  const words = database.prepare(
    "delete from words where id in (select id from words where kind = ? and used_day < ? limit ?)",
  );
  const usageBefore = (grain: "minute" | "hour" | "day" | "month", ms: number, limit: number) =>
    CUBES.map((_, cube) => usage.run(grainCode(cube, grain), minuteOf(ms), limit).changes).reduce(
      (sum, changes) => sum + changes,
      0,
    );
  return [
    ({ nowMs }, limit) => content.run(nowMs, limit).changes,
    ({ detailMs }, limit) => pruneRequests.immediate(detailMs, limit),
    ({ minutesMs }, limit) => usageBefore("minute", minutesMs, limit),
    ({ hoursMs }, limit) => usageBefore("hour", hoursMs, limit),
    ({ daysMs }, limit) => usageBefore("day", daysMs, limit) + usageBefore("month", daysMs, limit),
    ({ detailMs }, limit) => words.run(WORD_KIND.passing, dayOf(detailMs) - 1, limit).changes,
    ({ detailMs, daysMs }, limit) => words.run(WORD_KIND.name, dayOf(Math.min(detailMs, daysMs)) - 1, limit).changes,
  ];
}
