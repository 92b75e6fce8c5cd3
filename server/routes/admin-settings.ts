import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import type { Candidate, Price } from "../../engine/schema/candidate.ts";
import { begunPrice } from "../catalogue.ts";
import type { Operation } from "../operation.ts";
import type { RouterService } from "../router-service.ts";
import { maskedSettings, type Settings } from "../settings.ts";
import type { SettingsEdits } from "../settings-edit/settings-edits.ts";

const Reloaded = z.strictObject({ status: z.literal("reloaded"), notices: z.array(z.string()) });

const FileBody = z.strictObject({
  path: z.string().meta({ description: "where weir.yaml is, or would be; empty where it is in no file" }),
  exists: z.boolean(),
  writable: z.boolean(),
  reason: z.string().nullable().meta({ description: "why it is not changed here" }),
  etag: z.string().meta({ description: "goes with every change: it is refused when the file is another by then" }),
});

const show: Operation = {
  summary: "The effective configuration, secrets masked, and the file that it is from",
  access: "admin",
  answers: { 200: { description: "Configuration", schema: z.looseObject({ file: FileBody }) } },
};
const reloadNow: Operation = {
  summary: "Read the configuration again",
  description: "A configuration with problems changes nothing; they are all listed.",
  access: "admin",
  answers: { 200: { description: "In effect", schema: Reloaded } },
  errors: ["config_invalid"],
};
const prices: Operation = {
  summary: "Candidates with price, context and abilities, and what is unknown",
  description:
    "`price_source` says whose price is in effect: that of weir.yaml (from `price_from` on, where it says so), or the price " +
    "list's that is shipped with Weir; null: nobody knows one.",
  access: "admin",
  answers: { 200: { description: "Catalogue", schema: z.looseObject({}) } },
};

export interface AdminSettingsDeps {
  readonly settings: () => Settings;
  readonly routers: RouterService;
  readonly reload: () => Promise<void>;
  readonly edits: SettingsEdits;
  readonly clock: () => number;
}

export const adminSettingsRoute: FastifyPluginAsync<AdminSettingsDeps> = async (app, deps) => {
  const { settings, routers, reload, edits, clock } = deps;
  app.get("/admin/settings", { config: { operation: show } }, async () => {
    const { path, exists, reason, etag } = edits.file();
    const file: z.infer<typeof FileBody> = { path, exists, writable: reason === null, reason, etag };
    return { ...(maskedSettings(settings()) as object), file };
  });

  app.post("/admin/reload", { config: { operation: reloadNow } }, async () => {
    await reload();
    return { status: "reloaded", notices: settings().notices };
  });

  app.get("/admin/prices", { config: { operation: prices } }, async () => {
    const { candidates, alerts } = routers.catalogue;
    const written = new Map(settings().candidates.map(({ id, price }) => [id, price]));
    const at = new Date(clock());
    const sourceBody = ({ candidateId, price }: Candidate) => {
      const own = written.get(candidateId);
      if (own === undefined) return { price_source: price === null ? null : "list", price_from: null };
      return { price_source: "weir.yaml", price_from: begunPrice(own, at)?.from ?? null };
    };
    return { candidates: candidates.map((one) => ({ ...candidateBody(one), ...sourceBody(one) })), alerts };
  });
};

function candidateBody(candidate: Candidate) {
  return {
    model: candidate.candidateId,
    upstream: candidate.upstreamId,
    upstream_model: candidate.model,
    price: candidate.price === null ? null : priceBody(candidate.price),
    context_tokens: candidate.contextTokens,
    max_output_tokens: candidate.maxOutputTokens,
    abilities: candidate.abilities,
  };
}

function priceBody(price: Price) {
  return {
    input_usd_per_mtok: price.inputMicroUsdPerMTok / 1e6,
    output_usd_per_mtok: price.outputMicroUsdPerMTok / 1e6,
    cache_read_usd_per_mtok: price.cacheReadMicroUsdPerMTok === undefined ? null : price.cacheReadMicroUsdPerMTok / 1e6,
    cache_write_usd_per_mtok:
      price.cacheWriteMicroUsdPerMTok === undefined ? null : price.cacheWriteMicroUsdPerMTok / 1e6,
  };
}
