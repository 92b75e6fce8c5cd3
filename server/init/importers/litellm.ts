import { ApiError } from "../../errors.ts";
import { defineConfigImporter } from "../config-importer.ts";
import { draftNotes } from "../draft.ts";
import { VENDORS } from "../vendors.ts";
import { isSpoken, type Names, namesOf } from "./_litellm-candidates.ts";
import { type Deployment, deploymentOf, isWildcard, type Note } from "./_litellm-deployments.ts";
import { gathered, noteTheRest } from "./_litellm-notes.ts";
import { type Fields, fieldsOf, listOf, numberOf, parseMapping, textOf } from "./_parse.ts";
import { upstreamBook } from "./_upstreams.ts";

/** The proxy's `config.yaml`: model_list, router_settings, litellm_settings, general_settings. */
export default defineConfigImporter({
  name: "litellm",
  title: "LiteLLM proxy configuration (config.yaml)",
  draft(text) {
    const file = parseMapping(text, "LiteLLM configuration");
    if (listOf(file.model_list).length === 0) {
      const message =
        "not a LiteLLM configuration with models: model_list names none (those that LiteLLM keeps in its database come with its GET /model/info: put them under model_list)";
      throw new ApiError("config_invalid", message, { place: "model_list" });
    }
    const { notes, note } = draftNotes();
    const book = upstreamBook();
    const served = listOf(file.model_list).flatMap((entry, i) => deploymentOf(entry, i, book, note) ?? []);
    if (served.length === 0) {
      const why = notes.map(({ place, message }) => `${place}: ${message}`).join("; ");
      throw new ApiError("config_invalid", `no model of model_list is left: ${why}`, { place: "model_list" });
    }
    const deployments = served.filter((one) => !isWildcard(one));
    const settings = { ...fieldsOf(file.litellm_settings), ...fieldsOf(file.router_settings) };
    const names = namesOf(deployments, settings, note);
    const chosen = choicesOf(served, names, note);
    const fallbacks = fallbacksOf(names, settings, note);
    noteUpstreams(served, note);
    noteTheRest(file, note);
    return {
      sections: {
        upstreams: book.sections,
        ...(names.candidates.length === 0 ? {} : { candidates: names.candidates }),
        ...(Object.keys(names.pools).length === 0 ? {} : { pools: names.pools }),
        routes: {
          default: {
            incumbent: chosen[0],
            candidates: chosen,
            mode: "observe",
            policy: { name: "quality-target", quality: 0.95 },
            fallbacks,
          },
        },
        ...gatewayOf(settings),
        ...budgetsOf(fieldsOf(file.litellm_settings)),
        ...(names.limits.length === 0 ? {} : { limits: names.limits }),
      },
      notes: gathered(notes),
    };
  },
});

/** What the route may choose: the names that answer in words, else models that the vendors of wildcards are known for. */
function choicesOf(served: readonly Deployment[], { first }: Names, note: Note): readonly string[] {
  for (const { place, alias, upstream } of served.filter(isWildcard)) {
    note(`${place}.model_name`, `"${alias}": any model of this upstream is served as ${upstream}/<model>`);
  }
  const spoken = new Set(served.filter(isSpoken).map(({ alias }) => alias));
  const named = [...first].flatMap(([alias, id]) => (spoken.has(alias) ? [id] : []));
  if (named.length === 1) note("routes.default", "one candidate leaves nothing to choose: add a second model");
  if (named.length > 0) return named;
  const usual = served.filter(isWildcard).flatMap(({ provider, upstream }) => {
    const models = VENDORS.find((vendor) => vendor.provider === provider)?.models ?? [];
    return [...models].reverse().map((model) => `${upstream}/${model}`);
  });
  if (usual.length === 0) {
    const message = "no model of model_list answers in words by a name of its own: a route needs one";
    throw new ApiError("config_invalid", message, { place: "model_list" });
  }
  note("routes.default", `the file names no model: ${usual.join(", ")} stand in, put your own there`);
  return [...new Set(usual)];
}

/** Lists of whom to ask next, for one model each or for all. */
const FALLBACKS = ["fallbacks", "context_window_fallbacks", "content_policy_fallbacks"] as const;

function fallbacksOf({ first }: Names, settings: Fields, note: Note): readonly string[] {
  const lists = FALLBACKS.flatMap((field) =>
    listOf(settings[field]).flatMap((entry) => Object.values(fieldsOf(entry)).flatMap(listOf)),
  );
  if (lists.length > 0) {
    const message = "fallbacks belong to a route here: those of all models are together under routes.default.fallbacks";
    note("fallbacks", message);
  }
  const wanted = [...new Set([...lists, ...listOf(settings.default_fallbacks)].map(String))];
  const unknown = wanted.filter((alias) => !first.has(alias));
  if (unknown.length > 0) note("fallbacks", `model_list names no ${unknown.join(", ")}: left out`);
  return [...new Set(wanted.flatMap((alias) => first.get(alias) ?? []))];
}

/** What an upstream needs that LiteLLM finds elsewhere. */
function noteUpstreams(served: readonly Deployment[], note: Note): void {
  for (const upstream of new Set(served.filter(({ provider }) => provider === "vertex").map((one) => one.upstream))) {
    const message = "needs options.serviceAccount (the content of the JSON file) or options.accessToken";
    note(`upstreams.${upstream}`, message);
  }
}

function gatewayOf(settings: Fields): Fields {
  const retries = numberOf(settings.num_retries);
  const timeout = numberOf(settings.timeout) ?? numberOf(settings.request_timeout);
  const gateway = {
    ...(retries === null ? {} : { retries: Math.max(0, Math.min(10, Math.round(retries))) }),
    ...(timeout === null ? {} : { requestTimeoutMs: Math.round(timeout * 1000) }),
    ...(settings.drop_params === false ? { strict: true } : {}),
    ...(listOf(settings.content_policy_fallbacks).length === 0 ? {} : { fallBackOnContentPolicy: true }),
  };
  return Object.keys(gateway).length === 0 ? {} : { gateway };
}

function budgetsOf(settings: Fields): Fields {
  const usd = numberOf(settings.max_budget);
  if (usd === null) return {};
  return { budgets: [{ scope: "global", usd, window: textOf(settings.budget_duration) ?? "30d" }] };
}
