import { Readable } from "node:stream";
import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import { type Feedback, LogRecord } from "../../engine/schema/log-record.ts";
import { ApiError } from "../errors.ts";
import type { LogEntry } from "../log/entry.ts";
import { EntriesInput, ExportInput, readEntryQuery, readExport } from "../log/entry-input.ts";
import { EXPORT_TYPES, exportRecords } from "../log/export-records.ts";
import type { EntryFilter } from "../log/log-store.ts";
import { recordOfEntry } from "../log/record-of-entry.ts";
import type { RequestLog } from "../log/request-log.ts";
import type { Operation } from "../operation.ts";
import { readInput } from "../read-input.ts";
import type { Storage } from "../storage.ts";

const EXPORT_PAGE = 500;

const Page = z.strictObject({ rows: z.array(LogRecord), next_cursor: z.string().nullable() });

const list: Operation = {
  summary: "Logged requests, newest first",
  description:
    "Pages by cursor stay whole while requests are logged: none is repeated, none is left out. A page may be short and " +
    "still have a `next_cursor`, because a filter without an index looks at so many requests at a time. `sort=cost` " +
    "gives one page of the most costly among the newest million of the time asked for. Text is never part of a page.",
  access: "admin",
  query: EntriesInput,
  answers: { 200: { description: "A page", schema: Page } },
  errors: ["invalid_request", "not_ready"],
};
const LatencyQuery = z.strictObject({ from: EntriesInput.shape.from, to: EntriesInput.shape.to });
const Latency = z.strictObject({
  requests: z.number().meta({ description: "the newest that were measured" }),
  p50_ms: z.number().nullable(),
  p99_ms: z.number().nullable(),
});
const MOST_MEASURED = 1_000;

const latency: Operation = {
  summary: "Time that the gateway itself added to the newest requests",
  description: `Median and 99th percentile over at most ${MOST_MEASURED.toLocaleString("en-US")} requests; null where there was none.`,
  access: "admin",
  query: LatencyQuery,
  answers: { 200: { description: "Milliseconds", schema: Latency } },
  errors: ["invalid_request", "not_ready"],
};
const show: Operation = {
  summary: "One logged request with its feedback, and its text where the route keeps it",
  access: "admin",
  answers: { 200: { description: "The record", schema: LogRecord } },
  errors: ["unknown_request", "not_ready"],
};
const download: Operation = {
  summary: "Logged requests as a file: JSONL, CSV or Parquet",
  description: "Streamed, newest first. JSONL is what `weir datasets import weir-log` reads.",
  access: "admin",
  query: ExportInput,
  answers: { 200: { description: "The file", mediaType: "application/octet-stream" } },
  errors: ["invalid_request", "not_ready"],
};

export interface AdminRequestsDeps {
  readonly requestLog: Pick<RequestLog, "page" | "find">;
  readonly storage: Pick<Storage, "feedbackOf">;
  readonly clock: () => number;
}

export const adminRequestsRoute: FastifyPluginAsync<AdminRequestsDeps> = async (
  app,
  { requestLog, storage, clock },
) => {
  async function record(entry: LogEntry): Promise<LogRecord> {
    return recordOfEntry(entry, await feedbackOn(entry, storage));
  }

  async function* pages(filter: EntryFilter, withContent: boolean): AsyncGenerator<LogRecord[]> {
    for (let cursor: string | null = null; ; ) {
      const page = await requestLog.page({ ...filter, sort: "time", cursor, limit: EXPORT_PAGE, withContent });
      yield await Promise.all(page.entries.map(record));
      cursor = page.nextCursor;
      if (cursor === null) return;
    }
  }

  app.get("/admin/requests", { config: { operation: list } }, async (request) => {
    const { entries, nextCursor } = await requestLog.page(readEntryQuery(request.query, clock()));
    return { rows: await Promise.all(entries.map(record)), next_cursor: nextCursor };
  });

  app.get("/admin/requests/latency", { config: { operation: latency } }, async (request) => {
    const { from, to } = readInput(LatencyQuery, request.query);
    const query = readEntryQuery({ from, to, limit: MOST_MEASURED }, clock());
    const { entries } = await requestLog.page(query);
    const added = entries.map(({ overheadMs }) => overheadMs).sort((a, b) => a - b);
    const at = (share: number) => added[Math.min(added.length - 1, Math.floor(share * added.length))] ?? null;
    return { requests: added.length, p50_ms: at(0.5), p99_ms: at(0.99) };
  });

  app.get("/admin/requests/export", { config: { operation: download } }, async (request, reply) => {
    const { format, withContent, filter } = readExport(request.query, clock());
    return reply
      .header("content-type", EXPORT_TYPES[format])
      .header("content-disposition", `attachment; filename="requests.${format}"`)
      .send(Readable.from(exportRecords(pages(filter, withContent), format)));
  });

  app.get<{ Params: { id: string } }>("/admin/requests/:id", { config: { operation: show } }, async (request) => {
    const { id } = request.params;
    const entry = await requestLog.find(id);
    if (entry === null)
      throw new ApiError("unknown_request", `there is no request "${id}" in the log`, { place: "id" });
    return record(entry);
  });
};

/** Said of the request or of its decision. */
async function feedbackOn(entry: LogEntry, storage: Pick<Storage, "feedbackOf">): Promise<Feedback[]> {
  const ids = entry.decision === null ? [entry.id] : [entry.id, entry.decision.id];
  const lists = await Promise.all(ids.map((id) => storage.feedbackOf(id)));
  return lists.flatMap((list, i) =>
    list.map(({ source, score, comment, atMs }) => ({
      id: ids[i]!,
      source,
      score,
      ...(comment === null ? {} : { comment }),
      at: new Date(atMs).toISOString(),
    })),
  );
}
