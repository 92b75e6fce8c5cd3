import { ActivationSection } from "./activation/activation-config.ts";
import type { CandidateConfig, PoolSection, RouteSection, UpstreamConfig } from "./config-schema.ts";
import { GuardrailConfig } from "./guarding/guardrail-config.ts";
import { ObservationSection } from "./observation/observe/observation-config.ts";

/** Key that clients may send in demo mode; it opens nothing but the demo. */
export const DEMO_KEY = "weir-demo";

/** Provider of the built-in upstreams: nothing leaves the machine and no answer is a vendor's. */
export const SIMULATED_PROVIDER = "simulated";

/** Route of the company whose days `weir demo` plays. */
export const DEMO_ROUTE = "assistant";

/** Days that its observation takes, of the fourteen that are played. */
const OBSERVED_DAYS = 6;

const MODELS = [
  "openai/gpt-4o-mini",
  "openai/gpt-4o",
  "anthropic/claude-haiku-4-5",
  "anthropic/claude-sonnet-4-5",
  "google/gemini-2.5-flash",
  "groq/llama-3.3-70b-versatile",
] as const;

/** Share of prompts that each simulated model answers well. */
const QUALITY = {
  "gpt-4o-mini": 0.945,
  "gpt-4o": 0.95,
  "claude-haiku-4-5": 0.95,
  "claude-sonnet-4-5": 0.96,
  "gemini-2.5-flash": 0.945,
  "llama-3.3-70b-versatile": 0.945,
};

/** Personal data of the played company's customers leaves it redacted. */
export const DEMO_GUARDRAILS = [
  GuardrailConfig.parse({ name: "customer-data", check: "pii", action: "redact", for: { routes: [DEMO_ROUTE] } }),
];

/** What `weir serve` runs without a file: well-known models at their list prices, behind simulated upstreams. */
export function demoSections(): {
  upstreams: Record<string, UpstreamConfig>;
  candidates: CandidateConfig[];
  routes: Record<string, RouteSection>;
  pools: Record<string, PoolSection>;
} {
  const vendors = [...new Set(MODELS.map(vendorOf))];
  const incumbent = "openai/gpt-4o";
  return {
    upstreams: Object.fromEntries(
      vendors.map((vendor) => [
        vendor,
        { provider: SIMULATED_PROVIDER, pricesFrom: vendor, options: { quality: QUALITY } },
      ]),
    ),
    candidates: MODELS.map((id) => ({ id, upstream: vendorOf(id) })),
    routes: {
      default: {
        incumbent,
        candidates: [...MODELS],
        mode: "active",
        activation: ActivationSection.parse({ override: "demo: nothing leaves this machine" }),
        policy: { name: "quality-target", quality: 0.95 },
        rules: [],
        fallbacks: [],
      },
      [DEMO_ROUTE]: {
        incumbent,
        candidates: [...MODELS],
        mode: "active",
        activation: ActivationSection.parse({ ramp: { stages: [0.1, 0.5, 1], hours: 12, requests: 15 } }),
        policy: { name: "quality-target", quality: 0.95 },
        rules: [],
        fallbacks: ["anthropic/claude-sonnet-4-5", "google/gemini-2.5-flash"],
        cache: { ttlSeconds: 86_400 },
        // Simulated answers say of themselves whether they are good, so a rule judges them and no model has to.
        observation: ObservationSection.parse({
          days: OBSERVED_DAYS,
          auditRate: 0.7,
          activeAuditRate: 0.15,
          verifiers: [{ use: "regex", pattern: "a good answer" }],
          auditPrivate: true,
        }),
        certificate: { maxQualityLoss: 0.05, confidence: 0.95 },
        holdout: 0.25,
      },
    },
    pools: {},
  };
}

function vendorOf(id: string): string {
  return id.slice(0, id.indexOf("/"));
}
