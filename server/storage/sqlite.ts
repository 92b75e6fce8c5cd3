import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type Database from "better-sqlite3";
import { ApiError } from "../errors.ts";
import { loadMigrations, type Migration, versionOf } from "../migration.ts";
import { type DecisionRow, type FeedbackRow, feedbackFromRow, fromRow, toRow } from "../sqlite-rows.ts";
import {
  defineStorage,
  type Feedback,
  type FeedbackOutcome,
  type Storage,
  type StorageOptions,
  type StoredDecision,
} from "../storage.ts";
import { createWriteQueue } from "../write-queue.ts";
import { activationStoreOver } from "./_sqlite/activation-store.ts";
import { auditStoreOver } from "./_sqlite/audit-store.ts";
import { budgetStoreOver } from "./_sqlite/budget-store.ts";
import { cacheStoreOver } from "./_sqlite/cache-store.ts";
import { keyStoreOver } from "./_sqlite/key-store.ts";
import { ledgerStoreOver } from "./_sqlite/ledger-store.ts";
import { modelStoreOver } from "./_sqlite/model-store.ts";
import { type Patience, patiently } from "./_sqlite/patiently.ts";
import { retrainStoreOver } from "./_sqlite/retrain-store.ts";
import { revisionStoreOver } from "./_sqlite/revision-store.ts";
import { shapeStoreOver } from "./_sqlite/shape-store.ts";
import { switchStoreOver } from "./_sqlite/switch-store.ts";

const QUEUE_CAPACITY = 50_000;
const FLUSH_DELAY_MS = 25;
/** Rows of one transaction: some 2 ms of the event loop. */
const BATCH_SIZE = 128;
const BUSY_TIMEOUT_MS = 5_000;
/** Who waits for another process's lock holds up every request: not longer than this at a time. */
const SERVING_TIMEOUT_MS = 1_000;

/** Embedded backend: one file in WAL mode, every row of it written by this process or its peers on the machine. */
export default defineStorage({
  name: "sqlite",
  async open(url, options) {
    const path = url.slice("sqlite:".length);
    const database = await openDatabase(path);
    try {
      await migrate(database, await loadMigrations());
      database.pragma(`busy_timeout = ${SERVING_TIMEOUT_MS}`);
      return storageOver(database, options);
    } catch (error) {
      database.close();
      throw error;
    }
  },
});

/** Opens the file, making its folder, with the settings that every connection needs. */
export async function openDatabase(path: string): Promise<Database.Database> {
  const { default: Sqlite } = await import("better-sqlite3");
  try {
    if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true });
    const database = new Sqlite(path, { timeout: BUSY_TIMEOUT_MS });
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = NORMAL");
    database.pragma("foreign_keys = ON");
    // Texts that were removed do not stay in pages that are written anyway.
    database.pragma("secure_delete = FAST");
    return database;
  } catch (cause) {
    throw new ApiError("storage_invalid", `${path} cannot be opened: ${(cause as Error).message}`, {
      place: "storage.url",
      cause,
    });
  }
}

/** Brings the database to the newest version, one transaction a migration; of several processes that try at once the others wait. */
export async function migrate(
  database: Database.Database,
  migrations: readonly Migration[],
  patience?: Patience,
): Promise<void> {
  const newest = migrations.reduce((highest, migration) => Math.max(highest, versionOf(migration)), 0);
  const found = currentVersion(database);
  if (found > newest) {
    const message = `the database has version ${found} and this Weir knows ${newest}: it was written by a newer one`;
    throw new ApiError("storage_invalid", message, { place: "storage.url" });
  }
  if (found === newest) return;
  const { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } = await import("kysely");
  const builder = new Kysely<unknown>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
  for (const migration of migrations) {
    const step = database.transaction(() => {
      if (currentVersion(database) >= versionOf(migration)) return;
      for (const { sql, parameters } of migration.up(builder)) database.prepare(sql).run(...parameters);
      database.pragma(`user_version = ${versionOf(migration)}`);
    });
    await patiently(database, () => step.immediate(), patience);
  }
}

/** The row is at fault, not the disk: trying again would not help. */
function isRefusal(error: unknown): boolean {
  const { code } = error as { code?: string };
  return error instanceof TypeError || code?.startsWith("SQLITE_CONSTRAINT") === true || code === "SQLITE_TOOBIG";
}

function currentVersion(database: Database.Database): number {
  return database.pragma("user_version", { simple: true }) as number;
}

