import { z } from "zod";
import { type Address, defineProvider, type Provider, type UpstreamTarget, type WireRequest } from "../provider.ts";
import { decodeGeminiCount } from "./_google/count.ts";
import { decodeGemini } from "./_google/decode.ts";
import { encodeGemini } from "./_google/encode.ts";
import { decodeGeminiError } from "./_google/fault.ts";
import { decodeGeminiStream } from "./_google/stream.ts";
import { parseJson } from "./_shared/json.ts";
import { originOf } from "./_shared/origin.ts";
import { ServiceAccount, selfSignedToken } from "./_vertex/access-token.ts";
import { claudeOnVertex, isClaude } from "./_vertex/claude.ts";
import { decodeVertexEmbed, encodeVertexEmbed } from "./_vertex/embed.ts";

const HOUSE = { takesCallIds: false, takesLogprobs: true };
/** A token is renewed this long before it ends. */
const RENEW_MS = 5 * 60_000;

const Options = z.strictObject({
  /** Google Cloud project; not needed with a service account that names it, or with an API key (express mode). */
  project: z.string().min(1).optional(),
  /** Region, or `global`. */
  location: z.string().min(1).optional(),
  /** OAuth token that somebody else renews. */
  accessToken: z.string().min(1).optional(),
  /** Service account key: the JSON file's content, as text or as an object. */
  serviceAccount: z
    .union([z.string().transform((text) => parseJson(text)), z.unknown()])
    .pipe(ServiceAccount)
    .optional(),
});
type VertexOptions = z.infer<typeof Options>;

/** Tokens by the settings they were made for; they go when the settings go. */
const tokens = new WeakMap<object, { readonly token: string; readonly expiresAtMs: number }>();

/** Gemini on Google Cloud, and Claude. */
const vertex: Provider = defineProvider({
  name: "vertex",
  baseUrl: null,
  format: "gemini",
  prices: "google",
  options: Options,
  abilities: { tools: true, images: true, documents: true, jsonSchema: true, streaming: true, embeddings: true },
  address: (target, { model, stream }) =>
    addressOf(target, model, stream ? "streamGenerateContent?alt=sse" : "generateContent"),
  async sign(request: WireRequest, target: UpstreamTarget, nowMs = Date.now()) {
    const { serviceAccount, accessToken } = target.options as VertexOptions;
    if (serviceAccount === undefined || accessToken !== undefined) return request;
    let held = tokens.get(serviceAccount);
    if (held === undefined || held.expiresAtMs - RENEW_MS < nowMs) {
      held = selfSignedToken(serviceAccount, nowMs);
      tokens.set(serviceAccount, held);
    }
    return { ...request, headers: { ...request.headers, authorization: `Bearer ${held.token}` } };
  },
  encode: (request, model) => encodeGemini(request, model, HOUSE),
  decode: decodeGemini,
  decodeStream: decodeGeminiStream,
  decodeError: decodeGeminiError,
  embed: {
    address: (target, { model }) => addressOf(target, model, "predict"),
    encode: (request) => encodeVertexEmbed(request),
    decode: decodeVertexEmbed,
  },
  count: {
    address: (target, { model }) => addressOf(target, model, "countTokens"),
    encode(request, model) {
      const { body, dropped } = encodeGemini(request, model, HOUSE);
      const { contents, systemInstruction, tools } = body as Record<string, unknown>;
      return { body: { contents, systemInstruction, tools }, dropped };
    },
    decode: decodeGeminiCount,
  },
  ofModel: (model) => (isClaude(model) ? claude : null),
});
const claude = claudeOnVertex(vertex, addressOf);

export default vertex;

function addressOf(target: UpstreamTarget, model: string, call: string, publisher = "google"): Address {
  // Checked by the schema above.
  const { project, location = "global", accessToken, serviceAccount } = target.options as VertexOptions;
  const host = location === "global" ? "aiplatform.googleapis.com" : `${location}-aiplatform.googleapis.com`;
  const owner = project ?? serviceAccount?.project_id;
  const parent = owner === undefined ? "" : `/projects/${owner}/locations/${location}`;
  const path = model.includes("/") ? model : `publishers/${publisher}/models/${encodeURIComponent(model)}`;
  // A token of gcloud may stand where a key stands.
  const bearer = accessToken ?? (target.apiKey?.startsWith("ya29.") ? target.apiKey : undefined);
  const key: Record<string, string> =
    bearer !== undefined
      ? { authorization: `Bearer ${bearer}` }
      : target.apiKey !== null
        ? { "x-goog-api-key": target.apiKey }
        : {};
  return {
    url: `${originOf(target.baseUrl ?? `https://${host}`, "v1", "v1beta1")}/v1${parent}/${path}:${call}`,
    headers: { ...key, ...target.headers },
  };
}
