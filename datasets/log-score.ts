import { toQuality, valueAt } from "./row-to-records.ts";

/** Where applications are used to put what a user or a judge said of an answer. */
const PLACES = [
  "score",
  "quality",
  "feedback.score",
  "feedback.value",
  "feedback.rating",
  "feedback",
  "rating",
  "label",
  "metadata.score",
  "metadata.quality",
  "metadata.feedback",
  "metadata.requester_metadata.score",
  "metadata.requester_metadata.quality",
  "metadata.requester_metadata.feedback",
  "metadata.spend_logs_metadata.score",
  "metadata.spend_logs_metadata.quality",
  "metadata.spend_logs_metadata.feedback",
] as const;

const WORDS: Readonly<Record<string, number>> = {
  thumbs_up: 1,
  thumbs_down: 0,
  up: 1,
  down: 0,
  positive: 1,
  negative: 0,
  pass: 1,
  fail: 0,
};

/** The score of a log row: at `path` when one is given, else at the first usual place that holds one. */
export function findScore(row: unknown, path: string | undefined): unknown {
  if (path !== undefined) return readScore(valueAt(row, path));
  for (const place of PLACES) {
    const score = readScore(valueAt(row, place));
    if (typeof score === "number") return score;
  }
  return undefined;
}

function readScore(value: unknown): unknown {
  if (value === null || value === undefined || value === "") return undefined;
  if (typeof value === "string") return WORDS[value.trim().toLowerCase()] ?? toQuality(value);
  return typeof value === "object" ? undefined : toQuality(value);
}
