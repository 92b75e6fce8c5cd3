import type { CandidateConfig, PoolSection, RouteSection, UpstreamConfig } from "./config-schema.ts";

/** Key that clients may send in demo mode; it opens nothing but the demo. */
export const DEMO_KEY = "weir-demo";

/** Provider of the built-in upstreams: nothing leaves the machine and no answer is a vendor's. */
export const SIMULATED_PROVIDER = "simulated";

const MODELS = [
  "openai/gpt-4o-mini",
  "openai/gpt-4o",
  "anthropic/claude-haiku-4-5",
  "anthropic/claude-sonnet-4-5",
  "google/gemini-2.5-flash",
  "groq/llama-3.3-70b-versatile",
] as const;

/** What `weir serve` runs without a file: well-known models at their list prices, behind simulated upstreams. */
export function demoSections(): {
  upstreams: Record<string, UpstreamConfig>;
  candidates: CandidateConfig[];
  routes: Record<string, RouteSection>;
  pools: Record<string, PoolSection>;
} {
  const vendors = [...new Set(MODELS.map(vendorOf))];
  return {
    upstreams: Object.fromEntries(
      vendors.map((vendor) => [vendor, { provider: SIMULATED_PROVIDER, pricesFrom: vendor }]),
    ),
    candidates: MODELS.map((id) => ({ id, upstream: vendorOf(id) })),
    routes: {
      default: {
        incumbent: "openai/gpt-4o",
        candidates: [...MODELS],
        mode: "active",
        policy: { name: "quality-target", quality: 0.95 },
        rules: [],
        fallbacks: [],
      },
    },
    pools: {},
  };
}

function vendorOf(id: string): string {
  return id.slice(0, id.indexOf("/"));
}
