import type Database from "better-sqlite3";
import { timeOfId } from "../../ids.ts";
import { type Condition, oneOf, WORD_COLUMNS } from "./_conditions.ts";
import type { Words } from "./_words.ts";

const WORDS_SEARCHED = 200;
/** Between a request's beginning and its decision, by clocks that differ. */
const DECIDED_WITHIN_MS = 10 * 60_000;

/** Which requests a search is for. */
export interface Sought {
  readonly led: readonly Condition[];
  readonly check: Condition | null;
  /** An index leads to it. */
  readonly isFound: boolean;
  readonly readsRows: boolean;
}

/**
 * What a search looks for: the request or the decision of this id, the requests of this session, those in whose names it is
 * when it is a whole name, else those in whose names or metadata it is.
 */
export function soughtBy(database: Database.Database, words: Words, text: string): Sought {
  const exact = [{ sql: "id = ?", parameters: [text] }, ...decidedBy(text), ...sessionOf(database, words, text)];
  for (const condition of exact) {
    const found = database.prepare<unknown[]>(`select 1 from requests where ${condition.sql} limit 1`);
    if (found.get(...condition.parameters) !== undefined) {
      return { led: [condition], check: null, isFound: true, readsRows: false };
    }
  }
  const ids = words.containing(text, WORDS_SEARCHED);
  const columns = ids.length === 0 ? [] : Object.values(WORD_COLUMNS);
  const isName = words.find(text).length > 0;
  const others: Condition[] = isName
    ? columns.filter((name) => name !== "session").map((name) => oneOf(`"${name}"`, ids))
    : [
        { sql: "instr(lower(metadata), ?) > 0", parameters: [text.toLowerCase()] },
        { sql: "decision_id = ?", parameters: [text] },
        ...columns.map((name) => oneOf(`"${name}"`, ids)),
      ];
  const check = {
    sql: others.map(({ sql }) => sql).join(" or "),
    parameters: others.flatMap(({ parameters }) => parameters),
  };
  return { led: [], check, isFound: false, readsRows: !isName };
}

/** A decision's id tells when it was made, and so among which requests it is. */
function decidedBy(text: string): Condition[] {
  const atMs = timeOfId("dec", text);
  if (atMs === null) return [];
  return [
    {
      sql: "decision_id = ? and at_ms between ? and ?",
      parameters: [text, atMs - DECIDED_WITHIN_MS, atMs + DECIDED_WITHIN_MS],
    },
  ];
}

/** Unless the same text is a name too. */
function sessionOf(database: Database.Database, words: Words, text: string): Condition[] {
  const ids = words.find(text);
  if (ids.length !== 1) return [];
  const isSession = database.prepare("select 1 from requests where session = ? limit 1").get(ids[0]) !== undefined;
  return isSession ? [{ sql: "session = ?", parameters: ids }] : [];
}
