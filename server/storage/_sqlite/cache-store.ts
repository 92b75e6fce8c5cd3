import type Database from "better-sqlite3";
import type { CacheStore, StoredAnswer } from "../../cache/cache-store.ts";

interface Row {
  readonly id: Buffer;
  readonly partition: string;
  readonly route: string | null;
  readonly stored_at_ms: number;
  readonly expires_at_ms: number;
  readonly sealed: Buffer;
}

export function cacheStoreOver(database: Database.Database): CacheStore {
  const select = database.prepare<[Buffer, number], Row>(
    "select id, partition, route, stored_at_ms, expires_at_ms, sealed from cached_answers where id = ? and expires_at_ms > ?",
  );
  const insert = database.prepare(`
    insert or replace into cached_answers (id, partition, route, stored_at_ms, expires_at_ms, used_at_ms, bytes, sealed)
    values (?, ?, ?, ?, ?, ?, ?, ?)`);
  const use = database.prepare("update cached_answers set used_at_ms = ? where id = ?");
  const remove = database.prepare("delete from cached_answers where id = ?");
  const clear = database.prepare(`
    delete from cached_answers
    where (@partition is null or partition = @partition) and (@route is null or route = @route)`);
  const expire = database.prepare(
    "delete from cached_answers where id in (select id from cached_answers where expires_at_ms <= ? limit ?)",
  );
  const weigh = database.prepare<[], { readonly entries: number; readonly bytes: number }>(
    "select count(*) as entries, coalesce(sum(bytes), 0) as bytes from cached_answers",
  );
  const oldest = database.prepare<[number], { readonly id: Buffer; readonly bytes: number }>(
    "select id, bytes from cached_answers order by used_at_ms limit ?",
  );
  const selectEvidence = database.prepare<[string], { readonly body: string }>(
    "select body from cache_evidence where cell = ?",
  );
  const upsertEvidence = database.prepare(`
    insert into cache_evidence (cell, updated_at_ms, body) values (?, ?, ?)
    on conflict (cell) do update set updated_at_ms = excluded.updated_at_ms, body = excluded.body`);
  const trimEvidence = database.prepare(`
    delete from cache_evidence where cell in (
      select cell from cache_evidence order by updated_at_ms desc limit -1 offset ?)`);

  const write = database.transaction((answers: readonly StoredAnswer[], nowMs: number) => {
    for (const { id, partition, route, storedAtMs, expiresAtMs, sealed } of answers)
      insert.run(id, partition, route, storedAtMs, expiresAtMs, nowMs, sealed.length, sealed);
  });
  const touch = database.transaction((ids: readonly Buffer[], nowMs: number) => {
    for (const id of ids) use.run(nowMs, id);
  });
  const removeAll = database.transaction((ids: readonly Buffer[]) => {
    for (const id of ids) remove.run(id);
  });
  const trim = database.transaction((nowMs: number, maxBytes: number, limit: number) => {
    expire.run(nowMs, limit);
    let { entries, bytes } = weigh.get()!; // an aggregate always has a row
    if (bytes <= maxBytes) return { entries, bytes };
    for (const row of oldest.all(limit)) {
      if (bytes <= maxBytes) break;
      remove.run(row.id);
      bytes -= row.bytes;
      entries--;
    }
    return { entries, bytes };
  });

  return {
    async read(id, nowMs) {
      const row = select.get(id, nowMs);
      if (row === undefined) return null;
      const { partition, route, stored_at_ms: storedAtMs, expires_at_ms: expiresAtMs, sealed } = row;
      return { id: row.id, partition, route, storedAtMs, expiresAtMs, sealed };
    },
    write: async (answers, nowMs) => write.immediate(answers, nowMs),
    touch: async (ids, nowMs) => touch.immediate(ids, nowMs),
    remove: async (ids) => removeAll.immediate(ids),
    clear: async ({ partition, route }) => clear.run({ partition: partition ?? null, route: route ?? null }).changes,
    trim: async (nowMs, maxBytes, limit) => trim.immediate(nowMs, maxBytes, limit),
    readEvidence: async (cell) => selectEvidence.get(cell)?.body ?? null,
    async writeEvidence(cell, body, nowMs, limit) {
      upsertEvidence.run(cell, nowMs, body);
      trimEvidence.run(limit);
    },
  };
}