function storageOver(database: Database.Database, options: StorageOptions): Storage {
  const insertDecision = database.prepare(`
    insert or ignore into decisions (decision_id, created_at_ms, route, key_id, session_id, model, policy, reason,
      propensity, router_name, router_version, quality, cost_nano_usd, incumbent_model, incumbent_cost_nano_usd,
      out_of_distribution, answer, trace)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const selectDecision = database.prepare<[string], DecisionRow>("select * from decisions where decision_id = ?");
  const pageDecisions = database.prepare<unknown[], DecisionRow>(`
    select * from decisions
    where (@before is null or decision_id < @before) and (@route is null or route = @route)
      and (@model is null or model = @model) and (@sinceMs is null or created_at_ms >= @sinceMs)
    order by decision_id desc limit @limit`);
  const deleteOld = database.prepare(`
    delete from decisions where decision_id in (
      select decision_id from (select decision_id, created_at_ms from decisions order by decision_id limit ?)
      where created_at_ms < ?)`);
  const deleteOldFeedback = database.prepare("delete from feedback where updated_at_ms < ?");
  const selectFeedback = database.prepare<[string], FeedbackRow>(
    "select * from feedback where decision_id = ? order by source",
  );
  const selectFeedbackOf = database.prepare<[string, string], FeedbackRow>(
    "select * from feedback where decision_id = ? and source = ?",
  );
  const upsertFeedback = database.prepare(`
    insert into feedback (decision_id, source, score, comment, key_id, created_at_ms, updated_at_ms)
    values (@decisionId, @source, @score, @comment, @keyId, @atMs, @atMs)
    on conflict (decision_id, source) do update
      set score = excluded.score, comment = excluded.comment, key_id = excluded.key_id, updated_at_ms = excluded.updated_at_ms`);
  const selectSetting = database.prepare<[string], { value: string }>("select value from settings where name = ?");
  const insertSetting = database.prepare("insert or ignore into settings (name, value) values (?, ?)");
  const upsertSetting = database.prepare(
    "insert into settings (name, value) values (?, ?) on conflict (name) do update set value = excluded.value",
  );

  const writeBatch = database.transaction((batch: readonly StoredDecision[]) => {
    for (const decision of batch) insertDecision.run(...toRow(decision));
  });
  let refused = 0;
  /** A row that the table refuses must not hold up the others for ever: it is dropped, counted and told of. */
  function write(batch: readonly StoredDecision[]): void {
    try {
      writeBatch.immediate(batch);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      for (const decision of batch) {
        try {
          insertDecision.run(...toRow(decision));
        } catch (refusal) {
          if (!isRefusal(refusal)) throw refusal;
          refused++;
          options.onError?.(refusal);
        }
      }
    }
  }
  const queue = createWriteQueue({
    write,
    capacity: options.queueCapacity ?? QUEUE_CAPACITY,
    batchSize: BATCH_SIZE,
    delayMs: options.flushDelayMs ?? FLUSH_DELAY_MS,
    onError: options.onError ?? (() => {}),
  });
  const putFeedback = database.transaction((feedback: Feedback): FeedbackOutcome => {
    const old = selectFeedbackOf.get(feedback.decisionId, feedback.source);
    if (old !== undefined && old.score === feedback.score && old.comment === feedback.comment) return "unchanged";
    upsertFeedback.run(feedback);
    return old === undefined ? "created" : "updated";
  });

  return {
    keys: keyStoreOver(database),
    budgets: budgetStoreOver(database),
    cache: cacheStoreOver(database),
    audits: auditStoreOver(database),
    activations: activationStoreOver(database),
    switches: switchStoreOver(database),
    ledger: ledgerStoreOver(database),
    models: modelStoreOver(database),
    shapes: shapeStoreOver(database),
    retrains: retrainStoreOver(database),
    revisions: revisionStoreOver(database),
    appendDecision: (decision) => queue.push(decision),
    async findDecision(decisionId) {
      queue.flush();
      const row = selectDecision.get(decisionId);
      return row === undefined ? null : fromRow(row);
    },
    async pageDecisions({ limit, before, route, model, sinceMs }) {
      queue.flush();
      const rows = pageDecisions.all({
        limit: limit + 1,
        before: before ?? null,
        route: route ?? null,
        model: model ?? null,
        sinceMs: sinceMs ?? null,
      });
      const page = rows.slice(0, limit).map(fromRow);
      return { rows: page, nextCursor: rows.length > limit ? (page.at(-1)?.decisionId ?? null) : null };
    },
    putFeedback: async (feedback) => putFeedback.immediate(feedback),
    feedbackOf: async (decisionId) => selectFeedback.all(decisionId).map(feedbackFromRow),
    readSetting: async (name) => selectSetting.get(name)?.value ?? null,
    async putSettingOnce(name, value) {
      insertSetting.run(name, value);
      return selectSetting.get(name)?.value ?? value;
    },
    async putSetting(name, value) {
      upsertSetting.run(name, value);
    },
    async prune(beforeMs, limit) {
      const { changes } = deleteOld.run(limit, beforeMs);
      deleteOldFeedback.run(beforeMs);
      return changes;
    },
    flush: async () => queue.flush(),
    async check() {
      upsertSetting.run("checked", "1");
    },
    state: () => ({
      queued: queue.queued,
      dropped: queue.dropped + refused,
      written: queue.written,
      failures: queue.failures,
    }),
    async close() {
      queue.close();
      database.close();
    },
  };
}
