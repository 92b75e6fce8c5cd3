import type { Ajv2020 } from "ajv/dist/2020.js";

/** The validator of JSON schemas, loaded when one is to be read: most servers never need it. */
export async function loadAjv(): Promise<typeof Ajv2020> {
  const loaded = await import("ajv/dist/2020.js");
  // A bundle knows a CommonJS module's exports by its default alone.
  return loaded.Ajv2020 ?? (loaded.default as unknown as typeof loaded).Ajv2020;
}
