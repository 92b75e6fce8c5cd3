import { discover, type Named } from "../engine/discover.ts";
import type { Problem } from "./errors.ts";
import type { Settings } from "./settings.ts";
import { schemeOf } from "./url-scheme.ts";

/** Schemes of the URLs under which state is kept, by the path of their field. */
export type KnownBackends = Readonly<Record<"storage.url" | "shared.url" | "log.url", readonly string[]>>;

export async function loadBackends(): Promise<KnownBackends> {
  const [storage, shared, log] = await Promise.all([
    discover<Named>(new URL("./storage/", import.meta.url)),
    discover<Named>(new URL("./limits/stores/", import.meta.url)),
    discover<Named>(new URL("./log/stores/", import.meta.url)),
  ]);
  return { "storage.url": [...storage.keys()], "shared.url": [...shared.keys()], "log.url": [...log.keys()] };
}

/** Adds a problem for every URL whose scheme nothing speaks. A section that is faulty itself is absent. */
export function checkBackends(
  { storage, shared, log }: Partial<Pick<Settings, "storage" | "shared" | "log">>,
  backends: KnownBackends,
  problems: Problem[],
): void {
  const urls = { "storage.url": storage?.url, "shared.url": shared?.url, "log.url": log?.url };
  for (const path of ["storage.url", "shared.url", "log.url"] as const) {
    const url = urls[path];
    if (url === undefined) continue;
    const scheme = schemeOf(url);
    if (backends[path].includes(scheme)) continue;
    const known = backends[path].map((name) => `${name}:`).join(", ");
    problems.push({ path, message: `nothing speaks "${scheme}:" (known: ${known})` });
  }
}
