import { AwsV4Signer } from "aws4fetch";
import { z } from "zod";
import { type Address, defineProvider, type UpstreamTarget, type WireRequest } from "../provider.ts";
import { decodeConverse } from "./_bedrock/decode.ts";
import { decodeBedrockEmbed, encodeBedrockEmbed, textsAtOnce } from "./_bedrock/embed.ts";
import { encodeConverse } from "./_bedrock/encode.ts";
import { decodeBedrockError } from "./_bedrock/fault.ts";
import { decodeConverseStream } from "./_bedrock/stream.ts";
import { originOf } from "./_shared/origin.ts";

const Options = z.strictObject({
  region: z.string().min(1).optional(),
  accessKeyId: z.string().min(1).optional(),
  secretAccessKey: z.string().min(1).optional(),
  sessionToken: z.string().min(1).optional(),
});
type BedrockOptions = z.infer<typeof Options>;

const DEFAULT_REGION = "us-east-1";

/** Amazon Bedrock by its Converse API. `apiKey` is a Bedrock API key; without one, requests are signed (SigV4). */
export default defineProvider({
  name: "bedrock",
  baseUrl: null,
  format: "bedrock-converse",
  prices: "aws",
  options: Options,
  abilities: { tools: true, images: true, documents: true, jsonSchema: true, streaming: true, embeddings: true },
  address: (target, { model, stream }) => addressOf(target, model, stream ? "converse-stream" : "converse"),
  async sign(request, target, nowMs = Date.now()) {
    const { region = DEFAULT_REGION, accessKeyId, secretAccessKey, sessionToken } = target.options as BedrockOptions;
    if (target.apiKey !== null || accessKeyId === undefined || secretAccessKey === undefined) return request;
    const signer = new AwsV4Signer({
      method: request.method,
      url: request.url,
      headers: { ...request.headers },
      ...(request.body === null ? {} : { body: request.body as string | Uint8Array<ArrayBuffer> }),
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      service: "bedrock",
      region,
      datetime: new Date(nowMs).toISOString().replace(/[:-]|\.\d{3}/g, ""),
    });
    const signed = await signer.sign();
    const headers: Record<string, string> = {};
    signed.headers.forEach((value, name) => {
      headers[name] = value;
    });
    return { ...request, headers } satisfies WireRequest;
  },
  encode: (request, model) => encodeConverse(request, model),
  decode: decodeConverse,
  decodeStream: decodeConverseStream,
  decodeError: decodeBedrockError,
  embed: {
    textsAtOnce,
    address: (target, { model }) => addressOf(target, model, "invoke"),
    encode: encodeBedrockEmbed,
    decode: decodeBedrockEmbed,
  },
});

function addressOf(target: UpstreamTarget, model: string, call: string): Address {
  const { region = DEFAULT_REGION } = target.options as BedrockOptions;
  const base = originOf(target.baseUrl ?? `https://bedrock-runtime.${region}.amazonaws.com`);
  const key: Record<string, string> = target.apiKey === null ? {} : { authorization: `Bearer ${target.apiKey}` };
  return { url: `${base}/model/${encodeURIComponent(model)}/${call}`, headers: { ...key, ...target.headers } };
}
