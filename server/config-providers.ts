import type { z } from "zod";
import type { UpstreamConfig } from "./config-schema.ts";
import type { Problem } from "./errors.ts";
import { problemsOf } from "./problems.ts";

interface KnownProvider {
  readonly baseUrl: string | null;
  readonly options: z.ZodType;
}

/** Adds a problem for every upstream whose provider does not exist, lacks an address or has settings that it refuses. */
export function checkProviders(
  upstreams: Readonly<Record<string, UpstreamConfig>>,
  providers: ReadonlyMap<string, KnownProvider>,
  problems: Problem[],
): void {
  for (const [name, { provider: wanted, options }] of Object.entries(upstreams)) {
    const at = `upstreams.${name}`;
    const provider = providers.get(wanted);
    if (provider === undefined) {
      const known = [...providers.keys()].join(", ");
      problems.push({ path: `${at}.provider`, message: `"${wanted}" is not a provider (known: ${known})` });
      continue;
    }
    const result = provider.options.safeParse(options ?? {});
    if (!result.success) problems.push(...problemsOf(result.error, `${at}.options`));
  }
}
