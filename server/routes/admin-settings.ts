import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import { buildCatalogue } from "../catalogue.ts";
import type { Operation } from "../operation.ts";
import { maskedSettings, type Settings } from "../settings.ts";

const Reloaded = z.strictObject({ status: z.literal("reloaded"), notices: z.array(z.string()) });

const show: Operation = {
  summary: "The effective configuration, secrets masked",
  access: "admin",
  answers: { 200: { description: "Configuration", schema: z.looseObject({}) } },
};
const reload: Operation = {
  summary: "Read the configuration again",
  description: "A configuration with problems changes nothing; they are all listed.",
  access: "admin",
  answers: { 200: { description: "In effect", schema: Reloaded } },
  errors: ["config_invalid"],
};
const prices: Operation = {
  summary: "Candidates with price, context and abilities, and what is unknown",
  access: "admin",
  answers: { 200: { description: "Catalogue", schema: z.looseObject({}) } },
};

export interface AdminSettingsDeps {
  readonly settings: () => Settings;
  readonly reload: () => Promise<void>;
  readonly clock: () => number;
}

export const adminSettingsRoute: FastifyPluginAsync<AdminSettingsDeps> = async (app, deps) => {
  app.get("/admin/settings", { config: { operation: show } }, async () => maskedSettings(deps.settings()));

  app.post("/admin/reload", { config: { operation: reload } }, async () => {
    await deps.reload();
    return { status: "reloaded", notices: deps.settings().notices };
  });

  app.get("/admin/prices", { config: { operation: prices } }, async () => {
    const { candidates, alerts } = buildCatalogue(deps.settings(), new Date(deps.clock()));
    return {
      candidates: candidates.map(
        ({ candidateId, upstreamId, model, price, contextTokens, maxOutputTokens, abilities }) => ({
          model: candidateId,
          upstream: upstreamId,
          upstream_model: model,
          price:
            price === null
              ? null
              : {
                  input_usd_per_mtok: price.inputMicroUsdPerMTok / 1e6,
                  output_usd_per_mtok: price.outputMicroUsdPerMTok / 1e6,
                  cache_read_usd_per_mtok:
                    price.cacheReadMicroUsdPerMTok === undefined ? null : price.cacheReadMicroUsdPerMTok / 1e6,
                },
          context_tokens: contextTokens,
          max_output_tokens: maxOutputTokens,
          abilities,
        }),
      ),
      alerts,
    };
  });
};
