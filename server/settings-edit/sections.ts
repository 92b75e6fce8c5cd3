import { z } from "zod";
import {
  CandidateConfig,
  PoolSection,
  plainSections,
  poolName,
  RouteSection,
  routeName,
  UpstreamConfig,
  upstreamName,
} from "../config-schema.ts";
import { RESTART_PATHS } from "./needs-restart.ts";

/** A section of weir.yaml, for whoever edits it. */
export interface SectionInfo {
  readonly title: string;
  readonly description: string;
  readonly schema: z.ZodType;
}

const SECTIONS = {
  limits: {
    title: "Limits",
    description:
      "Most requests and tokens a minute, and requests at once, of a key, team, user, tenant, model or route",
    schema: plainSections.limits,
  },
  budgets: {
    title: "Budgets of the file",
    description: "Caps on what is spent; those made by POST /admin/budgets stand beside them",
    schema: plainSections.budgets,
  },
  guardrails: {
    title: "Guardrails",
    description: "Checks of what goes to models and of what they answer, and what follows when they find something",
    schema: plainSections.guardrails,
  },
  cache: { title: "Cache", description: "Which answers are kept, for whom and how long", schema: plainSections.cache },
  routes: {
    title: "Routes",
    description: "Names that clients ask for, each with the models that may answer and how one is chosen",
    schema: z.record(routeName, RouteSection),
  },
  candidates: {
    title: "Candidates",
    description: "Models with what they cost and can, where the price list does not know or shall not say",
    schema: z.array(CandidateConfig),
  },
  pools: {
    title: "Pools",
    description: "Equal upstreams of one model, and which of them is asked first",
    schema: z.record(poolName, PoolSection),
  },
  upstreams: {
    title: "Upstreams",
    description: "Vendors and servers that models run at; keys stand in the environment",
    schema: z.record(upstreamName, UpstreamConfig),
  },
  gateway: { title: "Gateway", description: "Time limits, tries and what is refused", schema: plainSections.gateway },
  log: { title: "Log", description: "Where requests are recorded, and how long", schema: plainSections.log },
  drift: {
    title: "Drift",
    description: "What tells that a model is not any more what it was",
    schema: plainSections.drift,
  },
  auth: { title: "Access", description: "Whether clients need a key", schema: plainSections.auth },
  router: { title: "Router", description: "Which trained router decides", schema: plainSections.router },
  server: { title: "Server", description: "Where Weir listens, and what it logs", schema: plainSections.server },
  storage: {
    title: "Storage",
    description: "Database of decisions, keys and budgets",
    schema: plainSections.storage,
  },
  shared: { title: "Shared counters", description: "Where limits are counted", schema: plainSections.shared },
  traces: { title: "Traces", description: "Spans for an OpenTelemetry collector", schema: plainSections.traces },
} satisfies Record<string, SectionInfo>;

export type SectionName = keyof typeof SECTIONS;

export const SECTION_NAMES = Object.keys(SECTIONS) as SectionName[];

/** Sections that only a configuration with models of its own has. */
const OF_MODELS: readonly string[] = ["upstreams", "candidates", "routes", "pools"];

export function isOfModels(section: string): boolean {
  return OF_MODELS.includes(section);
}

export function sectionInfo(section: SectionName): SectionInfo {
  return SECTIONS[section];
}

export function isSection(name: string): name is SectionName {
  return Object.hasOwn(SECTIONS, name);
}

/** As JSON Schema of what may be written, not of what it becomes. */
export function sectionSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return rest;
}

/** Paths of a section that take effect at the next start. */
export function restartPathsOf(section: string): string[] {
  return RESTART_PATHS.filter((path) => path === section || path.startsWith(`${section}.`));
}
