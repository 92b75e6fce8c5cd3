import { createHash } from "node:crypto";
import { z } from "zod";
import { ApiError } from "../errors.ts";
import { parseLine, readLines } from "../read-lines.ts";
import { Binding } from "./certificate.ts";
import type { AuditSample } from "./certify/certify.ts";

const Share = z.number().min(0).max(1);

/** First line of an observation file: what was observed, and what was fixed before outcomes were seen. */
export const ObservationHead = z.strictObject({
  kind: z.literal("observation"),
  schema: z.literal(1),
  binding: Binding,
  /** From the most careful to the boldest, i.e. falling; e.g. quantiles of the score on traffic without outcomes. */
  thresholds: z
    .array(z.number())
    .min(1)
    .refine((values) => values.every((value, i) => i === 0 || value < values[i - 1]!), "thresholds must fall"),
  window: z.strictObject({ from: z.iso.datetime(), to: z.iso.datetime() }),
  /** Requests on which nothing is claimed. */
  excluded_share: Share.default(0),
  /** Requests that were drawn and whose audit never came about; see `MOST_LOST`. */
  lost_share: Share.default(0),
  /** `exact`, or who judged. */
  judged_by: z.string().min(1),
  /** Chance of a label by people, given an audit; absent: the judge is the yardstick. */
  gold_inclusion: z.number().gt(0).max(1).optional(),
});
export type ObservationHead = z.infer<typeof ObservationHead>;

/** Beyond it audits no longer stand for the traffic: those that are lost may be the ones that go wrong. */
export const MOST_LOST = 0.01;

/** Every other line: one audited request. */
export const AuditRow = z.strictObject({
  kind: z.literal("audit"),
  request: z.string().min(1),
  session: z.string().min(1).optional(),
  stratum: z.string().min(1),
  score: z.number(),
  /** Drawn by the uniform part; certificates rest on these alone. */
  uniform: z.boolean(),
  inclusion: z.number().gt(0).max(1),
  incumbent_quality: Share,
  /** Of the model that the policy would have chosen. */
  routed_quality: Share,
  gold: z.strictObject({ incumbent_quality: Share, routed_quality: Share }).optional(),
});
export type AuditRow = z.infer<typeof AuditRow>;

export interface Observation {
  readonly head: ObservationHead;
  /** Of the uniform part. */
  readonly sample: AuditSample;
  readonly labels: number;
  /** SHA-256 of the file's lines. */
  readonly digest: string;
}

/** @throws ApiError `invalid_request`, naming the line */
export async function readObservation(file: string): Promise<Observation> {
  const hash = createHash("sha256");
  const rows: AuditRow[] = [];
  const seen = new Set<string>();
  let head: ObservationHead | null = null;
  for await (const { text, line } of readLines(file)) {
    hash.update(`${text}\n`);
    const place = `line ${line}`;
    if (head === null) {
      head = parseLine(ObservationHead, text, place);
      continue;
    }
    const row = parseLine(AuditRow, text, place);
    if (seen.has(row.request)) throw new ApiError("invalid_request", `${row.request} was audited before`, { place });
    seen.add(row.request);
    if (row.uniform) rows.push(row);
  }
  if (head === null) throw new ApiError("invalid_request", "the file is empty", { place: file });
  return {
    head,
    sample: sampleOf(head, rows),
    labels: rows.filter(({ gold }) => gold !== undefined).length,
    digest: hash.digest("hex"),
  };
}

/** Audits of the uniform part as columns. */
export function sampleOf(
  { gold_inclusion }: Pick<ObservationHead, "gold_inclusion">,
  rows: readonly AuditRow[],
): AuditSample {
  const column = (figureOf: (row: AuditRow) => number) => Float64Array.from(rows, figureOf);
  return {
    score: column(({ score }) => score),
    incumbentQuality: column((row) => row.incumbent_quality),
    routedQuality: column((row) => row.routed_quality),
    stratum: rows.map(({ stratum }) => stratum),
    session: rows.map(({ session, request }) => session ?? request),
    ...(gold_inclusion === undefined
      ? {}
      : {
          gold: {
            isLabelled: Uint8Array.from(rows, ({ gold }) => (gold === undefined ? 0 : 1)),
            incumbentQuality: column(({ gold }) => gold?.incumbent_quality ?? Number.NaN),
            routedQuality: column(({ gold }) => gold?.routed_quality ?? Number.NaN),
            inclusion: gold_inclusion,
          },
        }),
  };
}
