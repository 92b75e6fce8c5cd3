import type { AddressInfo } from "node:net";
import { inProcessServer } from "../in-process/in-process-fetch.ts";
import { buildTestApp } from "./build-test-app.ts";
import { anthropicVendor } from "./vendors/anthropic.ts";
import { geminiVendor } from "./vendors/gemini.ts";
import { openAiChatVendor } from "./vendors/openai-chat.ts";
import { openAiResponsesVendor } from "./vendors/openai-responses.ts";
import { type RunningVendor, startVendor } from "./vendors/vendor.ts";

/** A model at each vendor's double, and what it says to a plain prompt. */
export const MODELS = [
  { vendor: "openai", model: "openai/gpt-4o", says: "Hello from openai-chat." },
  { vendor: "responses", model: "responses/gpt-4.1", says: "Hello from openai-responses." },
  { vendor: "anthropic", model: "anthropic/claude-sonnet-4-5", says: "Hello from anthropic." },
  { vendor: "google", model: "google/gemini-2.5-flash", says: "Hello from gemini." },
] as const;

export type VendorName = (typeof MODELS)[number]["vendor"];

/** Weir on a port before doubles of four vendors, for clients that know nothing of either. */
export interface ClientStage {
  /** Origin at which Weir listens. */
  readonly url: string;
  /** The same Weir without its socket. */
  readonly fetch: typeof globalThis.fetch;
  readonly vendors: Readonly<Record<VendorName, RunningVendor>>;
  /** Requests that a vendor's double refused since the last look. */
  takeRefusals(): string[];
  close(): Promise<void>;
}

/** @param asksForKeys whether callers must show a key */
export async function openClientStage(asksForKeys = false): Promise<ClientStage> {
  const [openai, responses, anthropic, google] = (await Promise.all(
    [openAiChatVendor, openAiResponsesVendor, anthropicVendor, geminiVendor].map(startVendor),
  )) as [RunningVendor, RunningVendor, RunningVendor, RunningVendor];
  const vendors = { openai, responses, anthropic, google };
  const host = await buildTestApp({
    config: `
upstreams:
  openai: { provider: openai, baseUrl: "${openai.url}/v1", apiKey: sk-double }
  responses: { provider: openai-responses, baseUrl: "${responses.url}/v1", apiKey: sk-double }
  anthropic: { provider: anthropic, baseUrl: "${anthropic.url}", apiKey: sk-ant-double }
  google: { provider: google, baseUrl: "${google.url}", apiKey: AIzaDouble }
  simulated: { provider: simulated }
candidates:
  - { id: openai/gpt-4o, upstream: openai, resembles: large }
  - { id: openai/text-embedding-3-small, upstream: openai, resembles: small }
  - { id: responses/gpt-4.1, upstream: responses, resembles: large }
  - { id: anthropic/claude-sonnet-4-5, upstream: anthropic, resembles: medium }
  - { id: google/gemini-2.5-flash, upstream: google, resembles: small }
  - { id: google/gemini-embedding-001, upstream: google, resembles: small }
  - { id: simulated/small, upstream: simulated, resembles: small, price: { inputUsdPerMTok: 1, outputUsdPerMTok: 1 } }
routes:
  default:
    incumbent: anthropic/claude-sonnet-4-5
    candidates: [openai/gpt-4o, anthropic/claude-sonnet-4-5, google/gemini-2.5-flash]
    mode: active
    activation: { override: test }
  backed:
    incumbent: anthropic/claude-sonnet-4-5
    candidates: [anthropic/claude-sonnet-4-5]
    fallbacks: [anthropic/claude-sonnet-4-5]
auth: { required: ${asksForKeys} }
gateway: { retries: 0, bodyLimitBytes: ${BODY_LIMIT_BYTES} }
`,
  });
  await host.app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = host.app.server.address() as AddressInfo;
  const inProcess = inProcessServer(host.app);
  return {
    url: `http://127.0.0.1:${port}`,
    fetch: inProcess.fetch,
    vendors,
    takeRefusals: () => Object.values(vendors).flatMap(({ refusals }) => refusals.splice(0)),
    async close() {
      inProcess.abort();
      await host.close();
      await Promise.all(Object.values(vendors).map((vendor) => vendor.close()));
    },
  };
}

/** Small, so that a test may go over it. */
export const BODY_LIMIT_BYTES = 100_000;

/** Statuses at which vendors fail and clients' libraries have classes of their own. */
export const FAULT_STATUSES = [400, 401, 403, 404, 413, 422, 429, 500, 503, 504] as const;
