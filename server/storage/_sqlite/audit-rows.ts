import type { Audit, Observation, ObservedRequest } from "../../observation/observe/audit-store.ts";

type Cell = string | number | null;
export type Row = Readonly<Record<string, Cell>>;

/** Fields of a table's rows by their column; flags are 0 and 1 in the table. */
interface Shape<Item> {
  readonly fields: readonly (keyof Item & string)[];
  readonly flags: ReadonlySet<string>;
}

const OBSERVED: Shape<ObservedRequest> = {
  fields: [
    "observationId",
    "requestId",
    "atMs",
    "day",
    "session",
    "stratum",
    "feature",
    "tenant",
    "incumbent",
    "chosen",
    "score",
    "prediction",
    "spread",
    "inclusion",
    "uniformInclusion",
    "isAudited",
    "isUniform",
    "lot",
    "inputTokens",
    "outputTokens",
    "incumbentNanoUsd",
    "routedNanoUsd",
    "auditNanoUsd",
  ],
  flags: new Set(["isAudited", "isUniform"]),
};

const AUDIT: Shape<Audit> = {
  fields: [
    "requestId",
    "observationId",
    "route",
    "atMs",
    "state",
    "holder",
    "isInMemory",
    "tries",
    "nextAtMs",
    "finishedAtMs",
    "incumbent",
    "chosen",
    "served",
    "isNoise",
    "isGold",
    "answerDigest",
    "judgedBy",
    "incumbentQuality",
    "routedQuality",
    "noise",
    "goldIncumbent",
    "goldRouted",
    "routedNanoUsd",
    "replayNanoUsd",
    "judgeNanoUsd",
    "reason",
  ],
  flags: new Set(["isInMemory", "isNoise", "isGold"]),
};

export function columnOf(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export const insertObserved = insertText("observed_requests", OBSERVED);
export const insertAudit = insertText("audits", AUDIT);

export function observedCells(request: ObservedRequest): Cell[] {
  return cellsOf(request, OBSERVED);
}

export function auditCells(audit: Audit): Cell[] {
  return cellsOf(audit, AUDIT);
}

export function observedFrom(row: Row): ObservedRequest {
  return itemOf(row, OBSERVED);
}

export function auditFrom(row: Row): Audit {
  return itemOf(row, AUDIT);
}

export function observationFrom(row: Row): Observation {
  return {
    observationId: String(row["observation_id"]),
    route: String(row["route"]),
    kind: row["kind"] as Observation["kind"], // only we write it
    startedAtMs: Number(row["started_at_ms"]),
    days: row["days"] as number | null,
    endedAtMs: row["ended_at_ms"] as number | null,
    endReason: row["end_reason"] as Observation["endReason"],
    salt: String(row["salt"]),
    binding: String(row["binding"]),
    thresholds: row["thresholds"] === null ? null : (JSON.parse(String(row["thresholds"])) as number[]),
  };
}

function insertText<Item>(table: string, { fields }: Shape<Item>): string {
  return `insert or ignore into ${table} (${fields.map(columnOf).join(", ")}) values (${fields.map(() => "?").join(", ")})`;
}

function cellsOf<Item>(item: Item, { fields, flags }: Shape<Item>): Cell[] {
  // A field's value is what its column holds, but for flags.
  return fields.map((field) => (flags.has(field) ? Number(item[field]) : (item[field] as Cell)));
}

function itemOf<Item>(row: Row, { fields, flags }: Shape<Item>): Item {
  const item: Record<string, unknown> = {};
  for (const field of fields) {
    const value = row[columnOf(field)];
    item[field] = flags.has(field) ? value === 1 : value;
  }
  return item as Item; // `fields` names every one of them
}
