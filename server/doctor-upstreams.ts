import type { Catalogue } from "./catalogue.ts";
import type { UpstreamConfig } from "./config-schema.ts";
import { SIMULATED_PROVIDER } from "./demo.ts";
import { type Finding, fault, hint, ok } from "./finding.ts";
import type { Provider } from "./provider.ts";
import type { Settings } from "./settings.ts";

/** What `weir doctor --online` asks upstreams with. */
export interface UpstreamsAsked {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly fetch: typeof fetch;
  readonly clock: () => number;
}

const TIMEOUT_MS = 10_000;
/** Signed requests are refused beyond some minutes. */
const SKEW_MS = 60_000;

interface Answer {
  readonly status: number;
  /** The upstream's clock less ours; null when it does not tell. */
  readonly skewMs: number | null;
  readonly isAboutKey: boolean;
}

/** Asks each upstream once, with its key and for no model: a list of models where the vendor has one, else whether it answers. */
export async function examineUpstreams(
  { upstreams }: Settings,
  { candidates }: Catalogue,
  asked: UpstreamsAsked,
): Promise<Finding[]> {
  const real = Object.entries(upstreams).filter(([, { provider }]) => provider !== SIMULATED_PROVIDER);
  const findings = await Promise.all(
    real.map(([name, config]) => {
      const model = candidates.find(({ upstreamId }) => upstreamId === name)?.model ?? "model";
      return examineUpstream(name, config, model, asked);
    }),
  );
  return findings.flat();
}

async function examineUpstream(
  name: string,
  config: UpstreamConfig,
  model: string,
  asked: UpstreamsAsked,
): Promise<Finding[]> {
  const provider = asked.providers.get(config.provider);
  if (provider === undefined) return [];
  if (config.proxy !== undefined) return [hint("upstream", `"${name}" is behind a proxy and was not asked`, null)];
  const { url, isAboutKey, headers } = questionOf(provider, config, model);
  let answer: Answer;
  try {
    answer = await ask(url, headers, isAboutKey, asked);
  } catch (error) {
    const why = (error as Error & { cause?: { code?: string } }).cause?.code ?? (error as Error).name;
    const mend = `correct upstreams.${name}.baseUrl, or let this machine reach it`;
    return [fault("upstream", `"${name}" cannot be reached at ${new URL(url).origin} (${why})`, mend)];
  }
  return [findingOf(name, url, answer), ...clockOf(name, answer)];
}

function findingOf(name: string, url: string, { status, isAboutKey }: Answer): Finding {
  if (isAboutKey && (status === 401 || status === 403)) {
    return fault("upstream", `"${name}" refuses the key (${status})`, `set another in upstreams.${name}.apiKey`);
  }
  if (isAboutKey && status === 200) return ok("upstream", `"${name}" takes the key`);
  if (status >= 500) {
    return hint("upstream", `"${name}" answers with ${status} at ${new URL(url).origin}`, "it may be down: try again");
  }
  return ok("upstream", `"${name}" answers at ${new URL(url).origin}; whether it takes the key a request will show`);
}

function clockOf(name: string, { skewMs }: Answer): Finding[] {
  if (skewMs === null || Math.abs(skewMs) < SKEW_MS) return [];
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  const message = `this machine's clock is ${seconds} s ${skewMs > 0 ? "behind" : "ahead of"} that of "${name}"`;
  return [fault("clock", message, "set it by NTP: signed requests, windows of budgets and certificates go by it")];
}

/** Vendors' lists of models lie beside the address of a chat. */
function questionOf(provider: Provider, config: UpstreamConfig, model: string) {
  const { baseUrl = null, headers = {}, apiKey = "", apiKeys = [] } = config;
  const options = provider.options.parse(config.options ?? {});
  const target = { baseUrl, headers, options, apiKey: apiKey !== "" ? apiKey : (apiKeys[0] ?? null) };
  const chat = provider.address(target, { model, stream: false });
  const list = listOf(chat.url);
  return { url: list ?? new URL(chat.url).origin, isAboutKey: list !== null, headers: chat.headers };
}

/** null where the vendor has no list that the same key opens. */
function listOf(url: string): string | null {
  const [path] = url.split("?");
  if (/\/openai\/deployments\//.test(path!)) return null;
  for (const end of [/\/chat\/completions$/, /\/messages$/, /\/responses$/, /\/models\/[^/]+:generateContent$/]) {
    if (end.test(path!)) return path!.replace(end, "/models");
  }
  return null;
}

async function ask(
  url: string,
  headers: Readonly<Record<string, string>>,
  isAboutKey: boolean,
  { fetch, clock }: UpstreamsAsked,
): Promise<Answer> {
  const response = await fetch(url, {
    headers: isAboutKey ? headers : {},
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.body?.cancel();
  const said = Date.parse(response.headers.get("date") ?? "");
  return { status: response.status, skewMs: Number.isNaN(said) ? null : said - clock(), isAboutKey };
}
