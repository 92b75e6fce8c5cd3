import { Readable } from "node:stream";
import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import type { Activation } from "../activation/activation.ts";
import { ApiError } from "../errors.ts";
import type { Operation } from "../operation.ts";
import { readInput } from "../read-input.ts";
import { monthBody } from "../savings/savings-command.ts";
import type { LedgerStore } from "../savings/store/ledger-store.ts";
import type { LedgerWriter } from "../savings/store/ledger-writer.ts";
import { createSavingsReader } from "../savings/store/read-savings.ts";
import type { Settings } from "../settings.ts";

const Name = z.string().min(1).max(200);
const Query = z.strictObject({
  route: Name.default("default"),
  month: z
    .string()
    .regex(/^\d{4}-(0[1-9]|1[0-2])$/, "a month, e.g. 2026-11")
    .optional(),
});
const LedgerQuery = z.strictObject({ route: Name.default("default") });
const RevealBody = z.strictObject({ route: Name });
const Savings = z.strictObject({
  route: z.string(),
  rows: z.number(),
  head: z
    .string()
    .nullable()
    .meta({ description: "hash of the last row: keep it, a chain cannot show that its end was cut off" }),
  why_none: z.string().nullable(),
  terms: z
    .strictObject({
      incumbent: z.string(),
      holdout: z.number(),
      salt_commitment: z.string(),
      confidence: z.number(),
      fee_share: z.number(),
      quality_margin: z.number(),
      certificate: z.string().nullable(),
      since: z.string(),
    })
    .nullable(),
  lost_rows: z.number(),
  months: z.array(z.looseObject({ month: z.string() })),
});

const show: Operation = {
  summary: "What routing saved against the holdout, by month, with intervals and fee, from the ledger",
  access: "admin",
  query: Query,
  answers: { 200: { description: "Months, newest last", schema: Savings } },
  errors: ["invalid_request", "unknown_route"],
};
const download: Operation = {
  summary: "The ledger, for `weir savings verify`",
  access: "admin",
  query: LedgerQuery,
  answers: { 200: { description: "One row a line", mediaType: "application/x-ndjson" } },
  errors: ["invalid_request", "unknown_route"],
};
const reveal: Operation = {
  summary: "Show the salt of the holdout in the ledger and draw with another one from now on",
  description: "Whoever has the ledger can then draw every session of the period again.",
  access: "admin",
  body: RevealBody,
  answers: {
    200: {
      description: "Revealed",
      schema: z.strictObject({ route: z.string(), revealed_period: z.number(), period: z.number() }),
    },
  },
  errors: ["invalid_request", "unknown_route"],
};

const LINES_AT_ONCE = 500;

export interface AdminSavingsDeps {
  readonly ledger: LedgerStore;
  readonly writer: Pick<LedgerWriter, "flush" | "lost">;
  readonly activation: Pick<Activation, "reveal">;
  readonly settings: () => Pick<Settings, "routes">;
}

export const adminSavingsRoute: FastifyPluginAsync<AdminSavingsDeps> = async (app, deps) => {
  const { ledger, writer, activation, settings } = deps;
  const reader = createSavingsReader(ledger);

  /** A route that is gone may have a ledger still. */
  function refuseUnknown(route: string): void {
    if (Object.hasOwn(settings().routes, route) || ledger.head(route) !== null) return;
    throw new ApiError("unknown_route", `there is no route "${route}", and no ledger of one`, { place: "route" });
  }

  app.get("/admin/savings", { config: { operation: show } }, async (request) => {
    const { route, month } = readInput(Query, request.query);
    refuseUnknown(route);
    writer.flush();
    const { rows, months, terms } = await reader.read(route);
    return {
      route,
      rows,
      head: ledger.head(route)?.hash ?? null,
      why_none: rows > 0 ? null : "no session was held back: the route is not active, or its holdout is 0",
      terms:
        terms === null
          ? null
          : {
              incumbent: terms.fact.incumbent,
              holdout: terms.fact.holdout,
              salt_commitment: terms.fact.salt_commitment,
              confidence: terms.fact.confidence,
              fee_share: terms.fact.fee_share,
              quality_margin: terms.fact.quality_margin,
              certificate: terms.fact.certificate,
              since: terms.at,
            },
      lost_rows: writer.lost,
      months: months.filter((statement) => month === undefined || statement.month === month).map(monthBody),
    };
  });

  app.get("/admin/savings/ledger", { config: { operation: download } }, async (request, reply) => {
    const { route } = readInput(LedgerQuery, request.query);
    refuseUnknown(route);
    writer.flush();
    reply.header("content-type", "application/x-ndjson");
    reply.header("content-disposition", 'attachment; filename="ledger.jsonl"');
    return reply.send(Readable.from(linesOf(ledger, route)));
  });

  app.post("/admin/savings/reveal", { config: { operation: reveal } }, async (request) => {
    const { route } = readInput(RevealBody, request.body);
    const { revealed, begun } = activation.reveal(route);
    return { route, revealed_period: revealed, period: begun };
  });
};

function* linesOf(ledger: LedgerStore, route: string): Generator<string> {
  for (let fromSeq = 0; ; fromSeq += LINES_AT_ONCE) {
    const lines = ledger.lines(route, { fromSeq, limit: LINES_AT_ONCE });
    if (lines.length > 0) yield `${lines.join("\n")}\n`;
    if (lines.length < LINES_AT_ONCE) return;
  }
}
