import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import type { RequestLog } from "../log/request-log.ts";
import type { Operation } from "../operation.ts";
import { csvLine } from "../usage/csv.ts";
import { rowBody, usageBody } from "../usage/usage-body.ts";
import { readUsageQuery, UsageInput } from "../usage/usage-input.ts";

const Sums = z.looseObject({
  requests: z.number(),
  errors: z.number(),
  input_tokens: z.number(),
  cached_tokens: z.number(),
  output_tokens: z.number(),
  cost_usd: z.number().nullable().meta({ description: "null: no request of the row has a known cost" }),
  saved_usd: z.number(),
  unpriced_requests: z.number().meta({ description: "their cost is not in cost_usd" }),
});
const Usage = z.strictObject({
  from: z.string(),
  to: z.string(),
  rows: z.array(Sums),
  total: Sums,
  truncated: z.boolean(),
});

const operation: Operation = {
  summary: "What was used and spent: by time, model, feature, team, tenant, key, user and more",
  description:
    "Rows by time, then the most costly first; `total` is over everything. Sums are kept by the minute, hour, day and " +
    "month and never estimated; a question that cuts through a bucket is widened to it, and `from` and `to` of the " +
    "answer say what it covers. `filter.<dimension>=` may be repeated; an empty value stands for requests without it.",
  access: "admin",
  query: UsageInput,
  answers: { 200: { description: "Sums; CSV with `format=csv`", schema: Usage } },
  errors: ["invalid_request", "not_ready"],
};

export interface AdminUsageDeps {
  readonly requestLog: Pick<RequestLog, "usage">;
  readonly clock: () => number;
}

export const adminUsageRoute: FastifyPluginAsync<AdminUsageDeps> = async (app, { requestLog, clock }) => {
  app.get("/admin/usage", { config: { operation } }, async (request, reply) => {
    const { format, ...query } = readUsageQuery(request.query, clock());
    const answer = await requestLog.usage(query);
    if (format === "json") return usageBody(answer);
    const rows = answer.rows.map(rowBody);
    const names = Object.keys(rows[0] ?? rowBody({ bucketMs: null, group: {}, counters: answer.total }));
    return reply
      .header("content-type", "text/csv; charset=utf-8")
      .header("content-disposition", 'attachment; filename="usage.csv"')
      .send([names, ...rows.map((row) => Object.values(row))].map(csvLine).join(""));
  });
};
