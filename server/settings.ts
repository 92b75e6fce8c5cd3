import type { z } from "zod";
import type { CandidateConfig, PoolSection, plainSections, RouteSection, UpstreamConfig } from "./config-schema.ts";

/** Effective configuration: flags > environment > weir.yaml > defaults. */
export interface Settings {
  /** `demo`: nothing is configured, upstreams are simulated and no key is asked. */
  readonly mode: "demo" | "configured";
  /** The file that was read; null when there was none. */
  readonly configPath: string | null;
  readonly server: z.infer<typeof plainSections.server>;
  readonly router: z.infer<typeof plainSections.router>;
  readonly auth: z.infer<typeof plainSections.auth>;
  readonly storage: z.infer<typeof plainSections.storage>;
  readonly shared: z.infer<typeof plainSections.shared>;
  readonly log: z.infer<typeof plainSections.log>;
  readonly cache: z.infer<typeof plainSections.cache>;
  /** Absent: none are made. */
  readonly traces?: z.infer<typeof plainSections.traces>;
  readonly gateway: z.infer<typeof plainSections.gateway>;
  readonly drift: z.infer<typeof plainSections.drift>;
  readonly limits: z.infer<typeof plainSections.limits>;
  readonly budgets: z.infer<typeof plainSections.budgets>;
  readonly guardrails: z.infer<typeof plainSections.guardrails>;
  readonly upstreams: Readonly<Record<string, UpstreamConfig>>;
  readonly candidates: readonly CandidateConfig[];
  readonly routes: Readonly<Record<string, RouteSection>>;
  readonly pools: Readonly<Record<string, PoolSection>>;
  /** From WEIR_ADMIN_KEY; null: one is made at first start. */
  readonly adminKey: string | null;
  /** What the operator should know and that is no fault. */
  readonly notices: readonly string[];
}

const SECRET = /key|secret|token|password|authorization/i;

/** The settings as they may be printed: secrets masked, passwords in URLs too. */
export function maskedSettings(settings: Settings): unknown {
  return mask(settings, []);
}

/** Whether texts of a field are masked wherever they are shown, by the names of the fields that lead to it. */
export function isSecretField(names: readonly string[]): boolean {
  const name = names.at(-1) ?? "";
  const parent = names.at(-2);
  if (parent === "headers") return true;
  // Ids of virtual keys say who is meant, and conditions what a request says: neither opens anything.
  return SECRET.test(name) && parent !== "when" && !(parent === "for" && name === "keys");
}

function mask(node: unknown, names: readonly string[]): unknown {
  if (typeof node === "string") return isSecretField(names) ? maskSecret(node) : maskUrl(node);
  if (Array.isArray(node)) return node.map((item) => mask(item, names));
  if (node === null || typeof node !== "object") return node;
  return Object.fromEntries(Object.entries(node).map(([name, item]) => [name, mask(item, [...names, name])] as const));
}

/** Long secrets keep their last four characters so that people can tell them apart. */
export function maskSecret(secret: string): string {
  if (secret === "") return "";
  return secret.length >= 16 ? `***${secret.slice(-4)}` : "***";
}

export function maskUrl(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/[^:/@\s]*):[^@/\s]+@/i, "$1:***@");
}
