import { z } from "zod";
import { defineProvider, type UpstreamTarget } from "../provider.ts";
import { openAiChatProvider } from "./_openai-chat/provider.ts";
import { OPENAI_QUIRKS } from "./_openai-chat/quirks.ts";

const Options = z.strictObject({
  /** `v1` is the newer surface without versions by date. */
  apiVersion: z.string().min(1).optional(),
  /** Name of the deployment; without it the model's name serves. */
  deployment: z.string().min(1).optional(),
  /** Token of Entra ID that somebody else renews, instead of a key. */
  accessToken: z.string().min(1).optional(),
});
const DEFAULT_VERSION = "2024-10-21";

const base = openAiChatProvider({ name: "azure-openai", baseUrl: null, prices: "azure", quirks: OPENAI_QUIRKS });

/** OpenAI's models on Azure: one URL a deployment. `baseUrl` is the resource: `https://NAME.openai.azure.com`. */
export default defineProvider({
  ...base,
  options: Options,
  address: (target, { model }) => addressOf(target, model, "chat/completions"),
  embed: { ...base.embed!, address: (target, { model }) => addressOf(target, model, "embeddings") },
});

function addressOf(target: UpstreamTarget, model: string, path: string) {
  // Checked by the schema above.
  const { apiVersion = DEFAULT_VERSION, deployment = model, accessToken } = target.options as z.infer<typeof Options>;
  const resource = (target.baseUrl ?? "").replace(/\/+$/, "").replace(/\/openai(\/v1)?$/, "");
  const key: Record<string, string> =
    accessToken !== undefined
      ? { authorization: `Bearer ${accessToken}` }
      : target.apiKey !== null
        ? { "api-key": target.apiKey }
        : {};
  const url =
    apiVersion === "v1"
      ? `${resource}/openai/v1/${path}`
      : `${resource}/openai/deployments/${encodeURIComponent(deployment)}/${path}?api-version=${encodeURIComponent(apiVersion)}`;
  return { url, headers: { ...key, ...target.headers } };
}
