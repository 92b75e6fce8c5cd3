import type { Settings } from "../settings.ts";

/** What flags and the environment say instead of the file, by its path. */
const OVERLAID: Readonly<Record<string, (settings: Settings) => unknown>> = {
  "server.host": ({ server }) => server.host,
  "server.port": ({ server }) => server.port,
  "server.logLevel": ({ server }) => server.logLevel,
  "router.models": ({ router }) => router.models,
  "storage.url": ({ storage }) => storage.url,
};

/** Words for every field of a section that is written and not in effect. */
export function overruled(section: string, value: unknown, settings: Settings): string[] {
  const written = (value ?? {}) as Readonly<Record<string, unknown>>;
  return Object.entries(OVERLAID).flatMap(([path, read]) => {
    const [name, field = ""] = path.split(".");
    const said = written[field];
    const isOther = name === section && said !== undefined && String(said) !== String(read(settings));
    // A variable's name is not its value.
    if (!isOther || String(said).includes("${")) return [];
    return [`${path}: a flag or the environment says otherwise, and wins over the file`];
  });
}
