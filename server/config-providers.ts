import type { UpstreamConfig } from "./config-schema.ts";
import type { Problem } from "./errors.ts";
import { problemsOf } from "./problems.ts";
import type { Provider } from "./provider.ts";

type KnownProvider = Pick<Provider, "options" | "address">;

/** Adds a problem for every upstream whose provider does not exist, lacks an address or has settings that it refuses. */
export function checkProviders(
  upstreams: Readonly<Record<string, UpstreamConfig>>,
  providers: ReadonlyMap<string, KnownProvider>,
  problems: Problem[],
): void {
  for (const [name, { provider: wanted, options, baseUrl }] of Object.entries(upstreams)) {
    const at = `upstreams.${name}`;
    const provider = providers.get(wanted);
    if (provider === undefined) {
      const known = [...providers.keys()].join(", ");
      problems.push({ path: `${at}.provider`, message: `"${wanted}" is not a provider (known: ${known})` });
      continue;
    }
    const result = provider.options.safeParse(options ?? {});
    if (!result.success) problems.push(...problemsOf(result.error, `${at}.options`));
    else if (baseUrl === undefined && !hasAddress(provider, options ?? {})) {
      problems.push({ path: `${at}.baseUrl`, message: `${wanted} has no address of its own; a baseUrl is needed` });
    }
  }
}

/** Some vendors' addresses follow from their own settings, such as a region. */
function hasAddress(provider: KnownProvider, options: Readonly<Record<string, unknown>>): boolean {
  try {
    const target = { baseUrl: null, apiKey: null, headers: {}, options };
    return URL.canParse(provider.address(target, { model: "any", stream: false }).url);
  } catch {
    return true; // it lacks something else, which it names when it is called
  }
}
