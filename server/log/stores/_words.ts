import type Database from "better-sqlite3";

/** Names live as long as roll-ups, passing strings (sessions, candidate lists) as long as requests. */
export const WORD_KIND = { name: 0, passing: 1 } as const;
export type WordKind = (typeof WORD_KIND)[keyof typeof WORD_KIND];

/** Strings as small numbers. What is looked up within a transaction must be forgotten when that is rolled back. */
export interface Words {
  /** Makes the word when it is new; null and the empty string are null. */
  idOf(kind: WordKind, text: string | null, day: number): number | null;
  /** The word's number without making it; null when there is none. */
  find(text: string): readonly number[];
  /**
   * Numbers of words that contain the text, some of them when there are many: of all names, and of passing words those that
   * begin with it or are among the newest.
   */
  containing(text: string, limit: number): readonly number[];
  textOf(id: number | null): string | null;
  forget(): void;
}

interface Known {
  readonly id: number;
  day: number;
}

const MOST_KNOWN = 50_000;
/** Of millions of sessions. */
const NEWEST_SEARCHED = 50_000;

export function createWords(database: Database.Database): Words {
  const select = database.prepare<[number, string], { id: number; used_day: number }>(
    "select id, used_day from words where kind = ? and text = ?",
  );
  const insert = database.prepare("insert into words (kind, text, used_day) values (?, ?, ?)");
  const touch = database.prepare("update words set used_day = ? where id = ?");
  const selectText = database.prepare<[number], { text: string }>("select text from words where id = ?");
  const selectIds = database.prepare<[string], { id: number }>(
    "select id from words where text = ? and kind in (0, 1)",
  );
  const selectNames = database.prepare<[string, number], { id: number }>(
    "select id from words where kind = 0 and instr(lower(text), ?) > 0 order by used_day desc limit ?",
  );
  const selectBeginning = database.prepare<[string, string, number], { id: number }>(
    "select id from words where kind = 1 and text >= ? and text < ? limit ?",
  );
  const selectNewest = database.prepare<[string, number], { id: number }>(
    `select id from (select id, kind, text from words order by id desc limit ${NEWEST_SEARCHED})
     where kind = 1 and instr(lower(text), ?) > 0 limit ?`,
  );
  const known: [Map<string, Known>, Map<string, Known>] = [new Map(), new Map()];
  const texts = new Map<number, string>();

  function load(kind: WordKind, text: string, day: number): Known {
    const row = select.get(kind, text);
    if (row !== undefined) return { id: row.id, day: row.used_day };
    return { id: Number(insert.run(kind, text, day).lastInsertRowid), day };
  }

  return {
    idOf(kind, text, day) {
      if (text === null || text === "") return null;
      let word = known[kind].get(text);
      if (word === undefined) {
        word = load(kind, text, day);
        bounded(known[kind]).set(text, word);
      }
      if (word.day < day) {
        // Another process may have removed what was not in use.
        if (touch.run(day, word.id).changes === 0) {
          word = load(kind, text, day);
          known[kind].set(text, word);
        }
        word.day = day;
      }
      return word.id;
    },
    find: (text) => selectIds.all(text).map(({ id }) => id),
    containing(text, limit) {
      const lower = text.toLowerCase();
      const found = [
        ...selectNames.all(lower, limit),
        ...selectBeginning.all(text, `${text}\u{10ffff}`, limit),
        ...selectNewest.all(lower, limit),
      ];
      return [...new Set(found.map(({ id }) => id))].slice(0, limit);
    },
    textOf(id) {
      if (id === null || id === 0) return null;
      const text = texts.get(id) ?? selectText.get(id)?.text;
      if (text === undefined) return null;
      bounded(texts).set(id, text);
      return text;
    },
    forget() {
      for (const map of known) map.clear();
      texts.clear();
    },
  };
}

/** Forgets all when full: what is in use comes back by itself. */
function bounded<Key, Value>(map: Map<Key, Value>): Map<Key, Value> {
  if (map.size >= MOST_KNOWN) map.clear();
  return map;
}
