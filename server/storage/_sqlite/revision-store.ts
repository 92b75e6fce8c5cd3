import type Database from "better-sqlite3";
import type { Revision, RevisionStore } from "../../settings-edit/revisions.ts";

/** Older ones go: what was configured long ago is in nobody's way back. */
const MOST_REVISIONS = 1_000;

interface RevisionRow {
  readonly revision: number;
  readonly at_ms: number;
  readonly author: string;
  readonly section: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly is_restorable: number;
  readonly note: string | null;
}

export function revisionStoreOver(database: Database.Database): RevisionStore {
  const insert = database.prepare(
    "insert into settings_revisions (at_ms, author, section, before, after, is_restorable, note) values (?, ?, ?, ?, ?, ?, ?)",
  );
  const prune = database.prepare("delete from settings_revisions where revision <= ?");
  const select = database.prepare<[number], RevisionRow>("select * from settings_revisions where revision = ?");
  const page = database.prepare<unknown[], RevisionRow>(
    "select * from settings_revisions where (@section is null or section = @section) " +
      "and (@before is null or revision < @before) order by revision desc limit @limit",
  );
  return {
    add({ atMs, by, section, before, after, isRestorable, note }) {
      const { lastInsertRowid } = insert.run(atMs, by, section, before, after, isRestorable ? 1 : 0, note);
      const revision = Number(lastInsertRowid);
      prune.run(revision - MOST_REVISIONS);
      return revision;
    },
    find(revision) {
      const row = select.get(revision);
      return row === undefined ? null : revisionOf(row);
    },
    list: ({ section, before, limit }) =>
      page.all({ section: section ?? null, before: before ?? null, limit }).map(revisionOf),
  };
}

function revisionOf({ at_ms: atMs, author: by, is_restorable: isRestorable, ...row }: RevisionRow): Revision {
  return { ...row, atMs, by, isRestorable: isRestorable === 1 };
}
