import { z } from "zod";
import { defineVerifier } from "../verifier.ts";

/** An answer that does not fit the schema that its request asks for is bad; one that does may still say anything. */
export default defineVerifier({
  name: "json-schema",
  options: z.strictObject({}),
  tells: "faults",
  async verify(answer, { chat: { output } }) {
    if (output.kind === "text") return null;
    let value: unknown;
    try {
      value = JSON.parse(answer);
    } catch {
      return 0;
    }
    if (output.kind === "json" || typeof output.schema !== "object" || output.schema === null) return 1;
    const loaded = await import("ajv/dist/2020.js");
    // A bundle knows a CommonJS module's exports by its default alone.
    const Ajv2020 = loaded.Ajv2020 ?? (loaded.default as unknown as typeof loaded).Ajv2020;
    try {
      // Checking the schema itself first would take longer than all the rest.
      const ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false });
      return Number(ajv.compile(output.schema)(value));
    } catch {
      return null; // the client's schema is none that we can read
    }
  },
});
