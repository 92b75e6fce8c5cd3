// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the syntax of weir.yaml
import type { Environment } from "../config.ts";
import { type ConfigDraft, draftNotes } from "./draft.ts";
import { VENDORS, type VendorSetup } from "./vendors.ts";

/** Shares of the incumbent's quality that a new route promises; the operator changes it. */
const QUALITY = 0.95;

/**
 * A configuration from the keys that the environment holds: one upstream a vendor, and one route that observes.
 * Keys are named, never copied.
 */
export function draftFromEnvironment(environment: Environment): ConfigDraft {
  const { notes, note } = draftNotes();
  const found = VENDORS.flatMap((vendor) => {
    const key = firstSet(vendor.keys, environment);
    return key === null ? [] : [{ vendor, key }];
  });
  if (found.length === 0) {
    note("environment", `no provider's key is set (looked for ${VENDORS.map(({ keys }) => keys[0]).join(", ")})`);
    return { sections: {}, notes };
  }
  const candidates = found.flatMap(({ vendor }) => vendor.models.map((model) => `${vendor.upstream}/${model}`));
  const [first] = found;
  const incumbent = `${first!.vendor.upstream}/${first!.vendor.models.at(-1)}`;
  if (candidates.length < 2) note("routes.default", "one candidate leaves nothing to choose: add a second model");
  const others = candidates.filter((id) => !id.startsWith(`${first!.vendor.upstream}/`));
  return {
    sections: {
      upstreams: Object.fromEntries(
        found.map(({ vendor, key }) => [vendor.upstream, upstreamOf(vendor, key, environment, note)]),
      ),
      routes: {
        default: {
          incumbent,
          candidates,
          mode: "observe",
          policy: { name: "quality-target", quality: QUALITY },
          fallbacks: others.slice(-1),
        },
      },
    },
    notes,
  };
}

function upstreamOf(
  { provider, settings = {} }: VendorSetup,
  key: string,
  environment: Environment,
  note: (place: string, message: string) => void,
): Record<string, unknown> {
  const upstream: Record<string, unknown> = { provider, apiKey: `\${${key}}` };
  for (const [path, { variables, otherwise }] of Object.entries(settings)) {
    const variable = firstSet(variables, environment);
    if (variable === null && otherwise === undefined) note(variables[0]!, `is not set, and ${provider} needs it`);
    const value = variable === null ? (otherwise ?? `\${${variables[0]}}`) : `\${${variable}}`;
    const [head, tail] = path.split(".");
    if (tail === undefined) upstream[head!] = value;
    else upstream[head!] = { ...(upstream[head!] as object | undefined), [tail]: value };
  }
  return upstream;
}

function firstSet(variables: readonly string[], environment: Environment): string | null {
  return variables.find((name) => (environment[name] ?? "") !== "") ?? null;
}
