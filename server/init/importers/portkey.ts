// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the syntax of weir.yaml
import { ApiError } from "../../errors.ts";
import { defineConfigImporter } from "../config-importer.ts";
import { draftNotes } from "../draft.ts";
import { type Fields, fieldsOf, listOf, numberOf, parseMapping, plainName, textOf } from "./_parse.ts";
import { type UpstreamBook, upstreamBook } from "./_upstreams.ts";

/** Portkey's provider slugs where they differ from ours. */
const PROVIDERS: Readonly<Record<string, string>> = {
  "vertex-ai": "vertex",
  "together-ai": "together",
  "fireworks-ai": "fireworks",
  "mistral-ai": "mistral",
  "x-ai": "xai",
  "perplexity-ai": "perplexity",
};

/** Names that people's virtual keys begin with. */
const BEGINNINGS = [
  ...Object.keys(PROVIDERS),
  ...["azure-openai", "openai", "anthropic", "bedrock", "google", "groq", "cohere", "deepseek", "openrouter", "ollama"],
];

const DEFAULT_MODELS: Readonly<Record<string, string>> = {
  openai: "gpt-4o",
  anthropic: "claude-sonnet-4-5",
  google: "gemini-2.5-flash",
};

interface Target {
  readonly id: string;
  readonly weight: number;
}

interface Reading {
  readonly book: UpstreamBook;
  readonly note: (place: string, message: string) => void;
  readonly pools: Record<string, unknown>;
}

/** A gateway config object: strategy, targets, retry, request_timeout, cache. */
export default defineConfigImporter({
  name: "portkey",
  title: "Portkey gateway config (JSON)",
  draft(text) {
    const file = parseMapping(text, "Portkey config");
    const { notes, note } = draftNotes();
    const reading: Reading = { book: upstreamBook(), note, pools: {} };
    const targets = readTargets(file, "", reading);
    if (targets.length === 0) {
      throw new ApiError("config_invalid", "not a Portkey config: it names no provider and no target", {
        place: "targets",
      });
    }
    const ids = [...new Set(targets.map(({ id }) => id))];
    const [incumbent, ...fallbacks] = ids;
    noteTheRest(file, note);
    return {
      sections: {
        upstreams: reading.book.sections,
        ...(Object.keys(reading.pools).length === 0 ? {} : { pools: reading.pools }),
        routes: {
          default: {
            incumbent,
            candidates: ids,
            mode: "observe",
            policy: { name: "quality-target", quality: 0.95 },
            fallbacks,
          },
        },
        ...gatewayOf(file),
      },
      notes,
    };
  },
});

/** The models behind a config or one of its targets, in order; a load balance becomes a pool. */
function readTargets(config: Fields, at: string, reading: Reading): Target[] {
  const nested = listOf(config.targets).flatMap((target, i) =>
    readTargets(fieldsOf(target), join(at, `targets.${i}`), reading),
  );
  if (nested.length === 0) return targetOf(config, at, reading);
  const mode = textOf(fieldsOf(config.strategy).mode) ?? "single";
  if (mode === "conditional") {
    reading.note(join(at, "strategy"), "conditions become rules of the route (routes.default.rules): write them there");
  }
  if (mode === "loadbalance") {
    const name = plainName(at === "" ? "balanced" : `balanced-${at}`);
    const seen = new Set<string>();
    const members = nested.filter(({ id }) => !seen.has(id) && seen.add(id));
    reading.pools[name] = { select: "weighted", members: members.map(({ id, weight }) => ({ use: id, weight })) };
  }
  return nested;
}

function targetOf(config: Fields, at: string, { book, note }: Reading): Target[] {
  const named = textOf(config.provider)?.replace(/^@/, "") ?? null;
  const virtualKey = textOf(config.virtual_key);
  if (named === null && virtualKey === null) return [];
  const slug = named ?? providerLike(virtualKey!);
  const provider = PROVIDERS[slug] ?? slug;
  if (named === null)
    note(join(at, "virtual_key"), `"${virtualKey}" is taken for ${provider}: say so if it is another`);
  if (textOf(config.api_key) !== null) note(join(at, "api_key"), "a key in the file stays out: a variable is named");
  const base = textOf(config.custom_host);
  const name = book.nameFor(slug === named ? provider : virtualKey!, {
    provider: base === null ? provider : "openai-compatible",
    apiKey: `\${${(named ?? virtualKey!).toUpperCase().replace(/[^A-Z0-9]+/g, "_")}_API_KEY:-}`,
    ...(base === null ? {} : { baseUrl: base }),
  });
  const asked = textOf(fieldsOf(config.override_params).model);
  const model = asked ?? DEFAULT_MODELS[provider];
  if (asked === null) note(join(at, "override_params.model"), `names no model: ${model ?? "write one"} stands in`);
  return [{ id: `${name}/${model ?? "model"}`, weight: numberOf(config.weight) || 1 }];
}

/** `openai-eu-1234` is a name that somebody gave; most begin with the provider's. */
function providerLike(virtualKey: string): string {
  return BEGINNINGS.find((name) => virtualKey === name || virtualKey.startsWith(`${name}-`)) ?? virtualKey;
}

function gatewayOf({ retry, request_timeout: timeoutMs }: Fields): Fields {
  const attempts = numberOf(fieldsOf(retry).attempts);
  const gateway = {
    ...(attempts === null ? {} : { retries: Math.max(0, Math.min(10, attempts)) }),
    ...(numberOf(timeoutMs) === null ? {} : { requestTimeoutMs: timeoutMs }),
  };
  return Object.keys(gateway).length === 0 ? {} : { gateway };
}

const ELSEWHERE: Readonly<Record<string, string>> = {
  cache: "caching is set under cache and a route's cache (docs/caching.md)",
  before_request_hooks: "checks are set under guardrails (docs/guardrails.md)",
  after_request_hooks: "checks are set under guardrails (docs/guardrails.md)",
  input_guardrails: "checks are set under guardrails (docs/guardrails.md)",
  output_guardrails: "checks are set under guardrails (docs/guardrails.md)",
  forward_headers: "vendors' own headers are passed on by themselves",
};

function noteTheRest(file: Fields, note: Reading["note"]): void {
  for (const [field, message] of Object.entries(ELSEWHERE)) if (file[field] !== undefined) note(field, message);
}

function join(at: string, field: string): string {
  return at === "" ? field : `${at}.${field}`;
}
